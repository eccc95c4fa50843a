"""One question at a time, asked again once when unclear, and nothing that was said is ever forgotten."""

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
