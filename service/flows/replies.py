"""What happens with one text of a patient or caregiver: read, judged, told to staff, answered.

The order is the promise: danger is read first, in every text, before the question asked and before an opt-out; the
alert is raised in the transaction of the reading; then the writer is told at once what to do.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service.core import conversation as talk
from service.core.conversation import Conversation, Heard, Hearing
from service.core.escalation import first_page_at
from service.core.history import History
from service.core.questions import Deed
from service.core.reading.model import Answer, Intent, Reading
from service.core.rules import Rule
from service.core.triage import Facts, Verdict, judge
from service.core.urgency import Level, Urgency, worst
from service.flows import conversations, enrolment, history, pausing, wishes
from service.flows.alerts import Cause, raise_alert, raise_event
from service.flows.case import Case
from service.flows.texting import Line, moment, text_contact
from service.store import checkins
from service.store.checkins import CheckIn, CheckInKind, CheckInState
from service.store.messages import Message, Purpose
from service.store.patients import Contact, ContactKind, EnrolmentState

# These say what the writer wants; a check-in would talk past them.
WISHES = frozenset({Intent.HELP, Intent.CALL_ME, Intent.LANGUAGE, Intent.THANKS, Intent.QUESTION, Intent.START})


@dataclass(slots=True)
class Turn:
    """One inbound text being dealt with. `heard` is None when no question was waiting. `flags`: of the patient.
    `doing`: what the answer calls for besides more questions. `tests`: it answers an item of the self-test. `wish`:
    what is said to whoever asks for another language."""

    case: Case
    contact: Contact
    message: Message
    reading: Reading
    checkin: CheckIn | None
    conversation: Conversation
    heard: Heard | None
    verdict: Verdict
    flags: frozenset[str]
    doing: tuple[Deed, ...] = ()
    tests: bool = False
    wish: Line | None = None

    @property
    def new_rules(self) -> tuple[Rule, ...]:
        """The rules that fired now and not before in this check-in."""
        return tuple(rule for rule in self.verdict.fired if rule.id not in self.conversation.raised)


def handle(case: Case, contact: Contact, message: Message) -> None:
    """Deal with one text, in the caller's transaction. Everything it calls for is queued when this returns."""
    turn = _listen(case, contact, message)
    _tell_staff(turn)
    if _asks_for_language(turn):
        turn.wish = wishes.change_language(case, contact, turn.reading.language_wanted, message.id)
    if Deed.WATCH_CLOSELY in turn.doing:
        pausing.watch_closely(case)
    _answer(turn)


def _listen(case: Case, contact: Contact, message: Message) -> Turn:
    checkin = checkins.current_of(case.work.session, contact.id)
    before = conversations.conversation_of(checkin) if checkin else Conversation()
    if not before.waits:
        checkin, before = None, Conversation()
    record = case.history
    flags = case.flags(record)
    reading = case.services.reader.read(
        message.body, language=contact.language, context=talk.context_of(before, case.protocol)
    )
    if checkin is not None and before.asked is not None:
        reading = history.as_test_answer(case, contact, checkin, before.asked, reading)
    hearing = talk.hear(before, reading, case.protocol, flags)
    earlier = record
    if checkin is not None:
        record = history.slowness(record, contact, checkin, hearing.heard, case.now)
        conversation, record = history.score_test(case, contact, checkin, before.asked or "", hearing, record)
        hearing = replace(hearing, conversation=history.noticed(record, conversation))
    verdict = _judge(case, contact, earlier, flags, hearing, before.asked)
    history.keep(case, contact, record, before, hearing)
    message.reading = summary(hearing.reading)
    message.level = verdict.level.word
    message.unclear = hearing.reading.unclear
    heard = hearing.heard if checkin is not None else None
    turn = Turn(
        case, contact, message, hearing.reading, checkin, hearing.conversation, heard, verdict, flags, hearing.doing
    )
    turn.tests = heard is Heard.ANSWERED and case.protocol.questions[before.asked or ""].test is not None
    if checkin is None and _begins_a_checkin(turn):
        turn.checkin = _unsolicited(turn)
    if turn.checkin is not None:
        message.checkin_id = turn.checkin.id
        _keep_level(turn, turn.checkin)
    return turn


def _judge(
    case: Case, contact: Contact, earlier: History, flags: frozenset[str], hearing: Hearing, asked: str | None
) -> Verdict:
    conversation = hearing.conversation
    facts = Facts(
        conversation.findings,
        conversation.temperature_c,
        hearing.reading,
        asked,
        conversation.systolic,
        history.known_before(case, earlier, flags, contact, conversation),
    )
    return judge(case.protocol, case.phase.column, facts)


def _begins_a_checkin(turn: Turn) -> bool:
    """A text out of the blue opens the same flow as a check-in, unless it only says what the writer wants."""
    if turn.case.enrolment.state != EnrolmentState.ACTIVE or not turn.contact.may_be_texted:
        return False
    if turn.reading.intents & {Intent.STOP, Intent.WRONG_NUMBER}:
        return False
    return bool(turn.reading.present) or not turn.reading.intents & WISHES


def _unsolicited(turn: Turn) -> CheckIn:
    is_patient = turn.contact.kind == ContactKind.PATIENT
    protocol = turn.case.protocol
    questions = protocol.unsolicited if is_patient else protocol.unsolicited_caregiver
    checkin = conversations.open_checkin(
        turn.case, turn.contact, CheckInKind.UNSOLICITED, f"unsolicited:{turn.message.id}", questions
    )
    known = talk.begin(questions, protocol, turn.flags).noting(turn.reading)
    turn.conversation = talk.without_known(known, protocol)
    checkin.asked_at = turn.case.now
    return checkin


def _asks_for_language(turn: Turn) -> bool:
    """What is written in answer to the self-test is that answer, above all when it is no sense."""
    if turn.contact.opted_out_at is not None or turn.case.enrolment.state == EnrolmentState.ENDED or turn.tests:
        return False
    intents = turn.reading.intents
    return Intent.LANGUAGE in intents and intents.isdisjoint({Intent.STOP, Intent.WRONG_NUMBER})


def _keep_level(turn: Turn, checkin: CheckIn) -> None:
    level = max(Level[checkin.level.upper()], turn.verdict.level)
    checkin.level = level.word
    turn.case.enrolment.last_level = level.word


def _tell_staff(turn: Turn) -> None:
    """Raise the alert for what is new in this check-in; what it has raised before is on the alert already."""
    column = turn.case.phase.column
    causes = [Cause(rule.id, rule.says, rule.urgency(column)) for rule in turn.new_rules]
    checkin_id = turn.checkin.id if turn.checkin else None
    raise_alert(turn.case, causes, message_id=turn.message.id, checkin_id=checkin_id)
    _ask_because_of(turn)
    turn.conversation = turn.conversation.raising(cause.rule_id for cause in causes)
    if turn.heard is Heard.UNCLEAR_AGAIN:
        raise_event(turn.case, "not_understood", message_id=turn.message.id, checkin_id=checkin_id)
    if turn.case.enrolment.state in (EnrolmentState.UNWATCHED, EnrolmentState.ENDED):
        raise_event(turn.case, "unwatched_reply", message_id=turn.message.id)


def _ask_because_of(turn: Turn) -> None:
    """The questions that new findings call for go first; the caregiver is asked at once."""
    if turn.checkin is None:
        return
    protocol = turn.case.protocol
    for rule in reversed(turn.new_rules):
        if rule.ask:
            turn.conversation = turn.conversation.interrupted_by(rule.ask, protocol, turn.flags)
        if rule.silence:
            turn.conversation = turn.conversation.hurrying(rule.silence, rule.ask)
    unsure = talk.to_settle(turn.reading, protocol)
    if unsure:
        turn.conversation = turn.conversation.interrupted_by(unsure, protocol, turn.flags)
    wanted = dict.fromkeys(name for rule in turn.new_rules for name in rule.ask_caregiver)
    if wanted and turn.contact.kind == ContactKind.PATIENT:
        _ask_caregiver(turn, tuple(wanted))


def _ask_caregiver(turn: Turn, questions: tuple[str, ...]) -> None:
    case, caregiver = turn.case, turn.case.contact(ContactKind.CAREGIVER)
    if caregiver is None or not caregiver.may_be_texted:
        return
    slot = f"asked:{turn.message.id}"
    checkin = conversations.open_checkin(case, caregiver, CheckInKind.FOLLOW_UP, slot, questions)
    conversations.ask(case, caregiver, checkin, purpose=Purpose.WELFARE)


def _answer(turn: Turn) -> None:
    if turn.checkin is not None:
        turn.checkin.conversation = turn.conversation.to_json()
    if Intent.STOP in turn.reading.intents:
        _stop(turn)
    elif turn.contact.opted_out_at is not None:
        _answer_opted_out(turn)
    elif Intent.WRONG_NUMBER in turn.reading.intents:
        enrolment.withdraw(turn.case, turn.contact, turn.message.id)
        _say(turn, Line("wrong_number"), Purpose.OPT_OUT)
    elif turn.verdict.level is Level.EMERGENCY:
        _advise(turn)
        if turn.checkin is not None:
            conversations.close(turn.case, turn.checkin, CheckInState.ESCALATED)
        _ask_whether_help_came(turn)
    elif turn.checkin is not None:
        _go_on(turn, turn.checkin)
    else:
        _answer_wish(turn)


def _ask_whether_help_came(turn: Turn) -> None:
    """After an alarm the patient is not left alone with a text: they are asked minutes later, once at a time."""
    case, plan = turn.case, turn.case.protocol.after_alarm
    if plan is None or not turn.contact.may_be_texted or case.enrolment.state != EnrolmentState.ACTIVE:
        return
    if any(other.kind == CheckInKind.ALARM for other in checkins.open_of(case.work.session, case.enrolment.id)):
        return
    slot = f"alarm:{turn.message.id}"
    checkin = conversations.open_checkin(case, turn.contact, CheckInKind.ALARM, slot, (plan.ask,))
    checkin.level = Level.EMERGENCY.word
    checkin.next_action_at = case.now + timedelta(minutes=plan.minutes)


def _stop(turn: Turn) -> None:
    """Opted out at once. Danger in the same text is answered first: it may be the last that they read from us."""
    if turn.verdict.level >= Level.URGENT:
        _advise(turn)
    already = turn.contact.opted_out_at is not None
    enrolment.withdraw(turn.case, turn.contact, turn.message.id)
    is_patient = turn.contact.kind == ContactKind.PATIENT
    raise_event(turn.case, "opted_out" if is_patient else "caregiver_opted_out", message_id=turn.message.id)
    carrier_confirmed = turn.message.carrier_opt_out is not None
    if not already and not carrier_confirmed:
        _say(turn, Line("A10"), Purpose.OPT_OUT)


def _answer_opted_out(turn: Turn) -> None:
    if Intent.START in turn.reading.intents:
        _start(turn)
    elif turn.verdict.level >= Level.URGENT:
        _advise(turn)


def _start(turn: Turn) -> None:
    if turn.case.enrolment.state == EnrolmentState.PAUSED and turn.contact.may_be_texted:
        pausing.resume(turn.case, turn.contact)
        return
    if turn.contact.consented_at is None:
        enrolment.ask_consent_again(turn.case, turn.contact)
        return
    if turn.contact.opted_out_at is not None:
        enrolment.resume(turn.case, turn.contact, turn.message.id)
    _say(turn, Line("resumed"), Purpose.REPLY)


def _answer_wish(turn: Turn) -> None:
    """No question waits and none is begun: answer what they want. Thanks need no answer, or it would never end."""
    if turn.wish is not None:
        _say(turn, turn.wish, Purpose.REPLY)
    if turn.verdict.advice is not None:
        _advise(turn)
    elif Intent.START in turn.reading.intents:
        _start(turn)
    elif turn.wish is None and Intent.THANKS not in turn.reading.intents:
        raise_event(turn.case, "not_understood", message_id=turn.message.id)
        _say(turn, _advice_line(turn, "A4"), Purpose.REPLY)


def _go_on(turn: Turn, checkin: CheckIn) -> None:
    """The check-in goes on: advise, then ask again, ask the next question, or close it."""
    if turn.wish is not None:
        _say(turn, turn.wish, Purpose.REPLY)
    if turn.verdict.level is Level.URGENT or turn.heard is Heard.ASIDE:
        _advise(turn)
    if turn.conversation.waits:
        _wait_on(turn, checkin)
    elif Deed.PAUSE in turn.doing:
        pausing.pause(turn.case, turn.contact)
    elif turn.conversation.pending:
        conversations.ask(turn.case, turn.contact, checkin, purpose=Purpose.REPLY)
    else:
        _finish(turn, checkin)


def _wait_on(turn: Turn, checkin: CheckIn) -> None:
    """The question has no answer yet: ask it again, unless the writer only thanked us or cried for help."""
    question = turn.case.protocol.questions[turn.conversation.asked or ""]
    if turn.heard is Heard.UNCLEAR and turn.reading.implausible_temperature and question.unclear_number:
        _say(turn, Line(question.unclear_number), Purpose.REPLY)
    elif turn.heard is Heard.UNCLEAR:
        words = "no_words" if not turn.message.body.strip() else "ask_again"
        conversations.repeat(turn.case, turn.contact, checkin, (Line(words),), Purpose.REPLY)
    elif turn.reading.intents.isdisjoint({Intent.THANKS, Intent.HELP}):
        conversations.repeat(turn.case, turn.contact, checkin, (), Purpose.REPLY)
    conversations.wait_for_answer(turn.case, checkin)


def _finish(turn: Turn, checkin: CheckIn) -> None:
    """Every question has its answer: say what comes next, in words that never say that all is well."""
    conversations.close(turn.case, checkin, CheckInState.ANSWERED)
    _end_welfare(turn.case, turn.contact)
    if checkin.kind == CheckInKind.CONSENT:
        _decide_consent(turn)
        return
    follow_up = turn.verdict.follow_up
    if follow_up is not None:
        conversations.open_later(
            turn.case, turn.contact, f"follow_up:{turn.message.id}", follow_up.ask, follow_up.after_minutes
        )
    if checkin.kind == CheckInKind.PAUSE and Deed.RESUME not in turn.doing:
        pausing.ask_later(turn.case, turn.contact)
    if Deed.RESUME in turn.doing:
        pausing.resume(turn.case, turn.contact)
    else:
        _say(turn, _closing(turn, checkin), Purpose.REPLY)


def _decide_consent(turn: Turn) -> None:
    is_patient = turn.contact.kind == ContactKind.PATIENT
    if turn.reading.answer is Answer.YES:
        enrolment.consented(turn.case, turn.contact, turn.message.id)
        text_id = "welcome" if is_patient else "caregiver_welcome"
        _say(turn, Line(text_id), Purpose.REPLY)
        return
    enrolment.declined(turn.case, turn.contact, turn.message.id)
    raise_event(turn.case, "consent_declined" if is_patient else "caregiver_opted_out", message_id=turn.message.id)
    _say(turn, Line("declined"), Purpose.REPLY)


def _end_welfare(case: Case, contact: Contact) -> None:
    """The patient has answered for themselves: whoever was asked to look after them need not be chased."""
    if contact.kind != ContactKind.PATIENT:
        return
    for other in checkins.open_of(case.work.session, case.enrolment.id):
        if other.kind == CheckInKind.WELFARE:
            conversations.settle(case, other, CheckInState.ANSWERED)


def _closing(turn: Turn, checkin: CheckIn) -> Line:
    follow_up = turn.verdict.follow_up
    if follow_up is not None and turn.verdict.advice is not None:
        return _advice_line(turn, turn.verdict.advice)
    if Level[checkin.level.upper()] > Level.OK or turn.heard is Heard.UNCLEAR_AGAIN:
        return _advice_line(turn, "A4")
    return _advice_line(turn, "A5")


def _advise(turn: Turn) -> None:
    """Send the verdict's advice, each text once per check-in."""
    text_id = turn.verdict.advice
    if text_id is None or text_id in turn.conversation.advised:
        return
    turn.conversation = turn.conversation.advising(text_id)
    if turn.checkin is not None:
        turn.checkin.conversation = turn.conversation.to_json()
    _say(turn, _advice_line(turn, text_id), Purpose.SAFETY)


def _advice_line(turn: Turn, text_id: str) -> Line:
    case = turn.case
    follow_up = turn.verdict.follow_up
    values = {"N": follow_up.after_minutes} if follow_up else {}
    if text_id == "A5":
        if case.enrolment.next_checkin_at is None:
            return Line("A11")
        return Line(text_id, _next_check(case))
    return Line(text_id, {**values, "TIME": moment(_call_by(turn), case.now, case.enrolment.timezone)})


def _call_by(turn: Turn) -> datetime:
    """When a nurse will have called: the response time of the verdict, counted from the first page."""
    soonest = Urgency.parse("EM") if turn.checkin and turn.checkin.kind == CheckInKind.ALARM else Urgency(Level.OK)
    urgency = worst([turn.verdict.urgency, soonest])
    first = first_page_at(urgency, turn.case.now, turn.case.zone)
    return first + timedelta(minutes=urgency.minutes if urgency.minutes else 4 * 60)


def _next_check(case: Case) -> dict[str, Any]:
    due = case.enrolment.next_checkin_at or case.now
    return {"TIME": moment(due, case.now, case.enrolment.timezone)}


def _say(turn: Turn, line: Line, purpose: Purpose) -> None:
    text_contact(turn.case, turn.contact, (line,), purpose, turn.checkin.id if turn.checkin else None)


def summary(reading: Reading) -> dict[str, Any]:
    """The reading as it is kept with the message (sealed): what was understood, and which words said it."""
    return {
        "intent": reading.intent,
        "intents": sorted(reading.intents),
        "answer": reading.answer,
        "temperature_c": reading.temperature_c,
        "understood": round(reading.understood, 2),
        "garbled": reading.garbled,
        "unclear": reading.unclear,
        "read_in": reading.read_in,
        "findings": [
            {
                "code": finding.code,
                "status": finding.status,
                "severity": finding.severity,
                "when": finding.when,
                "whose": finding.whose,
                "words": finding.evidence.text if finding.evidence else "",
                "gloss": finding.evidence.gloss if finding.evidence else "",
                "start": finding.evidence.start if finding.evidence else None,
                "end": finding.evidence.end if finding.evidence else None,
            }
            for finding in reading.findings
        ],
    }
