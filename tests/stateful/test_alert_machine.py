"""Alerts on a real database, whatever patients text, nurses answer and clocks do: never silent, never better by
itself, never two for one patient."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from service.core.urgency import Level
from service.flows.ledger import ledger
from service.store.alerts import Alert, AlertState, Page
from tests.hearing import hear
from tests.stateful.worlds import TemporaryWorld

REPLIES = ("38.9", "i fainted", "no", "37.0", "blorp", "tengo fiebre", "my chest hurts", "thanks", "STOP")
MINUTES = (1, 4, 11, 35)
PATIENTS = 2


class AlertMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = TemporaryWorld()
        self.world = self.stage.world
        self.levels: dict[int, Level] = {}
        self.closed: dict[int, tuple[object, ...]] = {}

    @initialize()
    def begin(self) -> None:
        self.staff = [self.world.add_staff().phone, self.world.add_staff("clinician", on_call=False).phone]
        self.patients = [self.world.enrol("en").phone for _ in range(PATIENTS)]

    @rule(patient=st.integers(0, PATIENTS - 1), body=st.sampled_from(REPLIES))
    def a_patient_texts(self, patient: int, body: str) -> None:
        hear(self.world, self.patients[patient], body)
        self.world.tick()

    @rule(nurse=st.integers(0, 1), data=st.data(), done=st.booleans())
    def a_nurse_answers(self, nurse: int, data: st.DataObject, done: bool) -> None:
        """With the code of any alert that there ever was, also of one that is closed."""
        if codes := [alert.code for alert in self._alerts()]:
            code = data.draw(st.sampled_from(codes))
            hear(self.world, self.staff[nurse], f"{code} done called, they are fine" if done else code)
            self.world.tick()

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.world.advance(timedelta(minutes=minutes))

    @rule(hours=st.integers(1, 12))
    def an_outage(self, hours: int) -> None:
        """Nothing runs meanwhile; then one tick."""
        self.world.clock.jump_to(self.world.now + timedelta(hours=hours))
        self.world.tick()

    @invariant()
    def something_always_follows(self) -> None:
        """Open: the next page is set, and is not overdue after a tick. Taken: it comes back unless closed in time."""
        for alert in self._alerts():
            match AlertState(alert.state):
                case AlertState.OPEN:
                    assert alert.next_page_at is not None and alert.next_page_at > self.world.now
                case AlertState.ACKNOWLEDGED:
                    assert alert.acknowledged_by is not None and alert.next_page_at is None
                    assert alert.acknowledgement_expires_at is not None
                    assert alert.acknowledgement_expires_at > self.world.now
                case AlertState.RESOLVED:
                    assert alert.resolved_by is not None and alert.outcome
                    assert alert.next_page_at is None and alert.acknowledgement_expires_at is None

    @invariant()
    def one_patient_has_one_unresolved_alert(self) -> None:
        subjects = [alert.subject for alert in self._alerts() if alert.state != AlertState.RESOLVED]
        assert len(subjects) == len(set(subjects))

    @invariant()
    def a_level_is_never_lowered(self) -> None:
        for alert in self._alerts():
            level = Level[alert.level.upper()]
            assert level >= self.levels.get(alert.id, Level.OK)
            self.levels[alert.id] = level

    @invariant()
    def what_is_closed_stays_closed_as_it_was(self) -> None:
        for alert in self._alerts():
            if alert.state == AlertState.RESOLVED:
                record = (alert.resolved_at, alert.resolved_by, alert.outcome, alert.level)
                assert self.closed.setdefault(alert.id, record) == record
            else:
                assert alert.id not in self.closed

    @invariant()
    def every_alert_that_was_due_was_paged(self) -> None:
        with self.world.services.read_work() as work:
            paged = set(work.session.scalars(select(Page.alert_id)))
        for alert in self._alerts():
            if alert.state == AlertState.OPEN and alert.step > 0:
                assert alert.id in paged

    @invariant()
    def the_ledger_has_no_orphans(self) -> None:
        assert ledger(self.world.services, self.world.now).orphans == []

    def _alerts(self) -> list[Alert]:
        with self.world.services.read_work() as work:
            return list(work.session.scalars(select(Alert).order_by(Alert.id)))

    def teardown(self) -> None:
        self.stage.close()


TestAlerts = AlertMachine.TestCase
TestAlerts.settings = settings(max_examples=4, stateful_step_count=12, deadline=None)
