"""The simulator's page: everybody's phone side by side, unresolved alerts, and the time machine."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, get_flashed_messages, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.clock import ShiftedClock
from service.core.sms import MAX_CHARACTERS
from service.errors import BadInput
from service.flows import listing, overview
from service.flows.overview import OpenAlert
from service.flows.phones import Phone, every_phone, number_of
from service.web.context import context
from service.web.simulator import carrier
from service.web.simulator.time_machine import travel

JUMPS = {"5min": timedelta(minutes=5), "1h": timedelta(hours=1)}
NEXT_EVENT = "event"

simulator = Blueprint("simulator", __name__, url_prefix="/simulator")


@dataclass(frozen=True, slots=True)
class Screen:
    """All that the page shows at one moment. `now` is in the zone of the first site."""

    phones: list[Phone]
    alerts: list[OpenAlert]
    now: datetime
    zone: str
    next_event: datetime | None
    can_travel: bool

    @property
    def layout(self) -> str:
        """Changes when there are other phones than before: then the page must be built anew."""
        return _digest(self.can_travel, *(phone.key for phone in self.phones))

    @property
    def version(self) -> str:
        """Changes with anything that is shown."""
        bubbles = [(bubble.id, bubble.state) for phone in self.phones for bubble in phone.bubbles]
        return _digest(self.layout, bubbles, self.alerts, f"{self.now:%x %H:%M}", self.next_event)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def look() -> Screen:
    here = context()
    sites = listing.sites_of(here.services)
    zone = str(sites[0]["timezone"]) if sites else "UTC"
    now = here.clock.now()
    due = overview.next_due(here.services, now)
    return Screen(
        phones=every_phone(here.services),
        alerts=overview.open_alerts(here.services),
        now=now.astimezone(ZoneInfo(zone)),
        zone=zone,
        next_event=due.astimezone(ZoneInfo(zone)) if due else None,
        can_travel=isinstance(here.clock, ShiftedClock),
    )


@simulator.get("")
def phones() -> str:
    """The whole page."""
    return render_template("simulator/page.html", screen=look(), limit=MAX_CHARACTERS)


@simulator.get("/live")
def live() -> Response:
    """What changed since the version that the page shows; nothing (204) most of the time."""
    screen = look()
    if request.args.get("layout") != screen.layout:
        return _reload()
    if request.args.get("version") == screen.version:
        return Response(status=204)
    return make_response(render_template("simulator/live.html", screen=screen))


def _reload() -> Response:
    """Have htmx load the whole page again."""
    return Response(status=204, headers={"HX-Refresh": "true"})


@simulator.post("/send")
def send() -> Response:
    """Text as somebody: through the real webhook, signed, over a socket."""
    number = number_of(context().services, request.form.get("phone", ""))
    body = request.form.get("body", "").replace("\r\n", "\n")
    if len(body) > MAX_CHARACTERS:
        raise BadInput("body", f"a text holds {MAX_CHARACTERS} characters at most")
    status = carrier.hand_over(context().settings, number, body)
    if status is None:
        flash("The webhook did not answer; the text is lost, as it would be with a carrier.")
    elif status != 200:
        flash(f"The webhook answered {status}; the text is lost, as it would be with a carrier.")
    return _changed()


@simulator.post("/travel")
def travel_on() -> Response:
    """Move the clock forward by a step or to the next event, doing all that falls due on the way."""
    here = context()
    jump = request.form.get("by", "")
    if not isinstance(here.clock, ShiftedClock):
        flash("This clock shows the real time and cannot be moved.")
    elif jump in JUMPS:
        travel(here.services, here.clock, here.clock.now() + JUMPS[jump])
    elif jump == NEXT_EVENT:
        due = overview.next_due(here.services, here.clock.now())
        if due is None:
            flash("Nothing is planned.")
        else:
            travel(here.services, here.clock, due)
    else:
        raise BadInput("by", f"must be {', '.join(JUMPS)} or {NEXT_EVENT}")
    return _changed()


def _changed() -> Response:
    """After a POST: only what changed for htmx, the page again without it."""
    if request.headers.get("HX-Request"):
        page = render_template("simulator/live.html", screen=look(), notices=get_flashed_messages())
        return make_response(page)
    return redirect(url_for("simulator.phones"), code=303)


@simulator.app_template_filter("clock_time")
def clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M}"


@simulator.app_template_filter("day")
def day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y}"
