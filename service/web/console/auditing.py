"""Who looked at what and did what, for auditors and administrators."""

from flask import Blueprint, render_template, request

from service.flows import auditing as trails
from service.flows import upkeep
from service.flows.access import May
from service.web.context import context
from service.web.sessions import actor, needs

auditing = Blueprint("auditing", __name__, url_prefix="/audit")


@auditing.get("")
@needs(May.AUDIT)
def trail() -> str:
    here, args = context(), request.args
    entries, older_than = trails.trail(
        here.services,
        actor(),
        here.clock.now(),
        case_number=args.get("case", ""),
        before=args.get("before", type=int),
    )
    return render_template("console/audit.html", entries=entries, older_than=older_than, case=args.get("case", ""))


@auditing.post("/verify")
@needs(May.AUDIT)
def verify() -> str:
    """Walk the whole chain."""
    here = context()
    verified = upkeep.verify_audit(here.services)
    entries, older_than = trails.trail(here.services, actor(), here.clock.now())
    return render_template("console/audit.html", entries=entries, older_than=older_than, case="", verified=verified)
