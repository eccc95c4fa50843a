"""For translators: coverage and review, every text as its reader sees it, and a box to try a reply."""

from flask import Blueprint, render_template, request

from service.core.reading.model import Context
from service.flows import bench
from service.flows.access import May
from service.web.context import context
from service.web.i18n import _, language_name
from service.web.sessions import actor, needs

languages = Blueprint("languages", __name__, url_prefix="/languages")


@languages.get("")
@needs(May.TRANSLATE)
def overview() -> str:
    found = sorted(bench.standings(context().services), key=lambda one: language_name(one.code))
    return render_template("console/languages.html", standings=found)


def contexts() -> dict[str, str]:
    """What was asked just before."""
    return {
        Context.OPEN: _("nothing in particular"),
        Context.TEMPERATURE: _("for the temperature"),
        Context.NEURO: _("yes or no, about mind and nerves"),
        Context.INFECTION: _("yes or no, about infection"),
        Context.CONFIRM: _("yes or no, about something else"),
        Context.CHOICE: _("for numbers from a list"),
    }


@languages.get("/<code>")
@needs(May.TRANSLATE)
def language(code: str) -> str:
    return _page(code)


@languages.post("/<code>/try")
@needs(May.TRANSLATE)
def try_reply(code: str) -> str:
    """Posted, so that no address holds what was typed."""
    form = request.form
    tried = bench.try_reply(context().services, code, form.get("body", ""), form.get("context", ""))
    return _page(code, tried=tried)


def _page(code: str, **more: object) -> str:
    here = context()
    standing = bench.one(here.services, code)
    shown = list(bench.texts(here.services, actor(), code, here.clock.now()))
    return render_template(
        "console/language.html", standing=standing, shown=shown, contexts=contexts(), form=request.form, **more
    )
