"""The numbers that a site's patients are told to call; an administrator may change them."""

from dataclasses import dataclass
from datetime import datetime

from service.flows.access import Actor
from service.flows.enrolment import parse_crisis_line, parse_phone, parse_short_number
from service.flows.services import Services
from service.store import sites


@dataclass(frozen=True, slots=True)
class Numbers:
    """`phone`: the team's line. `crisis_line`: "" where the emergency number is given instead."""

    site_name: str
    zone: str
    phone: str
    emergency_number: str
    crisis_line: str


def numbers(services: Services, actor: Actor) -> Numbers:
    """Those of the actor's site."""
    with services.read_work() as work:
        site = sites.get(work.session, actor.site_id)
        return Numbers(site.name, site.timezone, site.phone, site.emergency_number, site.crisis_line or "")


def change(
    services: Services, actor: Actor, *, phone: str, emergency_number: str, crisis_line: str, now: datetime
) -> None:
    """From now on texts carry these. Raises BadInput."""
    with services.work() as work:
        site = sites.get(work.session, actor.site_id)
        site.phone = parse_phone("phone", phone)
        site.emergency_number = parse_short_number("emergency-number", emergency_number)
        site.crisis_line = parse_crisis_line(crisis_line)
        work.record(now, actor.key, "numbers changed", f"site:{site.id}")
        work.commit()
