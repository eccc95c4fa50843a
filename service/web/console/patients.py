"""The list of patients and one patient's page, with everything that staff can do there."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import BadInput, Conflict
from service.flows import caring, chart, correcting, erasure, replying
from service.flows.access import May
from service.flows.correcting import SYMPTOMS, Corrected
from service.store.patients import EnrolmentState
from service.web.charts import temperature_chart
from service.web.console.forms import Problem, conflict_text, problem_text
from service.web.context import context
from service.web.i18n import _
from service.web.sessions import actor, needs

patients = Blueprint("patients", __name__, url_prefix="/patients")

Answer = str | Response | tuple[str, int]


@patients.get("")
@needs(May.LOOK)
def listing() -> str:
    here, args = context(), request.args
    state = args.get("state", "")
    found = chart.listing(
        here.services,
        actor(),
        here.clock.now(),
        sought="" if args.get("q", "").strip().startswith("+") else args.get("q", ""),
        state=state if state in list(EnrolmentState) else "",
        before=args.get("before", type=int),
    )
    return render_template("console/patients.html", found=found, sought=args.get("q", ""), state=state, states=states())


@patients.post("/find")
@needs(May.LOOK)
def find() -> Answer:
    """By case number or phone; posted, because a phone does not belong into an address."""
    here = context()
    sought = request.form.get("q", "")
    found = chart.listing(here.services, actor(), here.clock.now(), sought=sought)
    if len(found.rows) == 1:
        return redirect(url_for("patients.one", enrolment_id=found.rows[0].enrolment_id), HTTPStatus.SEE_OTHER)
    return render_template("console/patients.html", found=found, sought=sought, state="", states=states())


def states() -> dict[str, str]:
    """What an enrolment's state is called."""
    return {
        EnrolmentState.CONSENTING: _("Asked for consent"),
        EnrolmentState.ACTIVE: _("Followed"),
        EnrolmentState.PAUSED: _("Paused"),
        EnrolmentState.UNWATCHED: _("Opted out"),
        EnrolmentState.ENDED: _("Ended"),
    }


@patients.get("/<int:enrolment_id>")
@needs(May.LOOK)
def one(enrolment_id: int) -> str:
    return _page(enrolment_id)


def _page(enrolment_id: int, **more: object) -> str:
    here = context()
    before = request.args.get("before", type=int)
    found = chart.chart(here.services, actor(), enrolment_id, here.clock.now(), before)
    drawn = temperature_chart(
        [(one.at, one.celsius) for one in found.temperatures], found.threshold_c, found.baseline_c
    )
    return render_template(
        "console/patient.html",
        chart=found,
        drawn=drawn,
        states=states(),
        quick=replying.quick_texts(here.services),
        languages=sorted(here.services.catalog.languages.values(), key=lambda language: language.name),
        form=request.form,
        **more,
    )


def _do(enrolment_id: int, act: Callable[[], None], done: str, opened: str) -> Answer:
    """Do what a form asks for. When it cannot be done the page says why, with what was typed still there."""
    try:
        act()
    except BadInput as problem:
        page = _page(enrolment_id, problem=problem_text(problem), opened=opened)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as why:
        sentence = _("%(why)s. Nothing was changed.", why=conflict_text(why))
        return _page(enrolment_id, conflict=sentence, opened=opened), HTTPStatus.CONFLICT
    flash(done)
    return redirect(url_for("patients.one", enrolment_id=enrolment_id), HTTPStatus.SEE_OTHER)


def _contact_id() -> int:
    return request.form.get("contact", type=int) or 0


@patients.post("/<int:enrolment_id>/preview")
@needs(May.TREAT)
def preview(enrolment_id: int) -> str:
    """A vetted reply as its reader will see it, before it goes."""
    here, text_id = context(), request.form.get("text", "")
    shown = replying.preview(here.services, actor(), enrolment_id, _contact_id(), text_id, here.clock.now())
    return _page(enrolment_id, preview=shown, contact_id=_contact_id(), opened="quick")


@patients.post("/<int:enrolment_id>/reply")
@needs(May.TREAT)
def reply(enrolment_id: int) -> Answer:
    here, text_id = context(), request.form.get("text", "")
    return _do(
        enrolment_id,
        lambda: replying.reply(here.services, actor(), enrolment_id, _contact_id(), text_id, here.clock.now()),
        _("The reply is on its way."),
        "quick",
    )


@patients.post("/<int:enrolment_id>/write")
@needs(May.TREAT)
def write(enrolment_id: int) -> Answer:
    here, body = context(), request.form.get("body", "").replace("\r\n", "\n")
    return _do(
        enrolment_id,
        lambda: replying.write(here.services, actor(), enrolment_id, _contact_id(), body, here.clock.now()),
        _("The text is on its way."),
        "write",
    )


@patients.post("/<int:enrolment_id>/note")
@needs(May.TREAT)
def note(enrolment_id: int) -> Answer:
    here, text = context(), request.form.get("text", "")
    reached = {"reached": True, "not_reached": False}.get(request.form.get("kind", ""))
    return _do(
        enrolment_id,
        lambda: caring.log_call(here.services, actor(), enrolment_id, text, reached=reached, now=here.clock.now()),
        _("Written down."),
        "note",
    )


@patients.post("/<int:enrolment_id>/pause")
@needs(May.TREAT)
def pause(enrolment_id: int) -> Answer:
    here = context()
    return _do(
        enrolment_id,
        lambda: caring.pause(here.services, actor(), enrolment_id, here.clock.now()),
        _("The checks are paused. The patient is asked every few days whether the stay is over."),
        "pause",
    )


@patients.post("/<int:enrolment_id>/resume")
@needs(May.TREAT)
def resume(enrolment_id: int) -> Answer:
    here = context()
    return _do(
        enrolment_id,
        lambda: caring.resume(here.services, actor(), enrolment_id, here.clock.now()),
        _("The checks go on."),
        "pause",
    )


@patients.post("/<int:enrolment_id>/language")
@needs(May.ENROL)
def language(enrolment_id: int) -> Answer:
    here, chosen = context(), request.form.get("language", "")
    return _do(
        enrolment_id,
        lambda: caring.change_language(here.services, actor(), enrolment_id, _contact_id(), chosen, here.clock.now()),
        _("The language is changed."),
        "language",
    )


@patients.post("/<int:enrolment_id>/zone")
@needs(May.ENROL)
def zone(enrolment_id: int) -> Answer:
    here, chosen = context(), request.form.get("timezone", "").strip()
    return _do(
        enrolment_id,
        lambda: caring.change_zone(here.services, actor(), enrolment_id, chosen, here.clock.now()),
        _("The time zone is changed. Checks come at the same hours there."),
        "zone",
    )


@patients.post("/<int:enrolment_id>/caregiver")
@needs(May.ENROL)
def caregiver(enrolment_id: int) -> Answer:
    here, form = context(), request.form
    return _do(
        enrolment_id,
        lambda: caring.add_caregiver(
            here.services,
            actor(),
            enrolment_id,
            form.get("phone", ""),
            form.get("language", ""),
            here.clock.now(),
        ),
        _("The caregiver is being asked for their consent by text."),
        "caregiver",
    )


@patients.post("/<int:enrolment_id>/withdraw")
@needs(May.ENROL)
def withdraw(enrolment_id: int) -> Answer:
    here = context()
    return _do(
        enrolment_id,
        lambda: caring.withdraw(here.services, actor(), enrolment_id, _contact_id(), here.clock.now()),
        _("Withdrawn. No more texts go to this phone."),
        "withdraw",
    )


@patients.post("/<int:enrolment_id>/erase")
@needs(May.ERASE)
def erase(enrolment_id: int) -> Answer:
    here, case_number = context(), request.form.get("case", "")
    return _do(
        enrolment_id,
        lambda: erasure.erase(here.services, actor(), enrolment_id, case_number, here.clock.now()),
        _("Erased. What is left says nothing of who it was."),
        "erase",
    )


@patients.get("/<int:enrolment_id>/texts/<int:message_id>")
@needs(May.TREAT)
def text(enrolment_id: int, message_id: int) -> str:
    """How a text should have been read."""
    return _correction(enrolment_id, message_id)


@patients.post("/<int:enrolment_id>/texts/<int:message_id>")
@needs(May.TREAT)
def correct(enrolment_id: int, message_id: int) -> Answer:
    here, form = context(), request.form
    try:
        said = Corrected(
            _celsius(form.get("temperature", "")), form.get("answer") or None, tuple(form.getlist("present"))
        )
        correcting.correct(here.services, actor(), enrolment_id, message_id, said, here.clock.now())
    except BadInput as problem:
        return _correction(enrolment_id, message_id, problem_text(problem)), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Kept. The reader is measured by it."))
    return redirect(url_for("patients.one", enrolment_id=enrolment_id), HTTPStatus.SEE_OTHER)


def _celsius(given: str) -> float | None:
    if not given.strip():
        return None
    try:
        return float(given.strip().replace(",", "."))
    except ValueError:
        raise BadInput("temperature", f"{given!r} is no number") from None


def _correction(enrolment_id: int, message_id: int, problem: Problem | None = None) -> str:
    here = context()
    found = correcting.text_of(here.services, actor(), enrolment_id, message_id)
    return render_template(
        "console/correct.html",
        enrolment_id=enrolment_id,
        text=found,
        symptoms=[(code, chart.plain(code)) for code in SYMPTOMS],
        problem=problem,
        form=request.form,
    )
