"""The first month in four languages, from the baseline on: every question, no text in a wrong language, no orphan.

Told without sockets, since it is long: a reply goes to the same use cases as a webhook's.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from service.core.schedule import instant
from service.flows import inbound, listing
from service.flows.ledger import ledger
from service.gateways.base import InboundText
from service.simulation.answers import well
from service.store.base import Vault
from service.store.messages import Direction, Message
from tests.world import ZONE, World, make_world

MORNING_WITH_TEST = ["G1", "T1", "T3", "G3", "G6", "G4", "E4", "E5", "E1", "E2", "E3", "E6", "A5"]
_ids = count()


def texts_since(world: World, phone: str, after: int) -> list[Message]:
    with world.services.read_work() as work:
        query = select(Message).where(
            Message.id > after,
            Message.phone_index == work.phone_index(phone),
            Message.direction == Direction.OUTBOUND,
        )
        return list(work.session.scalars(query.order_by(Message.id)))


def answer_all(world: World, phone: str, seen: int) -> Iterator[Message]:
    """Answer in the language of each question until nothing is asked any more; yields what came."""
    catalog = world.services.catalog
    asking = {text for question in catalog.protocol("cart-autoimmune").questions.values() for text in question.text}
    while new := texts_since(world, phone, seen):
        yield from new
        seen, question = new[-1].id, (new[-1].text_id or "").split("+")[-1]
        if question not in asking:
            return
        body = well(catalog.language(new[-1].language or ""), question, world.now.astimezone(ZoneInfo(ZONE)).date())
        text = InboundText(provider_id=f"SMmonth{next(_ids)}", phone=phone, body=body)
        received = inbound.receive(world.services, text, world.now)
        inbound.process(world.services, received.message_id, world.now)


def plain(message: Message) -> str:
    """The text's id without its opening, and whichever set of things the day asks for."""
    question = (message.text_id or "").split("+")[-1]
    return "E2" if question.startswith("E2") else question


@pytest.mark.parametrize("language", ["ar", "zh_Hans", "ht", "vi"])
def test_a_first_month_in_the_patients_own_language(engine: Engine, vault: Vault, language: str) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("told on one database: nothing in it depends on which")
    world = make_world(engine, vault)
    nurse = world.add_staff()
    patient = world.enrol(language, days_ago=-8)
    infusion_day = world.now.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=8)
    came: list[Message] = []

    def check(day: int, at: time) -> list[str]:
        moment: datetime = instant(infusion_day + timedelta(days=day), at, ZoneInfo(ZONE))
        world.advance_to(moment)
        new = list(answer_all(world, patient.phone, came[-1].id if came else 0))
        came.extend(new)
        return [plain(message) for message in new]

    for day in range(-7, 0):
        assert check(day, time(9)) == ["T1", "T3", "G4", "A5"]
        tested = check(day, time(18))
        assert tested == (["E1", "E2", "E3", "E4", "E5", "E6", "A5"] if day in (-7, -4, -1) else []), day
    assert check(0, time(14)) == ["B3", "C6", "A5"], "four hours after the infusion"
    for day in range(15):
        if day > 0:
            assert check(day, time(8)) == MORNING_WITH_TEST, day
        assert check(day, time(20))[-3:] == ["E4", "E5", "A5"]
    for day in range(15, 31):
        assert check(day, time(9))[-1] == "A5"
        check(day, time(18))
    openings = [message.text_id for message in came if "opening" in (message.text_id or "")]
    assert "merged_opening" not in {(text_id or "").split("+")[0] for text_id in openings}, "nothing was ever late"

    assert {message.language for message in came} == {language}
    assert not any(message.fallback for message in came)
    assert [alert["reasons"] for alert in listing.show(world.services, "alerts", world.now)] == []
    assert world.messages_to(nurse.phone) == []
    assert ledger(world.services, world.now).orphans == []
