"""A check-in's conversation, whatever is texted in whatever order: it ends, it forgets nothing, it never gets better
by talking."""

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.core import conversation as talk
from service.core.conversation import MAX_TRIES, Conversation, Heard
from service.core.flags import LASTING, PASSING
from service.core.triage import Facts, judge
from service.core.urgency import Level
from tests.world import the_catalog, the_reader

# What people answer, what they say instead, and what nobody can make sense of, in several languages.
TEXTS = (
    "yes", "no", "Yes", "si", "نعم", "no no", "37.1", "38.9", "101.4", "1", "3", "2 and 4", "0", "120/80", "blorp",
    "", "🙂", "thanks", "help", "call me", "what?", "i have a fever", "no fever", "my head hurts", "tengo fiebre",
    "i am confused", "maybe", "i don't know", "no thermometer", "diarrhea since yesterday", "stop",
)  # fmt: skip
READER = the_reader()
PROTOCOL = the_catalog().protocol("cart-autoimmune")
# Each answer may bring questions of its own; a conversation that outlasts this many goes round in circles.
LONGEST = 60


class ConversationMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        self.present: set[str] = set()
        self.level = Level.OK
        self.asked_so_far = 0
        self.flags: frozenset[str] = frozenset()

    @precondition(lambda self: self.conversation.done)
    @rule(
        questions=st.sampled_from([plan.ask for phase in PROTOCOL.phases for plan in phase.checkins]),
        flags=st.frozensets(st.sampled_from([*LASTING, *PASSING])),
    )
    def a_checkin_begins(self, questions: tuple[str, ...], flags: frozenset[str]) -> None:
        self.flags = flags
        self.conversation = talk.begin(tuple(questions), PROTOCOL, flags).ask_next()
        self.present, self.level, self.asked_so_far = set(), Level.OK, 1

    @precondition(lambda self: self.conversation.waits)
    @rule(text=st.sampled_from(TEXTS), language=st.sampled_from(["en", "es", "ar"]))
    def reply(self, text: str, language: str) -> None:
        before = self.conversation
        context = talk.context_of(before, PROTOCOL)
        reading = READER.read(text, language=language, context=context)
        hearing = talk.hear(before, reading, PROTOCOL, self.flags)
        self.conversation = hearing.conversation
        self._judge(hearing.heard, before)
        if hearing.heard in (Heard.ANSWERED, Heard.UNCLEAR_AGAIN):
            assert before.asked in self.conversation.answers, "an answer, or that there was none, is kept"
            assert not self.conversation.waits
        if hearing.heard is Heard.UNCLEAR:
            assert self.conversation.asked == before.asked
            assert self.conversation.tries == before.tries + 1

    def _judge(self, heard: Heard, before: Conversation) -> None:
        facts = Facts(self.conversation.findings, self.conversation.temperature_c, None, before.asked)
        found = {finding.code for finding in self.conversation.findings if finding.is_now}
        assert found >= self.present, f"{heard}: a symptom was forgotten"
        self.present = found
        level = judge(PROTOCOL, PROTOCOL.phases[1].column, facts).level
        if self.conversation.temperature_c == before.temperature_c:
            assert level >= self.level, "talking made it better"
        self.level = level

    @precondition(lambda self: not self.conversation.waits and self.conversation.pending)
    @rule()
    def go_on(self) -> None:
        self.conversation = self.conversation.ask_next()
        self.asked_so_far += 1

    @precondition(lambda self: not self.conversation.done)
    @rule()
    def cut_short(self) -> None:
        """An emergency, or an opt-out."""
        stopped = self.conversation.stopped()
        assert stopped.done
        assert stopped.findings == self.conversation.findings

    @invariant()
    def a_question_is_asked_at_most_twice(self) -> None:
        assert 0 <= self.conversation.tries <= MAX_TRIES

    @invariant()
    def what_is_asked_is_known_and_not_asked_again(self) -> None:
        open_ = [*filter(None, [self.conversation.asked]), *self.conversation.pending]
        assert len(open_) == len(set(open_))
        assert all(name in PROTOCOL.questions for name in open_)

    @invariant()
    def it_comes_to_an_end(self) -> None:
        assert self.asked_so_far <= LONGEST

    @invariant()
    def it_survives_the_database(self) -> None:
        kept = json.loads(json.dumps(self.conversation.to_json()))
        assert Conversation.from_json(kept) == self.conversation


TestConversation = ConversationMachine.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
