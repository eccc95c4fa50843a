"""Messages on a real database under every fate and every order of receipts: what has arrived stays arrived, nobody is
texted twice, nothing is forgotten."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from service.core.delivery import ARRIVED, LOST, RANK, State
from service.flows import delivery
from service.flows.ledger import ledger
from service.store.alerts import Alert, AlertState, Reason
from service.store.messages import Direction, Message, Purpose, Receipt
from tests.hearing import hear
from tests.stateful.dice import Death, DiceGateway, Fate
from tests.stateful.worlds import TemporaryWorld
from tests.world import START, StillClock

STATUSES = ("accepted", "queued", "sent", "delivered", "undelivered", "failed", "read", "an unknown word")
REPLIES = ("37.1", "no", "38.9", "blorp", "i fainted")
BACKWARDS = {State.QUEUED, State.SENDING, State.UNKNOWN}
# Leases run out, lost answers are looked up and given up for lost, texts that nobody needs any more expire.
LONG_ENOUGH = timedelta(hours=5)


class DeliveryMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        clock = StillClock(START)
        self.gateway = DiceGateway(clock.now)
        self.stage = TemporaryWorld(clock, self.gateway)
        self.world = self.stage.world
        self.seen: dict[int, State] = {}

    @initialize()
    def begin(self) -> None:
        self.nurse = self.world.add_staff().phone
        self.patient = self.world.enrol("en", consented=False).phone
        self.world.tick()

    @rule(body=st.sampled_from(REPLIES))
    def a_patient_texts(self, body: str) -> None:
        hear(self.world, self.patient, body)

    @rule(fates=st.lists(st.sampled_from(Fate), min_size=1, max_size=3))
    def the_worker_ticks(self, fates: list[Fate]) -> None:
        self.gateway.fates.extend(fates)
        with suppress(Death):
            self.world.tick()
        self.gateway.fates.clear()

    @rule(seconds=st.sampled_from([1, 20, 65, 100, 400]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.jump_to(self.world.now + timedelta(seconds=seconds))
        self.world.tick()

    @rule(data=st.data(), status=st.sampled_from(STATUSES), code=st.sampled_from(["", "30003", "30007"]))
    def a_receipt_comes(self, data: st.DataObject, status: str, code: str) -> None:
        """Any status for any text that left, in any order and again and again."""
        if ids := self.gateway.ids_of(self.patient):
            provider_id = data.draw(st.sampled_from(ids))
            with self.world.services.read_work() as work:
                message_id = work.session.scalar(select(Message.id).where(Message.provider_id == provider_id))
            if message_id is not None:
                assert delivery.hear_receipt(self.world.services, message_id, provider_id, status, code, self.world.now)

    @invariant()
    def what_arrived_stays_arrived(self) -> None:
        for message in self._outbound():
            state, before = State(message.state), self.seen.get(message.id, State.QUEUED)
            if before in ARRIVED:
                assert RANK[state] >= RANK[before], f"{before} became {state}"
            if RANK[state] < RANK[before]:
                assert state in BACKWARDS, f"{before} became {state}"
            self.seen[message.id] = state

    @invariant()
    def nobody_is_texted_twice(self) -> None:
        """But after the carrier itself said that it was not delivered, and in danger when nobody could tell."""
        with self.world.services.read_work() as work:
            for message in self._outbound():
                if message.purpose in (Purpose.PAGE, Purpose.PAGE_REPLY, Purpose.SAFETY):
                    continue
                failures = work.session.scalars(
                    select(Receipt.provider_id).where(
                        Receipt.message_id == message.id, Receipt.status.in_(("failed", "undelivered"))
                    )
                )
                assert self.gateway.taken[str(message.id)] <= 1 + len(set(failures))

    def _outbound(self) -> list[Message]:
        with self.world.services.read_work() as work:
            return list(work.session.scalars(select(Message).where(Message.direction == Direction.OUTBOUND)))

    def teardown(self) -> None:
        """When all heals, everything ends: delivered as far as anybody can tell, or lost and somebody knows."""
        try:
            self._staff_see_to_it()
            self.world.advance(LONG_ENOUGH)
            assert ledger(self.world.services, self.world.now).orphans == []
            for message in self._outbound():
                assert State(message.state) not in BACKWARDS - {State.QUEUED}, (message.id, message.state)
                if message.state in LOST - {State.CANCELLED} and message.contact_id is not None:
                    self._somebody_knows(message)
        finally:
            self.stage.close()

    def _staff_see_to_it(self) -> None:
        """Or they would be paged for as long as it takes."""
        self.world.tick()
        with self.world.services.read_work() as work:
            codes = list(work.session.scalars(select(Alert.code).where(Alert.state != AlertState.RESOLVED)))
        for code in codes:
            hear(self.world, self.nurse, f"{code} done called them")

    def _somebody_knows(self, message: Message) -> None:
        with self.world.services.read_work() as work:
            reason = select(Reason.id).where(Reason.message_id == message.id)
            assert work.session.scalars(reason).first() is not None, f"message {message.id} was lost in silence"


TestDelivery = DeliveryMachine.TestCase
TestDelivery.settings = settings(max_examples=4, stateful_step_count=12, deadline=None)
