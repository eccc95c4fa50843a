"""One check-in's conversation: what to ask next, when to ask again, when it is done.

Pure and value-like: hearing a reading gives a new conversation and says what happened. Danger is not decided here;
whoever calls judges the findings and may cut the conversation short (`stopped`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from service.core.flags import applies
from service.core.pressure import read_systolic
from service.core.protocol import Protocol
from service.core.questions import Deed, Effect, Expects, Question
from service.core.reading.model import Answer, Context, Finding, Intent, Reading, Severity, Status, When, Whose

MAX_TRIES = 2


class Heard(StrEnum):
    """What a reply did. UNCLEAR_AGAIN: asked twice without a usable answer, a human must look. ASIDE: it said
    something, but nothing about the question, which stays open."""

    ANSWERED = "answered"
    UNCLEAR = "unclear"
    UNCLEAR_AGAIN = "unclear_again"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Conversation:
    """`pending`: question ids still to ask. `asked`: the one that waits for an answer, asked `tries` times.

    `answers`: what was recorded per question. `findings`: all that was reported in this check-in, by words or by
    number. `temperature_c`: the latest stated, Celsius. `systolic`: the latest upper blood pressure, mmHg. `advised`:
    advice texts sent, `raised`: rules that fired, so that neither is repeated within one check-in. `points`: the
    self-test so far, by item. `repeats_test`: it is the second try. `hurry`: the silence ladder that counts until
    the questions `hurry_for` are answered (any one answer, where it names none).
    """

    pending: tuple[str, ...] = ()
    asked: str | None = None
    tries: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    temperature_c: float | None = None
    advised: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    systolic: int | None = None
    points: Mapping[str, int] = field(default_factory=dict)
    repeats_test: bool = False
    hurry: str | None = None
    hurry_for: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return self.asked is None and not self.pending

    @property
    def waits(self) -> bool:
        """A question was asked and has no answer yet."""
        return self.asked is not None

    def ask_next(self) -> Self:
        """Move to the next pending question; `asked` is None when there is none."""
        if not self.pending:
            return replace(self, asked=None, tries=0)
        return replace(self, asked=self.pending[0], pending=self.pending[1:], tries=1)

    def stopped(self) -> Self:
        """No more questions, because an emergency was found or the person opted out."""
        return replace(self, pending=(), asked=None, tries=0)

    def advising(self, text_id: str) -> Self:
        return replace(self, advised=(*self.advised, text_id))

    def raising(self, rule_ids: Iterable[str]) -> Self:
        return replace(self, raised=tuple(dict.fromkeys((*self.raised, *rule_ids))))

    def noting(self, reading: Reading) -> Self:
        """Keep what a text reports, whether or not it answers the question."""
        return replace(
            self,
            findings=merge(self.findings, reading.findings),
            temperature_c=self.temperature_c if reading.temperature_c is None else reading.temperature_c,
        )

    def asking(self, questions: Iterable[str], protocol: Protocol, flags: frozenset[str]) -> Self:
        """Put questions first, those that apply to the patient and are not asked yet, within the most texts of a
        check-in: what is least pressing stands last and gives way."""
        new = [
            name
            for name in dict.fromkeys(questions)
            if name not in self.answers and name != self.asked and applies(protocol.questions[name], flags)
        ]
        pending = (*new, *(name for name in self.pending if name not in new))
        asked = len(self.answers) + (self.asked is not None and self.asked not in self.answers)
        # What an answer calls for is asked in any case; only a plan can be too long.
        least = len(new) if self.answers or self.asked else 0
        return replace(self, pending=pending[: max(least, protocol.most_texts - asked)])

    def interrupted_by(self, questions: Iterable[str], protocol: Protocol, flags: frozenset[str]) -> Self:
        """Ask other questions before the one that waits; it is asked again after them."""
        waiting = replace(self, asked=None, tries=0, pending=(*filter(None, [self.asked]), *self.pending))
        asking = waiting.asking(questions, protocol, flags)
        return asking if len(asking.pending) > len(waiting.pending) else self

    def hurrying(self, ladder: str, questions: Iterable[str]) -> Self:
        """From now on silence counts by another ladder."""
        asked = [name for name in questions if name in self.pending]
        return replace(self, hurry=ladder, hurry_for=tuple(asked))

    def calmed(self) -> Self:
        """After an answer: the ladder of the phase again, unless more questions of the kind are still to come."""
        return self if set(self.hurry_for) & set(self.pending) else replace(self, hurry=None, hurry_for=())

    def scoring(self, points: Mapping[str, int]) -> Self:
        return replace(self, points={**self.points, **points})

    def tests_outstanding(self, protocol: Protocol) -> bool:
        """Whether an item of the self-test still waits for its turn or its answer."""
        return any(protocol.questions[name].test for name in (*self.pending, *filter(None, [self.asked])))

    def to_json(self) -> dict[str, Any]:
        return {
            "pending": list(self.pending),
            "asked": self.asked,
            "tries": self.tries,
            "answers": dict(self.answers),
            "temperature_c": self.temperature_c,
            "advised": list(self.advised),
            "raised": list(self.raised),
            "systolic": self.systolic,
            "points": dict(self.points),
            "repeats_test": self.repeats_test,
            "hurry": self.hurry,
            "hurry_for": list(self.hurry_for),
            "findings": [
                {"code": f.code, "status": f.status, "severity": f.severity, "when": f.when, "whose": f.whose}
                for f in self.findings
            ],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(
            pending=tuple(stored["pending"]),
            asked=stored["asked"],
            tries=stored["tries"],
            answers=dict(stored["answers"]),
            temperature_c=stored["temperature_c"],
            advised=tuple(stored["advised"]),
            raised=tuple(stored["raised"]),
            systolic=stored["systolic"],
            points=dict(stored["points"]),
            repeats_test=stored["repeats_test"],
            hurry=stored["hurry"],
            hurry_for=tuple(stored["hurry_for"]),
            findings=tuple(_finding(item) for item in stored["findings"]),
        )


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(
        stored["code"],
        Status(stored["status"]),
        Severity(stored["severity"]),
        When(stored["when"]),
        Whose(stored["whose"]),
    )


def begin(questions: Sequence[str], protocol: Protocol, flags: frozenset[str]) -> Conversation:
    """A conversation with the questions that apply to this patient."""
    return Conversation().asking(questions, protocol, flags)


def merge(known: tuple[Finding, ...], new: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Known findings and new ones, each way of standing once, the severest kept. Nothing reported is ever dropped."""
    order = list(Severity)
    kept: dict[tuple[str, str, str, str], Finding] = {}
    for finding in (*known, *new):
        key = (finding.code, finding.status, finding.when, finding.whose)
        before = kept.get(key)
        if before is None or order.index(finding.severity) > order.index(before.severity):
            kept[key] = replace(finding, evidence=None)
    return tuple(kept.values())


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one reply did. `doing`: what the answer calls for besides more questions."""

    conversation: Conversation
    heard: Heard
    reading: Reading
    doing: tuple[Deed, ...] = ()


def hear(
    conversation: Conversation, reading: Reading, protocol: Protocol, flags: frozenset[str] = frozenset()
) -> Hearing:
    """Take one reply to the question that waits. What it reports is always kept."""
    if conversation.asked is None:
        return Hearing(without_known(conversation.noting(reading), protocol), Heard.ASIDE, reading)
    question = protocol.questions[conversation.asked]
    noted = conversation.noting(reading)
    answer = understood(question, reading)
    if answer is not None:
        effects = [question.answers.get(key, Effect()) for key in _keys(question, answer)]
        doing = tuple(effect.do for effect in effects if effect.do)
        answered = _answered(noted, question, answer, effects, reading, protocol, flags)
        return Hearing(answered, Heard.ANSWERED, reading, doing)
    if reading.language_wanted is not None or (not reading.unclear and _says_something_else(reading)):
        return Hearing(noted, Heard.ASIDE, reading)
    if noted.tries >= MAX_TRIES:
        # Asked twice: this question is given up, the rest of the check-in still matters.
        return Hearing(_give_up(noted), Heard.UNCLEAR_AGAIN, reading)
    return Hearing(replace(noted, tries=noted.tries + 1), Heard.UNCLEAR, reading)


def understood(question: Question, reading: Reading) -> list[str] | None:
    """What the reply amounts to for this question: keys of `question.answers`, or what was measured, counted or
    written. None when it is no answer to this question."""
    match question.expects:
        case Expects.YES_NO:
            word = _plain_word(reading)
            return None if word is None else [word]
        case Expects.TEMPERATURE:
            if reading.temperature_c is not None and not reading.implausible_temperature:
                return [str(reading.temperature_c)]
            if reading.answer is Answer.NO or reading.not_measured or "no_thermometer" in reading.present:
                return ["none"]
            return None
        case Expects.NUMBER | Expects.NUMBERS:
            return _numbers(question, reading)
        case Expects.COUNT:
            return _count(question, reading)
        case Expects.PRESSURE:
            systolic = read_systolic(reading.text)
            return [str(systolic)] if systolic is not None else ["no"] if reading.answer is Answer.NO else None
        case Expects.WORDS:
            return _words(question, reading)


def _plain_word(reading: Reading) -> str | None:
    return reading.answer.value if reading.answer in (Answer.YES, Answer.NO) else None


def _numbers(question: Question, reading: Reading) -> list[str] | None:
    listed = [str(number) for number in reading.numbers]
    if listed and all(number in question.answers for number in listed):
        if question.expects is Expects.NUMBER and len(set(listed)) > 1:
            return None
        return list(dict.fromkeys(listed))
    return _in_words(question, reading)


def _in_words(question: Question, reading: Reading) -> list[str] | None:
    """In words instead of numbers: symptoms named stand for themselves, and a plain yes or no for what the question
    says it means ("no" to a list: none of these)."""
    if reading.present:
        return ["words"]
    word = _plain_word(reading)
    if word is None and _only_denies(reading):
        word = "no"
    key = question.for_word(word) if word else None
    return None if key is None else [key]


def _only_denies(reading: Reading) -> bool:
    return bool(reading.absent) and not reading.unclear and all(finding.is_denied for finding in reading.findings)


def _count(question: Question, reading: Reading) -> list[str] | None:
    if reading.numbers:
        return [str(reading.numbers[0])]
    return _in_words(question, reading)


def _words(question: Question, reading: Reading) -> list[str] | None:
    if not reading.text.strip():
        return None
    if question.test is not None:
        # Whatever is written is the test's answer, above all when it makes no sense; a cry for help is none.
        return None if reading.intents & {Intent.HELP, Intent.CALL_ME, Intent.STOP} else ["words"]
    return None if reading.unclear else ["words"]


def _keys(question: Question, answer: Sequence[str]) -> list[str]:
    """The answers of the question that these amount to: of a count, the highest number that it reaches."""
    if question.expects is not Expects.COUNT or not answer[0].isdecimal():
        return list(answer)
    reached = [key for key in question.answers if int(key) <= int(answer[0])]
    return [max(reached, key=int)] if reached else []


def _answered(
    conversation: Conversation,
    question: Question,
    answer: Sequence[str],
    effects: Sequence[Effect],
    reading: Reading,
    protocol: Protocol,
    flags: frozenset[str],
) -> Conversation:
    reported = tuple(
        Finding(report.code, Status.PRESENT, report.severity) for effect in effects for report in effect.report
    )
    # "Which of these?" is not asked of someone who has just said which.
    named = question.expects is Expects.YES_NO and any(finding.is_now for finding in reading.findings)
    branches = [] if named else [name for effect in effects for name in effect.ask]
    kept = reading.text if question.expects is Expects.WORDS else ",".join(answer)
    systolic = int(answer[0]) if question.expects is Expects.PRESSURE and answer[0].isdecimal() else None
    done = replace(
        conversation,
        asked=None,
        tries=0,
        answers={**conversation.answers, conversation.asked or "": kept},
        findings=merge(conversation.findings, reported),
        systolic=conversation.systolic if systolic is None else systolic,
    )
    return without_known(done.calmed().asking(branches, protocol, flags), protocol)


def _give_up(conversation: Conversation) -> Conversation:
    asked = conversation.asked or ""
    return replace(conversation, asked=None, tries=0, answers={**conversation.answers, asked: "unclear"})


def without_known(conversation: Conversation, protocol: Protocol) -> Conversation:
    """A temperature that was volunteered need not be asked for."""
    if conversation.temperature_c is None:
        return conversation
    asks_more = [name for name in conversation.pending if protocol.questions[name].expects is not Expects.TEMPERATURE]
    return replace(conversation, pending=tuple(asks_more))


def to_settle(reading: Reading, protocol: Protocol) -> tuple[str, ...]:
    """The questions that settle what the writer is not sure of."""
    unsure = [
        finding.code
        for finding in reading.findings
        if finding.status is Status.UNCERTAIN and finding.whose is Whose.PATIENT and finding.when is When.NOW
    ]
    return tuple(protocol.ask_about[code] for code in unsure if code in protocol.ask_about)


def _says_something_else(reading: Reading) -> bool:
    return reading.temperature_c is not None or reading.intent in (
        Intent.CALL_ME,
        Intent.HELP,
        Intent.LANGUAGE,
        Intent.QUESTION,
        Intent.THANKS,
        Intent.REPORT,
    )


def context_of(conversation: Conversation | None, protocol: Protocol) -> Context:
    """What a reply will be an answer to."""
    if conversation is None or conversation.asked is None:
        return Context.OPEN
    return protocol.questions[conversation.asked].context
