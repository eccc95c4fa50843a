"""One question at a time, asked again once when unclear, and nothing that was said is ever forgotten."""

from dataclasses import replace

import pytest

from service.core import conversation as talk
from service.core.conversation import Conversation, Heard
from service.core.plan import QuietHours
from service.core.protocol import Protocol
from service.core.questions import Effect, Expects, Question, Report
from service.core.reading.model import Answer, Context, Finding, Intent, Reading, Severity, Status


def question(expects: Expects, context: Context, **answers: Effect) -> Question:
    return Question(text="x", expects=expects, context=context, answers={k.strip("_"): v for k, v in answers.items()})


PROTOCOL = Protocol.model_construct(
    id="test",
    version=1,
    review="test",
    quiet_hours=QuietHours(),
    phases=(),
    rules=(),
    questions={
        "temperature": question(
            Expects.TEMPERATURE, Context.TEMPERATURE, none=Effect(report=(Report(code="no_thermometer"),))
        ),
        "neuro": question(Expects.YES_NO, Context.NEURO, yes=Effect(ask=("which",))),
        "which": question(
            Expects.NUMBERS,
            Context.CHOICE,
            _0=Effect(),
            _1=Effect(report=(Report(code="confusion"),)),
            _5=Effect(report=(Report(code="headache", severity=Severity.SEVERE),)),
        ),
        "one_of": question(Expects.NUMBER, Context.CHOICE, _1=Effect(), _2=Effect()),
    },
)


def hear(conversation: Conversation, said: Reading, protocol: Protocol) -> tuple[Conversation, Heard]:
    """The conversation after a reply, and what the reply did."""
    hearing = talk.hear(conversation, said, protocol)
    return hearing.conversation, hearing.heard


def asked(*questions: str) -> Conversation:
    return talk.begin(questions, PROTOCOL, frozenset()).ask_next()


def reading(
    context: Context,
    *,
    answer: Answer | None = None,
    temperature: float | None = None,
    present: tuple[str, ...] = (),
    numbers: tuple[int, ...] = (),
    intent: Intent = Intent.ANSWER,
    text: str = "words",
) -> Reading:
    findings = tuple(Finding(code, Status.PRESENT) for code in present)
    return Reading(
        text, "en", context, intent, frozenset({intent}), answer, temperature, numbers=numbers, findings=findings
    )


def test_a_temperature_answers_and_the_next_question_waits_its_turn() -> None:
    conversation, heard = hear(asked("temperature", "neuro"), reading(Context.TEMPERATURE, temperature=36.8), PROTOCOL)
    assert heard is Heard.ANSWERED
    assert (conversation.asked, conversation.pending) == (None, ("neuro",))
    assert conversation.ask_next().asked == "neuro"


def test_unclear_is_asked_again_once_and_then_handed_on() -> None:
    once, first = hear(asked("neuro", "temperature"), reading(Context.NEURO, answer=Answer.UNCLEAR), PROTOCOL)
    assert first is Heard.UNCLEAR
    assert once.asked == "neuro"
    twice, second = hear(once, reading(Context.NEURO, answer=Answer.UNCLEAR), PROTOCOL)
    assert second is Heard.UNCLEAR_AGAIN
    assert twice.answers["neuro"] == "unclear"
    assert twice.pending == ("temperature",), "the rest of the check-in still matters"


@pytest.mark.parametrize("answer", [None, Answer.UNCLEAR])
def test_unclear_never_counts_as_an_answer(answer: Answer | None) -> None:
    _, heard = hear(asked("neuro"), reading(Context.NEURO, answer=answer), PROTOCOL)
    assert heard is not Heard.ANSWERED


def test_a_bare_yes_is_asked_which() -> None:
    conversation, _ = hear(asked("neuro"), reading(Context.NEURO, answer=Answer.YES), PROTOCOL)
    assert conversation.pending == ("which",)


def test_someone_who_has_said_which_is_not_asked_again() -> None:
    told = reading(Context.NEURO, answer=Answer.YES, present=("tremor",))
    conversation, _ = hear(asked("neuro"), told, PROTOCOL)
    assert conversation.pending == ()
    assert {finding.code for finding in conversation.findings} == {"tremor"}


def test_numbers_report_what_they_stand_for() -> None:
    conversation, heard = hear(asked("which"), reading(Context.CHOICE, numbers=(1, 5)), PROTOCOL)
    assert heard is Heard.ANSWERED
    assert {(finding.code, finding.severity) for finding in conversation.findings} == {
        ("confusion", Severity.MODERATE),
        ("headache", Severity.SEVERE),
    }


def test_a_number_that_is_not_on_the_list_is_not_taken_for_none() -> None:
    _, heard = hear(asked("which"), reading(Context.CHOICE, numbers=(1, 7)), PROTOCOL)
    assert heard is Heard.ASIDE or heard is Heard.UNCLEAR


def test_two_numbers_do_not_answer_a_question_for_one() -> None:
    _, heard = hear(asked("one_of"), reading(Context.CHOICE, numbers=(1, 2)), PROTOCOL)
    assert heard is not Heard.ANSWERED


def test_no_to_a_list_is_none_of_them() -> None:
    conversation, heard = hear(asked("which"), reading(Context.CHOICE, answer=Answer.NO), PROTOCOL)
    assert heard is Heard.ANSWERED
    assert conversation.answers["which"] == "0"


def test_words_instead_of_numbers_are_an_answer_too() -> None:
    conversation, heard = hear(asked("which"), reading(Context.CHOICE, present=("seizure",)), PROTOCOL)
    assert heard is Heard.ANSWERED
    assert {finding.code for finding in conversation.findings} == {"seizure"}


def test_a_volunteered_temperature_is_not_asked_for() -> None:
    told = reading(Context.NEURO, answer=Answer.NO, temperature=38.4)
    conversation, _ = hear(asked("neuro", "temperature"), told, PROTOCOL)
    assert conversation.done
    assert conversation.temperature_c == 38.4


def test_no_thermometer_is_an_answer() -> None:
    conversation, heard = hear(
        asked("temperature"), reading(Context.TEMPERATURE, present=("no_thermometer",)), PROTOCOL
    )
    assert heard is Heard.ANSWERED
    assert conversation.answers["temperature"] == "none"


def test_an_aside_leaves_the_question_open_and_keeps_what_it_says() -> None:
    aside = reading(Context.TEMPERATURE, present=("chills",), intent=Intent.REPORT)
    conversation, heard = hear(asked("temperature"), aside, PROTOCOL)
    assert heard is Heard.ASIDE
    assert conversation.asked == "temperature"
    assert {finding.code for finding in conversation.findings} == {"chills"}


def test_a_conversation_survives_its_storage() -> None:
    conversation, _ = hear(asked("which", "neuro"), reading(Context.CHOICE, numbers=(5,), temperature=37.1), PROTOCOL)
    conversation = conversation.advising("A2").raising(["fever"])
    assert Conversation.from_json(conversation.to_json()) == conversation


def test_the_severest_report_of_a_symptom_is_kept() -> None:
    mild, severe = (Finding("headache", Status.PRESENT, severity) for severity in (Severity.MILD, Severity.SEVERE))
    assert talk.merge((severe,), (mild,)) == (severe,)
    assert talk.merge((mild,), (severe,)) == (severe,)


ASKS = Protocol.model_validate(
    {
        "id": "asks",
        "version": 1,
        "review": "test",
        "most_texts": 4,
        "rules": [{"id": "r", "says": "x", "when": {"symptoms": ["fever"]}, "levels": "U15"}],
        "questions": {
            "feel": {
                "expects": "number",
                "context": "choice",
                "answers": {1: {}, 3: {"report": ["unwell"]}},
                "means": {"no": 1},
            },
            "ate": {
                "expects": "number",
                "context": "choice",
                "answers": {0: {}, 2: {"report": ["poor_intake"]}},
                "means": {"yes": 0, "no": 2},
            },
            "stools": {
                "expects": "count",
                "context": "choice",
                "answers": {
                    0: {},
                    1: {"report": [{"code": "diarrhea", "severity": "mild"}]},
                    4: {"report": ["diarrhea"]},
                },
            },
            "pressure": {"expects": "pressure", "context": "confirm", "answers": {"no": {}}},
            "well": {"expects": "yes_no", "context": "confirm"},
            "count": {"expects": "words", "context": "open", "test": "countdown"},
            "lupus": {"expects": "yes_no", "context": "confirm", "only_if": "lupus"},
        },
    }
)
NOBODY: frozenset[str] = frozenset()


def after(question: str, reply: Reading) -> talk.Hearing:
    return talk.hear(talk.begin([question], ASKS, NOBODY).ask_next(), reply, ASKS)


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [("feel", Answer.NO, "1"), ("ate", Answer.YES, "0"), ("ate", Answer.NO, "2"), ("stools", Answer.NO, "0")],
)
def test_a_plain_word_stands_for_the_number_that_the_question_says(question: str, answer: Answer, kept: str) -> None:
    hearing = after(question, reading(Context.CHOICE, answer=answer))
    assert (hearing.heard, hearing.conversation.answers[question]) == (Heard.ANSWERED, kept)


def test_a_plain_word_that_stands_for_nothing_is_asked_again() -> None:
    assert after("feel", reading(Context.CHOICE, answer=Answer.YES)).heard is Heard.UNCLEAR


@pytest.mark.parametrize(
    ("number", "severity"), [(0, None), (1, Severity.MILD), (3, Severity.MILD), (12, Severity.MODERATE)]
)
def test_a_count_means_what_the_highest_number_it_reaches_means(number: int, severity: Severity | None) -> None:
    found = after("stools", reading(Context.CHOICE, numbers=(number,))).conversation.findings
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_a_blood_pressure_is_kept() -> None:
    hearing = after("pressure", reading(Context.CONFIRM, text="it was 118/74"))
    assert (hearing.heard, hearing.conversation.systolic) == (Heard.ANSWERED, 118)


def test_whatever_is_written_answers_a_test_but_a_cry_for_help_does_not() -> None:
    garbled = replace(reading(Context.OPEN, intent=Intent.OTHER, text="blue fish over the"), garbled=True)
    assert after("count", garbled).heard is Heard.ANSWERED
    cry = replace(reading(Context.OPEN, intent=Intent.HELP, text="help"), intents=frozenset({Intent.HELP}))
    assert after("count", cry).heard is Heard.ASIDE


def test_what_does_not_apply_is_not_asked() -> None:
    assert talk.begin(["well", "lupus"], ASKS, NOBODY).pending == ("well",)
    assert talk.begin(["well", "lupus"], ASKS, frozenset({"lupus"})).pending == ("well", "lupus")


def test_a_check_in_keeps_within_its_texts_and_the_last_question_gives_way() -> None:
    conversation = talk.begin(["feel", "ate", "stools", "pressure", "well"], ASKS, NOBODY)
    assert conversation.pending == ("feel", "ate", "stools", "pressure")
    assert conversation.ask_next().asking(["well"], ASKS, NOBODY).pending == ("well", "ate", "stools")


def test_a_pressing_question_goes_before_the_one_that_waits_which_is_asked_again() -> None:
    conversation = talk.begin(["feel", "ate"], ASKS, NOBODY).ask_next().interrupted_by(["well"], ASKS, NOBODY)
    assert (conversation.asked, conversation.pending) == (None, ("well", "feel", "ate"))
    assert conversation.ask_next().interrupted_by(["well"], ASKS, NOBODY).asked == "well", "it is asked once"


def test_a_hurried_silence_counts_until_its_questions_are_answered() -> None:
    conversation = talk.begin(["well", "count", "feel"], ASKS, NOBODY).hurrying("fast", ["well", "count"]).ask_next()
    after_one = talk.hear(conversation, reading(Context.CONFIRM, answer=Answer.YES), ASKS).conversation
    assert after_one.hurry == "fast"
    after_two = talk.hear(after_one.ask_next(), reading(Context.OPEN, text="100 90"), ASKS).conversation
    assert after_two.hurry is None
    assert Conversation.from_json(after_one.to_json()) == after_one
