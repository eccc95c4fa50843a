"""What texting one patient takes: texts and SMS parts by phase, for somebody who is well and answers everything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from service.content.catalog import Catalog
from service.content.languages import Language
from service.content.render import Moment, Value
from service.core.content_model import Who
from service.core.conversation import begin
from service.core.protocol import Protocol
from service.core.schedule import Slot, day_number, slots
from service.core.sms import segments

WHOLE_COURSE = frozenset({Who.PATIENT, Who.CAREGIVER})
TYPICAL = frozenset({"selftest", "caregiver", "autologous", "cd19", "lupus"})
"""With a caregiver, a baseline of the self-test and one disease: nothing is left out that most patients get."""

_ZONE = ZoneInfo("UTC")
_INFUSED = datetime(2027, 3, 2, 10, tzinfo=UTC)
_BEFORE = _INFUSED - timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Cost:
    """`parts` is what carriers count and bill."""

    checkins: int = 0
    texts: int = 0
    parts: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.checkins + other.checkins, self.texts + other.texts, self.parts + other.parts)


def typical_values() -> dict[str, Value]:
    """Values as they usually are, not the longest."""
    return {
        "EMERG": "911",
        "TEAM": "+1 555 010 0199",
        "CRISIS": "988",
        "CLINIC": "Riverside",
        "TIME": Moment(_INFUSED + timedelta(hours=10), _INFUSED.date()),
        "N": 60,
        "MINUTES": 15,
        "CASE": "BXKTRV",
        "CODE": "4711",
    }


def cost_by_phase(
    catalog: Catalog, language: Language, protocol: Protocol, flags: frozenset[str] = TYPICAL
) -> dict[str, Cost]:
    """Outbound texts of patient and caregiver by name of phase, in this language."""
    found = {phase.name: Cost() for phase in protocol.phases}
    due = slots(protocol, _INFUSED, _ZONE, _BEFORE, WHOLE_COURSE, flags)
    for (_, who), together in groupby(due, key=lambda slot: (slot.at, slot.plan.who)):
        group = list(together)
        found[group[0].phase.name] += _cost(catalog, language, protocol, flags, who, group)
    return found


def in_first_year(protocol: Protocol, costs: dict[str, Cost]) -> Cost:
    """The phases that begin within a year of the infusion."""
    names = [phase.name for phase in protocol.phases if phase.days[1] <= 366]
    return sum((costs[name] for name in names), Cost())


def _cost(
    catalog: Catalog, language: Language, protocol: Protocol, flags: frozenset[str], who: Who, group: list[Slot]
) -> Cost:
    bodies = list(_bodies(protocol, flags, who, group))
    parts = sum(segments(_body(catalog, language, text_ids)).parts for text_ids in bodies)
    return Cost(1 if bodies else 0, len(bodies), parts)


def _bodies(protocol: Protocol, flags: frozenset[str], who: Who, group: list[Slot]) -> Iterator[tuple[str, ...]]:
    """The text ids of each message of a check-in: opening and first question in one, then the others, then thanks."""
    day = day_number(group[0].at, _INFUSED, _ZONE)
    yield from ((slot.plan.remind,) for slot in group if slot.plan.remind)
    questions = dict.fromkeys(name for slot in group for name in slot.plan.ask)
    asked = begin(tuple(questions), protocol, flags).pending
    for place, name in enumerate(asked):
        question = protocol.questions[name]
        opens = place == 0 and who is Who.PATIENT and not question.opens
        yield ("checkin_opening", question.text_on(day)) if opens else (question.text_on(day),)
    if asked:
        yield ("A5",)


def _body(catalog: Catalog, language: Language, text_ids: tuple[str, ...]) -> str:
    values = typical_values()
    return "\n".join(catalog.render(text_id, language.code, values).text for text_id in text_ids)
