"""The alert queue, which watches itself, and one alert with all that can be done with it."""

import hashlib
from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.core.urgency import Level
from service.errors import BadInput, Conflict
from service.flows import queue as waiting
from service.flows import taking
from service.flows.access import May
from service.flows.queue import Queue, Why
from service.flows.taking import Outcome
from service.web.console.forms import conflict_text, problem_text
from service.web.context import context
from service.web.i18n import _, locale_now
from service.web.sessions import actor, needs

queue = Blueprint("queue", __name__)


def outcome_words() -> dict[str, str]:
    """What the form offers, most frequent first."""
    return {
        Outcome.REACHED_ADVISED: _("Reached the patient, gave advice"),
        Outcome.REACHED_COMES_IN: _("Reached the patient, comes in"),
        Outcome.EMERGENCY_CALLED: _("Emergency services or admission"),
        Outcome.REACHED_FINE: _("Reached the patient, nothing needed"),
        Outcome.MISREAD: _("The text was misread"),
        Outcome.TECHNICAL: _("Phone or delivery problem, solved"),
        Outcome.NOT_REACHED: _("Could not be reached (say what you did)"),
        Outcome.OTHER: _("Something else (say what)"),
    }


@queue.app_template_filter("groupby_words")
def by_words(reasons: Iterable[Why]) -> list[tuple[str | None, list[Why]]]:
    """Reasons that the same text gave stand together under it."""
    return [(words, list(whys)) for words, whys in groupby(reasons, key=lambda why: why.words)]


@queue.app_template_filter("worst_first")
def worst_first(reasons: Iterable[Why]) -> list[str]:
    """What gave rise to an alert, each once, the worst first."""
    ordered = sorted(reasons, key=lambda why: Level[why.level.upper()], reverse=True)
    return list(dict.fromkeys(why.says for why in ordered))


@queue.get("/alerts")
@needs(May.LOOK)
def alerts() -> str:
    """The whole page."""
    here = context()
    found = waiting.queue(here.services, actor(), here.clock.now())
    waiting.note_look(here.services, actor(), f"site:{actor().site_id}", here.clock.now())
    return render_template("console/queue.html", queue=found, etag=_etag(found))


@queue.get("/alerts/live")
@needs(May.LOOK, poll=True)
def live() -> Response:
    """The list alone; 304 while nothing has changed."""
    here = context()
    found = waiting.queue(here.services, actor(), here.clock.now())
    tag = _etag(found)
    if request.if_none_match.contains(tag):
        return Response(status=HTTPStatus.NOT_MODIFIED)
    response = make_response(render_template("console/queue_live.html", queue=found, etag=tag))
    response.set_etag(tag)
    return response


def _etag(found: Queue) -> str:
    """Of all that is shown but the time itself, which the page counts on its own."""
    shown = (found.alerts, found.hidden, found.on_call, actor().staff_id, str(locale_now()))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:20]


@queue.get("/alerts/<int:alert_id>")
@needs(May.LOOK)
def alert(alert_id: int) -> str:
    return _page(alert_id)


def _page(alert_id: int, **more: object) -> str:
    here = context()
    found = waiting.one_alert(here.services, actor(), alert_id, here.clock.now())
    colleagues = waiting.colleagues(here.services, actor())
    return render_template(
        "console/alert.html", alert=found, colleagues=colleagues, outcomes=outcome_words(), now=here.clock.now(), **more
    )


def _refused(alert_id: int, why: Conflict) -> tuple[str, int]:
    """The page as things now stand, with what got in the way on top of it."""
    sentence = _("%(why)s. Nothing was changed; this is how things stand now.", why=conflict_text(why))
    return _page(alert_id, conflict=sentence, form=request.form), HTTPStatus.CONFLICT


@queue.post("/alerts/<int:alert_id>/take")
@needs(May.TREAT)
def take(alert_id: int) -> tuple[str, int] | AnyResponse:
    here = context()
    try:
        taking.take(here.services, actor(), alert_id, here.clock.now())
    except Conflict as why:
        return _refused(alert_id, why)
    flash(_("The alert is yours. Say what came of it, or it pages again."))
    return redirect(url_for("queue.alert", alert_id=alert_id), HTTPStatus.SEE_OTHER)


@queue.post("/alerts/<int:alert_id>/hand-over")
@needs(May.TREAT)
def hand_over(alert_id: int) -> tuple[str, int] | AnyResponse:
    here = context()
    try:
        colleague = request.form.get("colleague", type=int) or 0
        taking.hand_over(here.services, actor(), alert_id, colleague, here.clock.now())
    except Conflict as why:
        return _refused(alert_id, why)
    except BadInput as problem:
        return _page(alert_id, problem=problem_text(problem), form=request.form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your colleague is being paged. The alert stays open until they take it."))
    return redirect(url_for("queue.alerts"), HTTPStatus.SEE_OTHER)


@queue.post("/alerts/<int:alert_id>/resolve")
@needs(May.TREAT)
def resolve(alert_id: int) -> tuple[str, int] | AnyResponse:
    here, form = context(), request.form
    try:
        taking.close(
            here.services,
            actor(),
            alert_id,
            form.get("kind", ""),
            form.get("note", ""),
            form.get("seen", ""),
            here.clock.now(),
        )
    except Conflict as why:
        return _refused(alert_id, why)
    except BadInput as problem:
        return _page(alert_id, problem=problem_text(problem), form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Resolved. The outcome is on record."))
    return redirect(url_for("queue.alerts"), HTTPStatus.SEE_OTHER)
