"""What the database itself does not allow twice, also when two workers try at once."""

import pytest
from sqlalchemy.exc import IntegrityError

from service.store import alerts, messages
from service.store.alerts import AlertState
from service.store.uow import Work
from tests.conformance import rows
from tests.conformance.rows import NOW
from tests.conformance.together import together


def test_a_slot_is_opened_once_per_enrolment(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        contact = rows.add_contact(unit, site)
        first = rows.add_enrolment(unit.session, contact, site)
        second = rows.add_enrolment(unit.session, contact, site)
        unit.commit()

    def open_slot() -> str:
        with work() as unit:
            unit.session.add(rows.checkin(first, contact, "day-1-am"))
            unit.commit()
        return "opened"

    answers = together(2, open_slot)
    assert answers.count("opened") == 1
    assert [type(answer) for answer in answers if answer != "opened"] == [IntegrityError]
    with work() as unit:
        unit.session.add(rows.checkin(second, contact, "day-1-am"))
        unit.session.add(rows.checkin(first, contact, "day-1-pm"))
        unit.commit()


def test_a_subject_has_one_unresolved_alert(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        unit.commit()

    def raise_alert() -> str:
        with work() as unit:
            unit.session.add(rows.alert(site, "enrolment:1"))
            unit.commit()
        return "raised"

    answers = together(2, raise_alert)
    assert answers.count("raised") == 1
    assert [type(answer) for answer in answers if answer != "raised"] == [IntegrityError]


@pytest.mark.parametrize("state", [AlertState.OPEN, AlertState.ACKNOWLEDGED])
def test_an_acknowledged_alert_still_stands_for_its_subject(work: Work, state: AlertState) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        standing = rows.alert(site, "enrolment:1")
        standing.state = state
        unit.session.add(standing)
        unit.commit()
    with pytest.raises(IntegrityError), work() as unit:
        unit.session.add(rows.alert(site, "enrolment:1"))
        unit.commit()


def test_a_resolved_alert_makes_room_for_the_next(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        resolved = rows.alert(site, "enrolment:1")
        resolved.state = AlertState.RESOLVED
        resolved.resolved_at = NOW
        following = rows.alert(site, "enrolment:1")
        unit.session.add_all([resolved, following, rows.alert(site, "enrolment:2")])
        unit.commit()
    with work() as unit:
        found = alerts.unresolved_of(unit.session, site.id, "enrolment:1")
        assert found is not None
        assert found.id == following.id


def test_a_webhook_that_comes_twice_is_stored_once(work: Work) -> None:
    def store() -> str:
        with work() as unit:
            unit.session.add(rows.message(unit, provider_id="SM0001"))
            unit.commit()
        return "stored"

    answers = together(2, store)
    assert answers.count("stored") == 1
    assert [type(answer) for answer in answers if answer != "stored"] == [IntegrityError]
    with work() as unit:
        assert messages.by_provider_id(unit.session, "SM0001") is not None


def test_messages_without_a_provider_id_do_not_clash(work: Work) -> None:
    with work() as unit:
        unit.session.add_all([rows.message(unit), rows.message(unit)])
        unit.commit()
