"""Messages that wait to be sent, without the stories that lead to them."""

from datetime import datetime, timedelta

from service.core.delivery import Lane, State
from service.store.messages import Direction, Message, Purpose
from tests.world import World

PURPOSES = {
    Lane.PAGE: Purpose.PAGE_REPLY,
    Lane.SAFETY: Purpose.SAFETY,
    Lane.REPLY: Purpose.REPLY,
    Lane.CHECKIN: Purpose.CHECKIN,
}


def queue_text(
    world: World,
    phone: str | None = None,
    body: str = "How are you today?",
    *,
    lane: Lane = Lane.CHECKIN,
    purpose: Purpose | None = None,
    lasts: timedelta = timedelta(hours=4),
    due_at: datetime | None = None,
) -> int:
    """Queue one text, to a phone that nobody has yet unless told otherwise; its id."""
    phone = phone or world.phone()
    with world.services.work() as work:
        message = Message(
            direction=Direction.OUTBOUND,
            phone=phone,
            phone_index=work.phone_index(phone),
            body=body,
            purpose=purpose or PURPOSES[lane],
            state=State.QUEUED,
            lane=lane,
            created_at=world.now,
            due_at=due_at or world.now,
            expires_at=world.now + lasts,
            site_id=world.site_id,
        )
        work.session.add(message)
        work.commit()
        return message.id


def state_of(world: World, message_id: int) -> str:
    with world.services.read_work() as work:
        return work.session.get_one(Message, message_id).state


def states(world: World, *message_ids: int) -> list[str]:
    return [state_of(world, message_id) for message_id in message_ids]
