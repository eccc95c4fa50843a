"""On call: shifts, calendars, gaps, whom a site pages, and test pages."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import BadInput
from service.flows import calendars, imports, rota
from service.flows import queue as waiting
from service.flows.access import May
from service.web.console.forms import problem_text
from service.web.context import context
from service.web.i18n import _
from service.web.sessions import actor, needs

oncall = Blueprint("oncall", __name__, url_prefix="/on-call")

Answer = Response | tuple[str, int]
STEPS = 4


@oncall.get("")
@needs(May.LOOK)
def rota_page() -> str:
    return _page()


def _page(**more: object) -> str:
    here = context()
    found = rota.rota(here.services, actor(), here.clock.now())
    people = waiting.colleagues(here.services, actor())
    return render_template("console/oncall.html", rota=found, people=people, form=request.form, steps=STEPS, **more)


def _do(act: Callable[[], str | None], done: str, opened: str) -> Answer:
    try:
        said = act()
    except BadInput as problem:
        return _page(problem=problem_text(problem), opened=opened), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(said or done)
    return redirect(url_for("oncall.rota_page"), HTTPStatus.SEE_OTHER)


def _on_the_sites_clock(name: str) -> datetime | None:
    given = request.form.get(name, "").strip()
    zone = rota.rota(context().services, actor(), context().clock.now()).zone
    return imports.local_time(name, given, ZoneInfo(zone)) if given else None


@oncall.post("/shifts")
@needs(May.RUN)
def add_shift() -> Answer:
    here = context()

    def act() -> None:
        starts_at = _on_the_sites_clock("starts_at") or here.clock.now()
        colleague = request.form.get("colleague", type=int) or 0
        rota.add_shift(here.services, actor(), colleague, starts_at, _on_the_sites_clock("ends_at"), here.clock.now())

    return _do(act, _("The shift is entered."), "shift")


@oncall.post("/shifts/<int:shift_id>/end")
@needs(May.RUN)
def end_shift(shift_id: int) -> Answer:
    here = context()
    return _do(
        lambda: rota.end_shift(here.services, actor(), shift_id, here.clock.now()), _("The shift has ended."), ""
    )


@oncall.post("/calendars")
@needs(May.RUN, largest_body=calendars.MOST_BYTES + 100_000)
def add_calendar() -> Answer:
    """From a file, or from an address that is read again every few hours."""
    here, form = context(), request.form

    def act() -> str:
        url = form.get("url", "").strip()
        upload = request.files.get("file")
        if url:
            if here.services.fetch is None:
                raise BadInput("url", "cannot be read by this service; upload the file")
            content = here.services.fetch(url)
        elif upload and upload.filename:
            content = upload.read()
        else:
            raise BadInput("calendar", "give a file or an address")
        added = rota.add_calendar(here.services, actor(), form.get("name", ""), content, url or None, here.clock.now())
        said = _("%(number)s shifts in the next two months.", number=added.shifts)
        if added.strangers:
            names = ", ".join(added.strangers[:5])
            said += " " + _("Nobody here is called: %(names)s", names=names)
        return said

    return _do(act, "", "calendar")


@oncall.post("/calendars/<int:calendar_id>/remove")
@needs(May.RUN)
def remove_calendar(calendar_id: int) -> Answer:
    here = context()
    return _do(
        lambda: rota.remove_calendar(here.services, actor(), calendar_id, here.clock.now()),
        _("The calendar and its shifts are gone."),
        "",
    )


@oncall.post("/policies/<level>")
@needs(May.RUN)
def policy(level: str) -> Answer:
    here, form = context(), request.form
    if form.get("do") == "restore":
        return _do(
            lambda: rota.restore_policy(here.services, actor(), level, here.clock.now()),
            _("Whom to page is again as the protocol says."),
            level,
        )

    def act() -> None:
        steps = [
            (_minutes(f"after_{place}"), form.get(f"page_{place}", ""), f"call_{place}" in form)
            for place in range(STEPS)
            if form.get(f"after_{place}", "").strip()
        ]
        every, expires = _minutes("every"), _minutes("expires")
        rota.change_policy(here.services, actor(), level, steps, every, expires, here.clock.now())

    return _do(act, _("From now on this site pages like that."), level)


def _minutes(name: str) -> int:
    given = request.form.get(name, "").strip()
    if not given.isdecimal() or int(given) > 7 * 24 * 60:
        raise BadInput("steps", f"{given!r} is no number of minutes")
    return int(given)


@oncall.post("/test-page")
@needs(May.RUN)
def drill() -> Answer:
    here = context()
    colleague = request.form.get("colleague", type=int) or 0
    return _do(
        lambda: rota.drill(here.services, actor(), colleague, here.clock.now()),
        _("The test page is on its way; below you see how far it comes."),
        "drill",
    )
