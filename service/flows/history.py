"""Between one reply and the next: what is known before a reply is judged, and what is kept of it afterwards."""

from dataclasses import replace
from datetime import datetime

from service.core import selftest
from service.core.content_model import Who
from service.core.conversation import Conversation, Heard, Hearing
from service.core.history import History
from service.core.reading.model import Finding, Reading, Status
from service.core.reading.temperature import FEVER_C
from service.core.triage import Known
from service.flows.case import Case
from service.store import alerts
from service.store.checkins import CheckIn
from service.store.patients import Contact, ContactKind


def who_is(contact: Contact) -> Who:
    return Who.PATIENT if contact.kind == ContactKind.PATIENT else Who.CAREGIVER


def known_before(
    case: Case, history: History, flags: frozenset[str], contact: Contact, conversation: Conversation
) -> Known:
    """What was known before this reply, for the rules that compare with it."""
    done = not conversation.tests_outstanding(case.protocol)
    result = None
    if case.day >= 0 and who_is(contact) is Who.PATIENT:
        result = selftest.compare(conversation.points, history.own_test, done=done, repeated=conversation.repeats_test)
    return Known(
        now=case.now,
        own_temperature=history.own_temperature,
        own_systolic=history.own_systolic,
        temperatures=history.temperatures,
        still=history.still(case.protocol.remember_hours, case.now),
        others_word=history.word_of_another(who_is(contact), case.now),
        attended_at=_attended_at(case, history),
        selftest=result,
        flags=flags,
    )


def _attended_at(case: Case, history: History) -> datetime | None:
    """When staff last closed an alert; asked of the store only where a temperature was high before."""
    if all(one.value < FEVER_C for one in history.temperatures):
        return None
    return alerts.last_resolved_at(case.work.session, case.enrolment.id)


def as_test_answer(case: Case, contact: Contact, checkin: CheckIn, asked: str, reading: Reading) -> Reading:
    """The reading of an answer to the self-test, without what only the test's own words suggest."""
    item = case.protocol.questions[asked].test
    return reading if item is None else selftest.without_seeming(reading, item, _key(case, contact, checkin, asked))


def _key(case: Case, contact: Contact, checkin: CheckIn, asked: str) -> selftest.Key:
    text_id = case.protocol.questions[asked].text_on(text_day(case, checkin))
    return case.services.catalog.selftest_key(contact.language, text_id, case.now.astimezone(case.zone).date())


def score_test(
    case: Case, contact: Contact, checkin: CheckIn, asked: str, hearing: Hearing, history: History
) -> tuple[Conversation, History]:
    """Score an answer to an item of the self-test; before the infusion it becomes part of the baseline."""
    question = case.protocol.questions[asked]
    if question.test is None or hearing.heard is not Heard.ANSWERED:
        return hearing.conversation, history
    key = _key(case, contact, checkin, asked)
    asked_text = case.services.catalog.texts[question.text_on(text_day(case, checkin))].english
    points = selftest.points(question.test, hearing.reading, key, history.own_test, asked_text)
    if case.day < 0:
        places = selftest.place_words(hearing.reading.text, key) if "places" in points else ()
        history = history.with_own_test(points, places)
    return hearing.conversation.scoring(points), history


def text_day(case: Case, checkin: CheckIn) -> int:
    """The day by which a check-in's texts take turns: that on which it was due, however late it is answered."""
    due = checkin.scheduled_at.astimezone(case.zone).date()
    return (due - case.enrolment.infused_at.astimezone(case.zone).date()).days


def slowness(history: History, contact: Contact, checkin: CheckIn, heard: Heard, now: datetime) -> History:
    """With the time that the patient took to answer."""
    if who_is(contact) is not Who.PATIENT or heard is not Heard.ANSWERED or checkin.asked_at is None:
        return history
    return history.with_latency(now - checkin.asked_at)


def noticed(history: History, conversation: Conversation) -> Conversation:
    """The conversation with what the service itself notices of the writer: answers that come much too slowly."""
    if not history.is_slow:
        return conversation
    return replace(conversation, findings=(*conversation.findings, Finding("slow_reply", Status.PRESENT)))


def keep(case: Case, contact: Contact, history: History, before: Conversation, hearing: Hearing) -> None:
    """Keep what later check-ins are judged by. `before`: the conversation before this reply."""
    reading, who = hearing.reading, who_is(contact)
    before_infusion = case.day < 0
    if who is Who.PATIENT and reading.temperature_c is not None:
        history = history.with_temperature(reading.temperature_c, case.now, baseline=before_infusion)
    systolic = hearing.conversation.systolic
    if systolic is not None and systolic != before.systolic:
        history = history.with_pressure(systolic, baseline=before_infusion)
    history = history.with_words(who, hearing.conversation.findings, case.protocol.remember_hours, case.now)
    case.enrolment.history = history.to_json()
