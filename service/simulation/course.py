"""One patient's whole course on a virtual clock: the real content, reader and core, and nothing kept on disk.

Store, gateway and web are not part of it: `service.flows` does the same with them, and the journeys hold it to that.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count, groupby, takewhile
from zoneinfo import ZoneInfo

from service.content.catalog import Catalog
from service.content.costs import typical_values
from service.core import conversation as talk
from service.core import selftest
from service.core.content_model import Who
from service.core.conversation import Conversation, Heard, Hearing
from service.core.history import History
from service.core.plan import Phase, SilenceAction, SilenceLadder
from service.core.protocol import Protocol
from service.core.questions import Deed, Question
from service.core.reading.model import Context, Finding, Reading, Status
from service.core.reading.reader import Reader
from service.core.schedule import Slot, day_number, slots
from service.core.silence import rung
from service.core.sms import segments
from service.core.triage import Facts, Known, Verdict, judge
from service.core.urgency import Level
from service.simulation.alarms import Team
from service.simulation.answers import well
from service.simulation.patients import Patient, questions_by_text, reply
from service.simulation.tally import Tally

Event = Callable[[datetime], None]


@dataclass(slots=True)
class Programme:
    """What all courses share. Readings and lengths are remembered: most patients say the same few things."""

    catalog: Catalog
    protocol: Protocol
    reader: Reader
    asking: dict[str, Question] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asking = questions_by_text(self.protocol)
        self.read = cache(self._read)
        self.parts = cache(self._parts)

    read: Callable[[str, str, Context], Reading] = field(init=False)
    parts: Callable[[tuple[str, ...], str], tuple[int, bool]] = field(init=False)

    def _read(self, text: str, language: str, context: Context) -> Reading:
        return self.reader.read(text, language=language, context=context)

    def _parts(self, text_ids: tuple[str, ...], language: str) -> tuple[int, bool]:
        """SMS parts of a text, and whether any of it is in a fallback language."""
        values = typical_values()
        rendered = [self.catalog.render(text_id, language, values) for text_id in text_ids]
        body = "\n".join(one.text for one in rendered)
        return segments(body).parts, any(one.fallback for one in rendered)


@dataclass(slots=True)
class Check:
    """A check-in under way."""

    who: Who
    conversation: Conversation
    phase: Phase
    scheduled_at: datetime
    asked_at: datetime | None = None
    step: int = 0
    next_at: datetime | None = None
    level: Level = Level.OK
    open: bool = True
    is_alarm: bool = False


class Course:
    """From a week before the infusion for `days`. `run` plays it and adds to the tally."""

    def __init__(self, programme: Programme, patient: Patient, zone: ZoneInfo, began: datetime, days: int) -> None:
        self._programme, self._patient, self._zone = programme, patient, zone
        self._protocol = programme.protocol
        self._began, self._infused_at = began, began + timedelta(days=8)
        self._ends = began + timedelta(days=days)
        self._heap: list[tuple[datetime, int, Event]] = []
        self._order = count()
        self._history = History()
        self._last_level = Level.OK
        self._spans: list[tuple[int, int]] = []
        self._current: dict[Who, Check] = {}
        self._covered = began
        self._paused = False
        self.tally = Tally(patients=1)
        self.tally.languages[patient.language.code] += 1
        self._team = Team(self._protocol, zone, patient.chance, self.tally, self._later)

    def run(self) -> Tally:
        self._plan()
        while self._heap and self._heap[0][0] < self._ends:
            at, _, event = heapq.heappop(self._heap)
            event(at)
        self._account()
        return self.tally

    # --- time and schedule

    def _later(self, at: datetime, event: Event) -> None:
        heapq.heappush(self._heap, (at, next(self._order), event))

    def _day(self, now: datetime) -> int:
        return day_number(now, self._infused_at, self._zone)

    def _phase(self, now: datetime) -> Phase:
        return self._protocol.phase_on(self._day(now))

    def _flags(self, now: datetime) -> frozenset[str]:
        ready = self._history.own_test.usable or self._day(now) < 0
        return self._patient.flags | {"caregiver"} | ({"selftest"} if ready else set())

    def _upcoming(self) -> Sequence[Slot]:
        due = slots(self._protocol, self._infused_at, self._zone, self._covered, frozenset(Who), self._patient.flags)
        first = next(due, None)
        if first is None:
            return ()
        return (first, *takewhile(lambda slot: slot.at == first.at, due))

    def _plan(self) -> None:
        together = self._upcoming()
        if together and not self._paused:
            self._later(together[0].at, lambda now: self._open(together, now))

    def _open(self, together: Sequence[Slot], now: datetime) -> None:
        if self._paused or together[0].at <= self._covered:
            return
        for who, group in groupby(sorted(together, key=lambda slot: slot.plan.who), key=lambda slot: slot.plan.who):
            mine = list(group)
            for slot in mine:
                if slot.plan.remind is not None:
                    self._send((slot.plan.remind,), who)
                    self.tally.checkins["answered"] += 1
            questions = tuple(dict.fromkeys(name for slot in mine for name in slot.plan.ask))
            if questions:
                self._open_check(who, questions, now)
        self._covered = now
        self._plan()

    def _open_check(self, who: Who, questions: Sequence[str], now: datetime) -> None:
        before = self._current.get(who)
        if before is not None and before.open:
            self._notice("missed_checkin", now)
            self._close(before, "escalated")
        conversation = talk.begin(questions, self._protocol, self._flags(now))
        if not conversation.pending:
            self.tally.checkins["answered"] += 1
            return
        check = self._current[who] = Check(who, conversation, self._phase(now), now)
        first = self._protocol.questions[conversation.pending[0]]
        opening = () if who is Who.CAREGIVER or first.opens else ("checkin_opening",)
        self._ask(check, now, opening)

    # --- asking and silence

    def _text_of(self, check: Check, asked: str | None = None) -> str:
        question = self._protocol.questions[asked or check.conversation.asked or ""]
        return question.text_on(self._day(check.scheduled_at))

    def _key(self, check: Check, now: datetime, asked: str | None = None) -> selftest.Key:
        today = now.astimezone(self._zone).date()
        return self._programme.catalog.selftest_key(self._patient.language.code, self._text_of(check, asked), today)

    def _ask(self, check: Check, now: datetime, opening: tuple[str, ...] = ()) -> None:
        check.conversation = check.conversation.ask_next()
        self._send((*opening, self._text_of(check)), check.who)
        self._wait(check, now)
        self._expect_answer(check, now, reminded=False)

    def _wait(self, check: Check, now: datetime) -> None:
        check.asked_at, check.step = now, 0
        self._plan_rung(check)

    def _plan_rung(self, check: Check) -> None:
        asked_at = check.asked_at or check.scheduled_at
        found = rung(self._ladder(check), check.step, asked_at, max(check.level, self._last_level))
        if found is None:
            self._close(check, "escalated")
            return
        check.next_at = found.at
        self._later(found.at, lambda now: self._climb(check, found.at, now))

    def _ladder(self, check: Check) -> SilenceLadder:
        protocol, conversation = self._protocol, check.conversation
        asked = protocol.questions[conversation.asked] if conversation.asked else None
        if asked is not None and asked.silence:
            return protocol.silence[asked.silence]
        if conversation.hurry:
            return protocol.silence[conversation.hurry]
        if protocol.after_alarm and check.level >= Level.URGENT:
            return protocol.silence[protocol.after_alarm.urgent]
        return protocol.silence[check.phase.silence]

    def _climb(self, check: Check, planned: datetime, now: datetime) -> None:
        if not check.open or check.next_at != planned:
            return
        step = self._ladder(check).steps[check.step]
        match step.do:
            case SilenceAction.REMIND:
                self._send(("A7", self._text_of(check)), check.who)
                self._expect_answer(check, now, reminded=True)
            case SilenceAction.ASK_CAREGIVER if check.who is Who.PATIENT:
                self._send((self._protocol.questions[self._protocol.welfare].text[0],), Who.CAREGIVER)
                self._expect_answer(check, now, reminded=True)
            case SilenceAction.ALERT if not (step.unless_acknowledged and self._team.has_it):
                self._notice(step.event or "missed_checkin", now, step.urgency is not None and step)
        check.step += 1
        self._plan_rung(check)

    def _notice(self, code: str, now: datetime, step: object = None) -> None:
        urgency = getattr(step, "urgency", None)
        column = self._phase(now).column
        verdict = judge(self._protocol, column, Facts.event(code, self._patient.flags))
        self._team.raise_for(verdict.fired, column, now, urgency)

    def _close(self, check: Check, state: str) -> None:
        if check.open:
            check.open, check.next_at = False, None
            self.tally.checkins[state] += 1

    # --- texts and answers

    def _send(self, text_ids: tuple[str, ...], who: Who) -> None:
        parts, fallback = self._programme.parts(text_ids, self._patient.language.code)
        self.tally.texts += 1
        self.tally.parts += parts
        self.tally.fallbacks += fallback

    def _expect_answer(self, check: Check, now: datetime, *, reminded: bool) -> None:
        minutes = self._patient.answers_after(
            reminded=reminded, first=not check.conversation.answers, day=self._exact_day(now)
        )
        if minutes is not None:
            asked = check.conversation.asked
            self._later(now + timedelta(minutes=minutes), lambda at: self._answer(check, asked, at))

    def _exact_day(self, now: datetime) -> float:
        return (now - self._infused_at) / timedelta(days=1)

    def _answer(self, check: Check, asked: str | None, now: datetime) -> None:
        if not check.open or check.conversation.asked != asked or asked is None:
            return
        question, text_id = self._protocol.questions[asked], self._text_of(check)
        good = well(self._patient.language, text_id, now.astimezone(self._zone).date())
        self._hear(check, reply(self._patient, question, good, self._exact_day(now)), now)

    def _hear(self, check: Check, body: str, now: datetime) -> None:
        self.tally.replies += 1
        flags, asked = self._flags(now), check.conversation.asked or ""
        context = self._protocol.questions[asked].context
        reading = self._programme.read(body, self._patient.language.code, context)
        item = self._protocol.questions[asked].test
        if item is not None:
            reading = selftest.without_seeming(reading, item, self._key(check, now))
        hearing = talk.hear(check.conversation, reading, self._protocol, flags)
        hearing = self._score(check, asked, hearing, now)
        verdict = self._judge(check, asked, hearing, flags, now)
        self._remember(check, hearing, now)
        check.conversation = hearing.conversation
        check.level = max(check.level, verdict.level)
        self._last_level = check.level
        self._tell(check, verdict, hearing, flags, now)
        self._go_on(check, verdict, hearing, now)

    def _score(self, check: Check, asked: str, hearing: Hearing, now: datetime) -> Hearing:
        if check.who is Who.PATIENT and hearing.heard is Heard.ANSWERED and check.asked_at is not None:
            self._history = self._history.with_latency(now - check.asked_at)
        conversation, item = hearing.conversation, self._protocol.questions[asked].test
        if item is not None and hearing.heard is Heard.ANSWERED:
            key = self._key(check, now, asked)
            asked_text = self._programme.catalog.texts[self._text_of(check, asked)].english
            scored = selftest.points(item, hearing.reading, key, self._history.own_test, asked_text)
            if self._day(now) < 0:
                places = selftest.place_words(hearing.reading.text, key) if "places" in scored else ()
                self._history = self._history.with_own_test(scored, places)
            conversation = conversation.scoring(scored)
        if self._history.is_slow and check.who is Who.PATIENT:
            slow = Finding("slow_reply", Status.PRESENT)
            conversation = replace(conversation, findings=(*conversation.findings, slow))
        return replace(hearing, conversation=conversation)

    def _judge(self, check: Check, asked: str, hearing: Hearing, flags: frozenset[str], now: datetime) -> Verdict:
        conversation, history = hearing.conversation, self._history
        done = not conversation.tests_outstanding(self._protocol)
        result = None
        if self._day(now) >= 0 and check.who is Who.PATIENT:
            result = selftest.compare(
                conversation.points, history.own_test, done=done, repeated=conversation.repeats_test
            )
        known = Known(
            now,
            history.own_temperature,
            history.own_systolic,
            history.temperatures,
            history.still(self._protocol.remember_hours, now),
            history.word_of_another(check.who, now),
            self._team.attended_at,
            result,
            flags,
        )
        facts = Facts(
            conversation.findings, conversation.temperature_c, hearing.reading, asked, conversation.systolic, known
        )
        return judge(self._protocol, self._phase(now).column, facts)

    def _remember(self, check: Check, hearing: Hearing, now: datetime) -> None:
        before = self._day(now) < 0
        if hearing.reading.temperature_c is not None:
            self._history = self._history.with_temperature(hearing.reading.temperature_c, now, baseline=before)
        self._history = self._history.with_words(
            check.who, hearing.conversation.findings, self._protocol.remember_hours, now
        )

    def _tell(self, check: Check, verdict: Verdict, hearing: Hearing, flags: frozenset[str], now: datetime) -> None:
        new = [rule for rule in verdict.fired if rule.id not in check.conversation.raised]
        self._team.raise_for(new, self._phase(now).column, now)
        for rule in reversed(new):
            if rule.ask:
                check.conversation = check.conversation.interrupted_by(rule.ask, self._protocol, flags)
            if rule.silence:
                check.conversation = check.conversation.hurrying(rule.silence, rule.ask)
        check.conversation = check.conversation.raising(rule.id for rule in new)
        if hearing.heard is Heard.UNCLEAR_AGAIN:
            self._notice("not_understood", now)
        if Deed.WATCH_CLOSELY in hearing.doing and self._protocol.closely:
            first = self._day(now) + 1
            self._spans.append((first, first + self._protocol.closely.days - 1))
            self._protocol = self._programme.protocol.watching_closely(self._spans)

    def _go_on(self, check: Check, verdict: Verdict, hearing: Hearing, now: datetime) -> None:
        if verdict.level is Level.EMERGENCY:
            self._advise(check, verdict)
            self._close(check, "escalated")
            self._after_alarm(check, now)
            return
        if verdict.level is Level.URGENT or hearing.heard is Heard.ASIDE:
            self._advise(check, verdict)
        if check.conversation.waits:
            self._send(("ask_again", self._text_of(check)), check.who)
            self._wait(check, now)
            self._expect_answer(check, now, reminded=False)
        elif check.conversation.pending:
            self._ask(check, now)
        else:
            self._finish(check, verdict, now)

    def _advise(self, check: Check, verdict: Verdict) -> None:
        if verdict.advice is not None and verdict.advice not in check.conversation.advised:
            check.conversation = check.conversation.advising(verdict.advice)
            self._send((verdict.advice,), check.who)

    def _finish(self, check: Check, verdict: Verdict, now: datetime) -> None:
        self._close(check, "answered")
        self._send(("A4" if check.level > Level.OK else "A5",), check.who)
        if verdict.follow_up is not None:
            ask = verdict.follow_up.ask
            self._later(now + timedelta(minutes=verdict.follow_up.after_minutes), lambda at: self._follow_up(ask, at))

    def _follow_up(self, questions: Sequence[str], now: datetime) -> None:
        before = self._current.get(Who.PATIENT)
        if before is not None and before.open:
            return
        conversation = talk.begin(questions, self._protocol, self._flags(now))
        if not conversation.pending:
            return
        repeats = any(self._protocol.questions[name].test for name in questions)
        conversation = replace(conversation, repeats_test=repeats)
        check = self._current[Who.PATIENT] = Check(Who.PATIENT, conversation, self._phase(now), now)
        self._ask(check, now)

    def _after_alarm(self, check: Check, now: datetime) -> None:
        plan = self._protocol.after_alarm
        if plan is None or check.is_alarm:
            return

        def ask(at: datetime) -> None:
            before = self._current.get(check.who)
            if before is not None and before.open:
                return
            conversation = talk.begin((plan.ask,), self._protocol, self._flags(at))
            alarm = Check(check.who, conversation, self._phase(at), at, level=Level.EMERGENCY, is_alarm=True)
            self._current[check.who] = alarm
            self._ask(alarm, at)

        self._later(now + timedelta(minutes=plan.minutes), ask)

    # --- the account

    def _account(self) -> None:
        """Everything that is still open must have a next step after the end."""
        who = f"patient {self._patient.number}"
        for check in self._current.values():
            if check.open:
                self.tally.checkins["open"] += 1
                if check.next_at is None or check.next_at < self._ends:
                    self.tally.orphans.append(f"{who}: a check-in waits, and nothing will follow")
        alarm = self._team.alarm
        if alarm is not None:
            self.tally.alerts[alarm.worst.word] += 1
            if not alarm.acknowledged and (alarm.next_at is None or alarm.next_at < self._ends):
                self.tally.orphans.append(f"{who}: an alert waits, and nobody will be paged")
        together = self._upcoming()
        if together and together[0].at < self._ends and not self._paused:
            self.tally.orphans.append(f"{who}: the slot {together[0].key} was due and not opened")
