"""What the patients will text, and what must come of it: learned by playing each dialogue once where nothing breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from service.core.urgency import Level
from service.store.checkins import CheckIn, CheckInKind
from service.store.messages import Message, Purpose
from tests.hearing import hear
from tests.stateful.worlds import TemporaryWorld
from tests.world import StillClock, World


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`bodies`: what the patient texts, one after the other, each once everything before it has been answered.
    `asked`: a check-in is due when it begins; otherwise the patient texts out of the blue."""

    bodies: tuple[str, ...]
    asked: bool = True
    language: str = "en"


DIALOGUES = (
    Dialogue(("37.1", "no", "no")),
    Dialogue(("36.8", "no", "no")),
    Dialogue(("98.6", "no", "no")),
    Dialogue(("38.9", "no", "no")),
    Dialogue(("101.5", "no", "no")),
    # No more after that: whether help came is asked soon, and a further answer would be meant for either question.
    Dialogue(("37.0", "yes, I am confused")),
    Dialogue(("36,9", "no", "no"), language="es"),
    Dialogue(("38,7", "no", "no"), language="es"),
    Dialogue(("banana", "37.2", "no", "no")),
    Dialogue(()),
    Dialogue(("I have a fever of 39",), asked=False),
    Dialogue(("I fainted",), asked=False),
    Dialogue(("me desmayé",), asked=False, language="es"),
    Dialogue(("STOP I have a fever",), asked=False),
    Dialogue(("thanks!",), asked=False),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """`texts`: the ids of the texts that the patient gets, in order, and `bodies` what they say. `after`: how many of
    them have come before each body is sent. `concerning`: whether each body must be alerted."""

    texts: tuple[str, ...]
    bodies: frozenset[str]
    after: tuple[int, ...]
    concerning: tuple[bool, ...]


def enrol_all(world: World, dialogues: Sequence[Dialogue], start: datetime) -> list[str]:
    """A patient for each; returns their phones. The clock then shows `start`, when the check-ins of `asked` fall due:
    whoever is not asked is enrolled a moment too late for them."""
    phones = {}
    for asked in (True, False):
        world.clock.jump_to(start - timedelta(hours=1) if asked else start)
        for number, dialogue in enumerate(dialogues):
            if dialogue.asked is asked:
                phones[number] = world.enrol(dialogue.language).phone
    return [phones[number] for number in range(len(dialogues))]


def rehearse(start: datetime) -> dict[Dialogue, Expected]:
    """Play every dialogue in a world without faults."""
    stage = TemporaryWorld(StillClock(start - timedelta(hours=2)))
    try:
        world = stage.world
        world.add_staff()
        phones = enrol_all(world, DIALOGUES, start)
        world.tick()
        return {dialogue: _rehearse(world, dialogue, phone) for dialogue, phone in zip(DIALOGUES, phones, strict=True)}
    finally:
        stage.close()


def _rehearse(world: World, dialogue: Dialogue, phone: str) -> Expected:
    after, concerning = [], []
    for body in dialogue.bodies:
        after.append(len(world.messages_to(phone)))
        message_id = hear(world, phone, body)
        world.tick()
        concerning.append(_level(world, message_id) > Level.OK)
    texts = answers_to(world, phone)
    bodies = frozenset(message.body for message in texts)
    return Expected(ids_of(texts), bodies, tuple(after), tuple(concerning))


def ids_of(texts: Sequence[Message]) -> tuple[str, ...]:
    return tuple(message.text_id or "" for message in texts)


def answers_to(world: World, phone: str) -> list[Message]:
    """All that was written to this phone in answer to it, in order; not what only came with time."""
    with world.services.read_work() as work:
        later = set(
            work.session.scalars(select(CheckIn.id).where(CheckIn.kind.in_((CheckInKind.FOLLOW_UP, CheckInKind.ALARM))))
        )
    return [
        message
        for message in world.messages_to(phone)
        if message.purpose not in (Purpose.REMINDER, Purpose.WELFARE) and message.checkin_id not in later
    ]


def _level(world: World, message_id: int) -> Level:
    with world.services.read_work() as work:
        return Level[(work.session.get_one(Message, message_id).level or "ok").upper()]
