"""Enrolling one patient by form, or many by file."""

from collections.abc import Mapping
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.content import review
from service.core import flags
from service.errors import BadInput
from service.flows import admitting, enrolment, imports
from service.flows.access import May
from service.flows.enrolment import DEFAULT_PROTOCOL, Enrol, parse_zone
from service.flows.imports import MOST_BYTES
from service.web.console.forms import problem_text
from service.web.context import context
from service.web.i18n import _
from service.web.sessions import actor, needs

enrolling = Blueprint("enrolling", __name__, url_prefix="/enrol")

COMMON_ZONES = (
    "America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix America/Anchorage "
    "Pacific/Honolulu America/Puerto_Rico America/Toronto America/Sao_Paulo Europe/London Europe/Berlin Europe/Paris "
    "Europe/Rome Europe/Warsaw Asia/Riyadh Asia/Shanghai Asia/Seoul Asia/Tokyo Asia/Manila Asia/Ho_Chi_Minh"
).split()


@enrolling.get("")
@needs(May.ENROL)
def form() -> str:
    return _form(MultiDict())


def _form(given: Mapping[str, str], **more: object) -> str:
    catalog = context().services.catalog
    return render_template(
        "console/enrol.html",
        form=given,
        languages=sorted(catalog.languages.values(), key=lambda language: language.name),
        protocols=sorted({one.id for one in catalog.protocols.values() if one.phases}),
        zones=COMMON_ZONES,
        flags=flags.LASTING,
        drafts=_drafts(),
        **more,
    )


def _drafts() -> frozenset[str]:
    """Languages that no clinician has signed as they are now."""
    catalog = context().services.catalog
    protocol = catalog.protocol(DEFAULT_PROTOCOL)
    return frozenset(code for code, language in catalog.languages.items() if review.why_not(language, protocol))


@enrolling.post("/preview")
@needs(May.ENROL)
def preview() -> str | tuple[str, int]:
    """What the patient will read first and when; nothing is stored."""
    here = context()
    try:
        wanted = _request(request.form)
        shown = admitting.preview(here.services, actor(), wanted, here.clock.now())
    except BadInput as problem:
        return _form(request.form, problem=problem_text(problem)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _form(request.form, admission=shown)


@enrolling.post("")
@needs(May.ENROL)
def enrol() -> tuple[str, int] | AnyResponse:
    here = context()
    try:
        done = enrolment.enrol(here.services, _request(request.form), here.clock.now(), actor().key)
    except BadInput as problem:
        return _form(request.form, problem=problem_text(problem)), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Enrolled as case %(case)s. Write the number down: texts name nobody.", case=done.case_number))
    for warning in done.warnings:
        flash(_("Mind: %(warning)s", warning=warning))
    return redirect(url_for("patients.one", enrolment_id=done.enrolment_id), HTTPStatus.SEE_OTHER)


def _request(given: MultiDict[str, str]) -> Enrol:
    zone = ZoneInfo(parse_zone("timezone", given.get("timezone", "").strip()))
    paper = given.get("consent") == "paper"
    caregiver = given.get("caregiver_phone", "").strip()
    return Enrol(
        site_id=actor().site_id,
        phone=given.get("phone", "").strip(),
        language=given.get("language", ""),
        timezone=given.get("timezone", "").strip(),
        infused_at=imports.local_time("infused_at", given.get("infused_at", ""), zone),
        protocol=given.get("protocol") or DEFAULT_PROTOCOL,
        caregiver_phone=caregiver or None,
        caregiver_language=given.get("caregiver_language") or None,
        consented_at=imports.local_time("consented_at", given.get("consented_at", ""), zone) if paper else None,
        flags=tuple(given.getlist("flags")),
    )


@enrolling.get("/import")
@needs(May.ENROL)
def import_form() -> str:
    return render_template("console/import.html", found=None)


@enrolling.get("/import/example.csv")
@needs(May.ENROL)
def example() -> Response:
    return Response(imports.EXAMPLE, mimetype="text/csv")


@enrolling.post("/import")
@needs(May.ENROL, largest_body=MOST_BYTES + 100_000)
def import_file() -> tuple[str, int] | str | AnyResponse:
    """First a dry run that lists everything; the same file again enrols, all or nobody."""
    here = context()
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    for_good = request.form.get("do") == "enrol"
    found = imports.import_patients(
        here.services, actor().site_id, content, here.clock.now(), by=actor().key, dry_run=not for_good
    )
    if for_good and not found.faults:
        flash(_("%(number)s patients are enrolled.", number=found.enrolled))
        return redirect(url_for("patients.listing"), HTTPStatus.SEE_OTHER)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if found.faults else HTTPStatus.OK
    return render_template("console/import.html", found=found), status
