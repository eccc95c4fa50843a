"""Before somebody is enrolled: what the patient will read first, and when they will be asked."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from service.content import review
from service.core import sms
from service.core.content_model import Who
from service.core.schedule import slots
from service.errors import BadInput
from service.flows.access import Actor
from service.flows.enrolment import Enrol, parse_phone, parse_zone
from service.flows.services import Services
from service.flows.texting import moment, site_values
from service.store import sites

SHOWN = 6
YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class FirstText:
    """A text as its reader will see it. `fallback`: English, because it has no wording in the language."""

    title: str
    body: str
    language: str
    direction: str
    parts: int
    fallback: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """`due`: the first check-ins, in the patient's zone, with the name of the phase. `by_phase`: how many check-ins
    each phase holds in the first year. `unreviewed`: why a clinician must still look at
    the language before anybody is enrolled in production."""

    texts: tuple[FirstText, ...]
    due: tuple[tuple[datetime, str], ...]
    by_phase: tuple[tuple[str, int], ...]
    day: int
    unreviewed: str | None


def preview(services: Services, actor: Actor, request: Enrol, now: datetime) -> Admission:
    """What would follow from enrolling. Nothing is stored. Raises BadInput."""
    parse_phone("phone", request.phone)
    zone = ZoneInfo(parse_zone("timezone", request.timezone))
    protocol = services.catalog.protocol(request.protocol)
    if not protocol.phases:
        raise BadInput("protocol", "has no schedule to enrol on")
    language = services.catalog.language(request.language)
    respondents = {Who.PATIENT} | ({Who.CAREGIVER} if request.caregiver_phone else set())
    upcoming = list(
        islice(
            slots(protocol, request.infused_at, zone, now, frozenset(respondents), frozenset(request.flags)),
            1000,
        )
    )
    within = [slot for slot in upcoming if slot.at <= now + YEAR]
    with services.read_work() as work:
        values = site_values(sites.get(work.session, actor.site_id))
    first = protocol.questions[upcoming[0].plan.ask[0]] if upcoming and upcoming[0].plan.ask else None
    day = (now.astimezone(zone).date() - request.infused_at.astimezone(zone).date()).days
    wanted = [("consent", protocol.questions[protocol.consent].text[0]), ("welcome", "welcome")]
    if first is not None:
        wanted += [("opening", "checkin_opening")] if not first.opens else []
        wanted.append(("question", first.text_on(day)))
    values |= {"TIME": moment(now, now, request.timezone), "N": 10}
    rendered = [(title, services.catalog.render(text_id, language.code, values)) for title, text_id in wanted]
    return Admission(
        texts=tuple(
            FirstText(
                title,
                one.text,
                one.language,
                services.catalog.language(one.language).direction,
                sms.segments(one.text).parts,
                one.fallback,
            )
            for title, one in rendered
        ),
        due=tuple((slot.at.astimezone(zone), slot.phase.name) for slot in upcoming[:SHOWN]),
        by_phase=tuple(Counter(slot.phase.name for slot in within).items()),
        day=day,
        unreviewed=review.why_not(language, protocol),
    )
