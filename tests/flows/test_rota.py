"""On call: calendars as hospitals keep them, gaps that somebody hears of, and a site's own policy."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from service.errors import BadInput, NotFound
from service.flows import calendars, inbound, rota
from service.flows.access import Actor
from service.gateways.base import InboundText
from service.store.base import Vault
from service.store.staff import Role, StaffMember
from tests.world import Person, World, make_world

NEW_YORK = ZoneInfo("America/New_York")
# Daylight saving begins in New York on 14 March 2027.
START = datetime(2027, 3, 8, 12, 0, tzinfo=UTC)
END = START + timedelta(days=21)


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}@x\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def people() -> list[StaffMember]:
    found = []
    for number, name in enumerate(("Nora Quinn", "Amir Hadi"), 1):
        person = StaffMember(
            site_id=1,
            name=name,
            phone="+12125550100",
            phone_index=str(number),
            email=f"{name.split()[0].lower()}@example.org",
            role="coordinator",
            created_at=START,
        )
        person.id = number
        found.append(person)
    return found


def read(content: bytes) -> calendars.Read:
    return calendars.read(content, people(), NEW_YORK, START, END)


NIGHTS = (
    "SUMMARY:Night shift\nATTENDEE;CN=Nora:mailto:NORA@example.org\nDTSTART;TZID=America/New_York:20270308T190000\n"
    "DTEND;TZID=America/New_York:20270309T070000\nRRULE:FREQ=DAILY;COUNT=10\n"
    "EXDATE;TZID=America/New_York:20270310T190000"
)


def test_a_recurring_night_keeps_its_wall_clock_over_daylight_saving_and_leaves_out_its_exceptions() -> None:
    duties = read(ics(NIGHTS)).duties
    assert len(duties) == 9
    local = [duty.starts_at.astimezone(NEW_YORK) for duty in duties]
    assert {moment.hour for moment in local} == {19}
    assert 10 not in {moment.day for moment in local}
    over_the_change = next(duty for duty, moment in zip(duties, local, strict=True) if moment.day == 13)
    assert over_the_change.ends_at - over_the_change.starts_at == timedelta(hours=11), "an hour is left out that night"


def test_one_changed_night_of_a_series_goes_to_the_other() -> None:
    changed = (
        "SUMMARY:Amir Hadi\nRECURRENCE-ID;TZID=America/New_York:20270311T190000\n"
        "DTSTART;TZID=America/New_York:20270311T200000\nDTEND;TZID=America/New_York:20270312T070000"
    )
    content = ics(NIGHTS, changed).replace(b"UID:1@x", b"UID:0@x")
    by_day = {duty.starts_at.astimezone(NEW_YORK).day: duty for duty in read(content).duties}
    assert by_day[11].staff_id == 2
    assert by_day[11].starts_at.astimezone(NEW_YORK).hour == 20
    assert by_day[12].staff_id == 1


@pytest.mark.parametrize(
    ("event", "starts", "ends"),
    [
        (
            "SUMMARY:Nora Quinn\nDTSTART:20270309T190000\nDTEND:20270310T070000",
            datetime(2027, 3, 9, 19, tzinfo=NEW_YORK),
            datetime(2027, 3, 10, 7, tzinfo=NEW_YORK),
        ),
        (
            "SUMMARY:Nora Quinn\nDTSTART:20270309T190000Z\nDURATION:PT8H",
            datetime(2027, 3, 9, 19, tzinfo=UTC),
            datetime(2027, 3, 10, 3, tzinfo=UTC),
        ),
        (
            "SUMMARY:Nora Quinn\nDTSTART;VALUE=DATE:20270314\nDTEND;VALUE=DATE:20270315",
            datetime(2027, 3, 14, 0, tzinfo=NEW_YORK),
            datetime(2027, 3, 15, 0, tzinfo=NEW_YORK),
        ),
        (
            "SUMMARY:On call: Nora Quinn (ward 3)\nDTSTART;TZID=Asia/Tokyo:20270309T190000\n"
            "DTEND;TZID=Asia/Tokyo:20270310T070000",
            datetime(2027, 3, 9, 10, tzinfo=UTC),
            datetime(2027, 3, 9, 22, tzinfo=UTC),
        ),
    ],
    ids=["no zone: the site's", "UTC and a duration", "a whole day", "another zone, a name in the title"],
)
def test_times_are_taken_as_they_are_meant(event: str, starts: datetime, ends: datetime) -> None:
    (duty,) = read(ics(event)).duties
    assert (duty.staff_id, duty.starts_at, duty.ends_at) == (1, starts, ends)


def test_a_shift_that_runs_already_counts_and_one_that_is_over_does_not() -> None:
    runs = "SUMMARY:Nora Quinn\nDTSTART:20270307T000000Z\nDTEND:20270310T000000Z"
    over = "SUMMARY:Nora Quinn\nDTSTART:20270307T000000Z\nDTEND:20270308T110000Z"
    assert len(read(ics(runs)).duties) == 1
    assert read(ics(over)).duties == ()


def test_somebody_whom_nobody_knows_is_named_and_not_taken_for_another() -> None:
    found = read(ics("SUMMARY:Dr Strange\nDTSTART:20270309T190000Z\nDTEND:20270310T070000Z"))
    assert (found.duties, found.strangers) == ((), ("Dr Strange",))
    both = read(ics("SUMMARY:Nora Quinn or Amir Hadi\nDTSTART:20270309T190000Z\nDTEND:20270310T070000Z"))
    assert both.duties == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "BEGIN:VCALENDAR"),
        (b"<html>Sign in</html>", "BEGIN:VCALENDAR"),
        (b"\xff\xfe", "UTF-8"),
        (b"x" * 1_000_001, "larger"),
        (ics("SUMMARY:Nora Quinn"), "no beginning"),
        (ics("SUMMARY:Nora Quinn\nDTSTART:yesterday"), "Nora Quinn"),
        (ics("SUMMARY:Nora Quinn\nDTSTART:20270309T190000Z\nRRULE:FREQ=SECONDLY"), "more often than daily"),
        (ics("SUMMARY:Nora Quinn\nDTSTART:20270309T190000Z\nRRULE:FREQ=SOMETIMES"), "Nora Quinn"),
    ],
)
def test_what_is_no_calendar_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(content)


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def admin(world: World) -> tuple[Actor, Person]:
    person = world.add_staff("admin", on_call=False)
    return Actor(person.id, world.site_id, "Admin", Role.ADMIN), person


def test_a_calendar_is_read_again_by_itself_and_keeps_its_shifts_when_it_cannot_be(world: World) -> None:
    who, _ = admin(world)
    nurse = world.add_staff(on_call=False)
    name = f"Coordinator {nurse.phone[-3:]}"
    content = ics(f"SUMMARY:{name}\nDTSTART:20270303T000000Z\nDTEND:20270304T000000Z\nRRULE:FREQ=DAILY")
    rota.add_calendar(world.services, who, "Nights", content, None, world.now)
    until = max(one.starts_at for one in rota.rota(world.services, who, world.now).coming)
    assert until > world.now + timedelta(days=12)
    world.clock.jump_to(world.now + timedelta(days=59))
    assert rota.read_calendars(world.services, world.now).done == 1
    assert rota.read_calendars(world.services, world.now).done == 0
    later = rota.rota(world.services, who, world.now)
    assert later.gaps == ()
    assert max(one.starts_at for one in later.coming) > world.now + timedelta(days=12)


def test_one_bad_entry_changes_nothing(world: World) -> None:
    who, _ = admin(world)
    with pytest.raises(BadInput):
        rota.add_calendar(world.services, who, "Nights", ics("SUMMARY:Nora"), None, world.now)
    assert rota.rota(world.services, who, world.now).sources == ()


def test_administrators_hear_once_of_a_gap_and_again_when_it_comes_anew(world: World) -> None:
    who, person = admin(world)
    nurse = world.add_staff(on_call=False)
    world.enrol()
    rota.add_shift(world.services, who, nurse.id, world.now, world.now + timedelta(hours=30), world.now)
    world.tick()
    assert world.texts_to(person.phone) == []
    world.clock.jump_to(world.now + timedelta(hours=7))
    world.tick()
    world.clock.jump_to(world.now + timedelta(minutes=20))
    world.tick()
    (told,) = world.texts_to(person.phone)
    assert "nobody is on call" in told
    rota.add_shift(world.services, who, nurse.id, world.now, None, world.now)
    world.clock.jump_to(world.now + timedelta(minutes=20))
    world.tick()
    (shift,) = (one for one in rota.rota(world.services, who, world.now).on if one.ends_at is None)
    rota.end_shift(world.services, who, shift.id, world.now)
    world.clock.jump_to(world.now + timedelta(hours=1))
    world.tick()
    assert len(world.texts_to(person.phone)) == 2


def test_a_site_that_follows_nobody_needs_nobody_on_call(world: World) -> None:
    _, person = admin(world)
    world.tick()
    assert world.texts_to(person.phone) == []


def test_a_sites_own_policy_is_paged_by_and_the_protocols_comes_back(world: World) -> None:
    who, person = admin(world)
    nurse, patient = world.add_staff(), world.enrol()
    steps = [(0, "on_call", False), (3, "everyone", False)]
    rota.change_policy(world.services, who, "urgent", steps, 3, 60, world.now)
    received = inbound.receive(world.services, InboundText("SM1", patient.phone, "38.9 and chills"), world.now)
    inbound.process(world.services, received.message_id, world.now)
    world.advance(timedelta(minutes=4))
    assert len(world.texts_to(nurse.phone)) == 2
    assert len(world.texts_to(person.phone)) == 1
    rota.restore_policy(world.services, who, "urgent", world.now)
    with pytest.raises(NotFound):
        rota.restore_policy(world.services, who, "urgent", world.now)


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [(5, "on_call", False)],
        [(0, "on_call", False), (0, "everyone", False)],
        [(0, "nobody", False)],
        [(n, "on_call", False) for n in range(9)],
    ],
)
def test_a_policy_that_would_leave_somebody_waiting_is_refused(
    world: World, steps: list[tuple[int, str, bool]]
) -> None:
    who, _ = admin(world)
    with pytest.raises(BadInput):
        rota.change_policy(world.services, who, "urgent", steps, 5, 60, world.now)


def test_a_test_page_reaches_the_phone_and_names_nobody(world: World) -> None:
    who, _ = admin(world)
    nurse = world.add_staff()
    rota.drill(world.services, who, nurse.id, world.now)
    world.tick()
    (text,) = world.texts_to(nurse.phone)
    assert "test" in text
    assert [one.state for one in rota.rota(world.services, who, world.now).drills] == ["delivered"]


def test_nobody_of_another_site_is_put_on_call_or_paged(world: World) -> None:
    who, _ = admin(world)
    stranger = world.add_staff(site_id=world.add_site())
    with pytest.raises(BadInput):
        rota.add_shift(world.services, who, stranger.id, world.now, None, world.now)
    with pytest.raises(BadInput):
        rota.drill(world.services, who, stranger.id, world.now)
    translator = world.add_staff("translator", on_call=False)
    with pytest.raises(BadInput):
        rota.add_shift(world.services, who, translator.id, world.now, None, world.now)
