"""The numbers that patients of this site are told to call."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import BadInput
from service.flows import numbers as numbers_of
from service.flows.access import May
from service.web.console.forms import problem_text
from service.web.context import context
from service.web.i18n import _
from service.web.sessions import actor, needs

numbers = Blueprint("numbers", __name__, url_prefix="/numbers")


@numbers.get("")
@needs(May.RUN)
def form() -> str:
    return render_template("console/numbers.html", numbers=numbers_of.numbers(context().services, actor()), form={})


@numbers.post("")
@needs(May.RUN)
def change() -> Response | tuple[str, int]:
    here, given = context(), request.form
    try:
        numbers_of.change(
            here.services,
            actor(),
            phone=given.get("phone", ""),
            emergency_number=given.get("emergency_number", ""),
            crisis_line=given.get("crisis_line", ""),
            now=here.clock.now(),
        )
    except BadInput as problem:
        found = numbers_of.numbers(here.services, actor())
        page = render_template("console/numbers.html", numbers=found, form=given, problem=problem_text(problem))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("From now on texts carry these numbers."))
    return redirect(url_for("numbers.form"), HTTPStatus.SEE_OTHER)
