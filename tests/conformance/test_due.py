"""What a tick finds to do: exactly what is due, to the microsecond, longest waiting first."""

from datetime import timedelta

from service.store import alerts, checkins, patients
from service.store.alerts import AlertState
from service.store.checkins import CheckInState
from service.store.patients import EnrolmentState
from service.store.uow import Work
from tests.conformance import rows
from tests.conformance.rows import MINUTE, NOW

AFTER = NOW + timedelta(microseconds=1)


def test_alerts_due_for_a_page(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        due = rows.alert(site, "enrolment:1", next_page_at=NOW)
        longer_due = rows.alert(site, "enrolment:2", next_page_at=NOW - MINUTE)
        later = rows.alert(site, "enrolment:3", next_page_at=AFTER)
        acknowledged = rows.alert(site, "enrolment:4", next_page_at=NOW)
        acknowledged.state = AlertState.ACKNOWLEDGED
        resolved = rows.alert(site, "enrolment:5", next_page_at=NOW)
        resolved.state = AlertState.RESOLVED
        unit.session.add_all([due, longer_due, later, acknowledged, resolved])
        unit.commit()
    with work() as unit:
        assert alerts.due_for_page(unit.session, NOW, 10) == [longer_due.id, due.id]
        assert alerts.due_for_page(unit.session, NOW, 1) == [longer_due.id]
        assert alerts.due_for_page(unit.session, AFTER, 10) == [longer_due.id, due.id, later.id]


def test_acknowledgements_that_have_expired(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        expired, longer_expired, running, resolved, open_ = (
            rows.alert(site, f"enrolment:{number}") for number in range(5)
        )
        expired.acknowledgement_expires_at = resolved.acknowledgement_expires_at = NOW
        open_.acknowledgement_expires_at = NOW
        longer_expired.acknowledgement_expires_at = NOW - MINUTE
        running.acknowledgement_expires_at = AFTER
        for alert in (expired, longer_expired, running):
            alert.state = AlertState.ACKNOWLEDGED
        resolved.state = AlertState.RESOLVED
        unit.session.add_all([expired, longer_expired, running, resolved, open_])
        unit.commit()
    with work() as unit:
        assert alerts.expired_acknowledgements(unit.session, NOW, 10) == [longer_expired.id, expired.id]
        assert alerts.expired_acknowledgements(unit.session, NOW, 1) == [longer_expired.id]


def test_checkins_whose_next_rung_is_due(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        contact = rows.add_contact(unit, site)
        enrolment = rows.add_enrolment(unit.session, contact, site)
        due = rows.checkin(enrolment, contact, "1", next_action_at=NOW)
        longer_due = rows.checkin(enrolment, contact, "2", next_action_at=NOW - MINUTE)
        later = rows.checkin(enrolment, contact, "3", next_action_at=AFTER)
        nothing_more = rows.checkin(enrolment, contact, "4")
        ended = []
        for state in CheckInState:
            if state is not CheckInState.OPEN:
                ended.append(rows.checkin(enrolment, contact, state, next_action_at=NOW))
                ended[-1].state = state
        unit.session.add_all([due, longer_due, later, nothing_more, *ended])
        unit.commit()
    with work() as unit:
        expected = [(longer_due.id, enrolment.id), (due.id, enrolment.id)]
        assert checkins.due_for_action(unit.session, NOW, 10) == expected
        assert checkins.due_for_action(unit.session, NOW, 1) == expected[:1]


def test_enrolments_due_for_a_checkin(work: Work) -> None:
    with work() as unit:
        site = rows.add_site(unit.session)
        contact = rows.add_contact(unit, site)
        due = rows.add_enrolment(unit.session, contact, site, next_checkin_at=NOW)
        longer_due = rows.add_enrolment(unit.session, contact, site, next_checkin_at=NOW - MINUTE)
        rows.add_enrolment(unit.session, contact, site, next_checkin_at=AFTER)
        rows.add_enrolment(unit.session, contact, site, next_checkin_at=None)
        for state in EnrolmentState:
            if state is not EnrolmentState.ACTIVE:
                rows.add_enrolment(unit.session, contact, site, state=state, next_checkin_at=NOW)
        unit.commit()
    with work() as unit:
        assert patients.due_for_checkin(unit.session, NOW, 10) == [longer_due.id, due.id]
        assert patients.due_for_checkin(unit.session, NOW, 1) == [longer_due.id]
