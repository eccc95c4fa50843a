"""A check-in's life in the store: opened, asked, asked again, closed. What to ask is `service.core.conversation`'s."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.core import conversation as talk
from service.core.conversation import Conversation
from service.core.plan import SilenceLadder
from service.core.protocol import CONSENT_LADDER
from service.core.silence import rung
from service.core.urgency import Level
from service.flows.case import Case
from service.flows.history import text_day
from service.flows.texting import Line, text_contact
from service.store.checkins import CheckIn, CheckInKind, CheckInState
from service.store.messages import Purpose
from service.store.patients import Contact


def open_checkin(
    case: Case,
    contact: Contact,
    kind: CheckInKind,
    slot: str,
    questions: Sequence[str],
    *,
    scheduled_at: datetime | None = None,
    covers_from: datetime | None = None,
    plan_id: str = "",
) -> CheckIn:
    """A new check-in with nothing asked yet. `slot` is unique per enrolment."""
    scheduled_at = scheduled_at or case.now
    checkin = CheckIn(
        enrolment_id=case.enrolment.id,
        contact_id=contact.id,
        slot=slot,
        kind=kind,
        phase_id=case.phase.id,
        scheduled_at=scheduled_at,
        covers_from=covers_from or scheduled_at,
        opened_at=case.now,
        plan_id=plan_id,
        conversation=talk.begin(questions, case.protocol, case.flags(case.history)).to_json(),
        next_action_at=case.now,
    )
    case.work.session.add(checkin)
    case.work.flush()
    return checkin


def open_later(case: Case, contact: Contact, slot: str, questions: Sequence[str], minutes: int) -> CheckIn:
    """A check-in whose first question goes out in so many minutes. A self-test asked so is the second try."""
    checkin = open_checkin(case, contact, CheckInKind.FOLLOW_UP, slot, questions)
    if any(case.protocol.questions[name].test for name in questions):
        checkin.conversation = replace(conversation_of(checkin), repeats_test=True).to_json()
    checkin.next_action_at = case.now + timedelta(minutes=minutes)
    return checkin


def conversation_of(checkin: CheckIn) -> Conversation:
    return Conversation.from_json(checkin.conversation)


def ask(
    case: Case,
    contact: Contact,
    checkin: CheckIn,
    *,
    opening: Sequence[Line] = (),
    purpose: Purpose = Purpose.CHECKIN,
) -> None:
    """Send the next question and start the silence ladder for it. The conversation must have one left."""
    conversation = conversation_of(checkin).ask_next()
    checkin.conversation = conversation.to_json()
    _send_question(case, contact, checkin, opening, purpose)
    checkin.asked_at = case.now
    checkin.state = CheckInState.OPEN
    checkin.closed_at = None
    wait_for_answer(case, checkin)


def repeat(case: Case, contact: Contact, checkin: CheckIn, opening: Sequence[Line], purpose: Purpose) -> None:
    """Send the waiting question again, with words before it; the ladder is the caller's."""
    _send_question(case, contact, checkin, opening, purpose)


def _send_question(case: Case, contact: Contact, checkin: CheckIn, opening: Sequence[Line], purpose: Purpose) -> None:
    asked = conversation_of(checkin).asked
    question = case.protocol.questions[asked] if asked else None
    lines = [*opening, Line(question.text_on(text_day(case, checkin)))] if question else list(opening)
    text_contact(case, contact, lines, purpose, checkin.id)


def wait_for_answer(case: Case, checkin: CheckIn) -> None:
    """(Re)start the silence ladder at this moment."""
    checkin.asked_at = case.now
    checkin.ladder_step = 0
    first = rung(ladder_of(case, checkin), 0, case.now, worst_level(case, checkin))
    checkin.next_action_at = first.at if first else case.now


def ladder_of(case: Case, checkin: CheckIn) -> SilenceLadder:
    """That of the question that waits, else of what was found, else (after urgent advice) of alarms, else the
    phase's."""
    protocol, conversation = case.protocol, conversation_of(checkin)
    asked = protocol.questions[conversation.asked] if conversation.asked else None
    if checkin.kind == CheckInKind.CONSENT:
        name = CONSENT_LADDER
    elif asked is not None and asked.silence:
        name = asked.silence
    elif conversation.hurry:
        name = conversation.hurry
    elif protocol.after_alarm and Level[checkin.level.upper()] >= Level.URGENT:
        name = protocol.after_alarm.urgent
    else:
        return protocol.ladder(checkin.phase_id)
    return protocol.silence[name]


def worst_level(case: Case, checkin: CheckIn) -> Level:
    """The worse of this check-in's level so far and the one before it: what the ladder's halving looks at."""
    return max(Level[checkin.level.upper()], case.last_level)


def close(case: Case, checkin: CheckIn, state: CheckInState) -> None:
    """End it: nothing more is asked, no rung is due."""
    checkin.conversation = conversation_of(checkin).stopped().to_json()
    settle(case, checkin, state)


def settle(case: Case, checkin: CheckIn, state: CheckInState) -> None:
    """End it but keep the question that waits, so that a late answer is still read as one."""
    checkin.state = state
    checkin.closed_at = case.now
    checkin.next_action_at = None
