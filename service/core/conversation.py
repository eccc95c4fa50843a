"""One check-in's conversation: what to ask next, when to ask again, when it is done.

Pure and value-like: hearing a reading gives a new conversation and says what happened. Danger is not decided here;
whoever calls judges the findings and may cut the conversation short (`stopped`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from service.core.protocol import Effect, Expects, Protocol, Question
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
    number. `temperature_c`: the latest stated, Celsius. `advised`: advice texts sent, `raised`:
    rules that fired, so that neither is repeated within one check-in.
    """

    pending: tuple[str, ...] = ()
    asked: str | None = None
    tries: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    temperature_c: float | None = None
    advised: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()

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

    def to_json(self) -> dict[str, Any]:
        return {
            "pending": list(self.pending),
            "asked": self.asked,
            "tries": self.tries,
            "answers": dict(self.answers),
            "temperature_c": self.temperature_c,
            "advised": list(self.advised),
            "raised": list(self.raised),
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


def begin(questions: tuple[str, ...]) -> Conversation:
    return Conversation(pending=questions)


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


def hear(conversation: Conversation, reading: Reading, protocol: Protocol) -> tuple[Conversation, Heard]:
    """Take one reply to the question that waits. What it reports is always kept."""
    noted = conversation.noting(reading)
    if noted.asked is None:
        return without_known(noted), Heard.ASIDE
    question = protocol.questions[noted.asked]
    answer = understood(question, reading)
    if answer is not None:
        return _answered(noted, question, answer), Heard.ANSWERED
    if not reading.unclear and _says_something_else(reading):
        return noted, Heard.ASIDE
    if noted.tries >= MAX_TRIES:
        # Asked twice: this question is given up, the rest of the check-in still matters.
        return _give_up(noted), Heard.UNCLEAR_AGAIN
    return replace(noted, tries=noted.tries + 1), Heard.UNCLEAR


def understood(question: Question, reading: Reading) -> list[str] | None:
    """The keys of `question.answers` that the reply amounts to, or None when it is no answer to this question."""
    match question.expects:
        case Expects.YES_NO:
            if reading.answer in (Answer.YES, Answer.NO):
                return [reading.answer.value]
            return None
        case Expects.TEMPERATURE:
            if reading.temperature_c is not None and not reading.implausible_temperature:
                return [str(reading.temperature_c)]
            if reading.answer is Answer.NO or "no_thermometer" in reading.present:
                return ["none"]
            return None
        case Expects.NUMBER | Expects.NUMBERS:
            return _numbers(question, reading)
        case Expects.WORDS:
            return ["words"] if reading.text.strip() and not reading.unclear else None


def _numbers(question: Question, reading: Reading) -> list[str] | None:
    listed = [str(number) for number in reading.numbers]
    if listed and all(number in question.answers for number in listed):
        if question.expects is Expects.NUMBER and len(set(listed)) > 1:
            return None
        return list(dict.fromkeys(listed))
    # In words instead of numbers: symptoms named stand for themselves, and a plain no is "none of these".
    if reading.present:
        return ["words"]
    if reading.answer is Answer.NO and "0" in question.answers:
        return ["0"]
    return None


def _answered(conversation: Conversation, question: Question, keys: list[str]) -> Conversation:
    effects = [question.answers.get(key, Effect()) for key in keys]
    reported = tuple(
        Finding(report.code, Status.PRESENT, report.severity) for effect in effects for report in effect.report
    )
    # "Which of these?" is not asked of someone who has just said which.
    named = any(finding.is_now for finding in conversation.findings)
    branches = tuple(
        name for effect in effects for name in effect.ask if not (named and question.expects is Expects.YES_NO)
    )
    asked = conversation.asked or ""
    return without_known(
        replace(
            conversation,
            asked=None,
            tries=0,
            answers={**conversation.answers, asked: ",".join(keys)},
            findings=merge(conversation.findings, reported),
            pending=(*branches, *(name for name in conversation.pending if name not in branches)),
        )
    )


def _give_up(conversation: Conversation) -> Conversation:
    asked = conversation.asked or ""
    return replace(conversation, asked=None, tries=0, answers={**conversation.answers, asked: "unclear"})


def without_known(conversation: Conversation) -> Conversation:
    """A temperature that was volunteered need not be asked for."""
    if conversation.temperature_c is None:
        return conversation
    return replace(conversation, pending=tuple(name for name in conversation.pending if name != "temperature"))


def _says_something_else(reading: Reading) -> bool:
    return reading.intent in (
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
