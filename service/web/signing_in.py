"""Signing in and out, invitations, and what people set for themselves."""

import io
from typing import cast

import qrcode
import qrcode.image.svg
from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import RouteCallable
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from markupsafe import Markup
from werkzeug.wrappers import Response

from service.clock import SystemClock
from service.errors import BadInput, NotFound
from service.flows import accounts
from service.flows.accounts import Person
from service.web import sessions
from service.web.context import context
from service.web.i18n import CONSOLE_LANGUAGES, _
from service.web.sessions import local_path, open_to_accounts, open_to_all

signing_in = Blueprint("signing_in", __name__)

HALF_SIGNED_IN = "half_signed_in"
NEW_SECRET = "new_secret"

LIMITS = {
    "try_password": "60 per minute",
    "try_code": "10 per minute",
    "confirm": "10 per minute",
    "invitation": "30 per minute",
    "accept": "10 per minute",
}
"""By address that asks; a hospital's proxy is one address for many people."""


def register(app: Flask) -> None:
    """Throttling on top of the lock-out of each account: nobody tries one password on many accounts."""
    app.register_blueprint(signing_in)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")
    for name, limit in LIMITS.items():
        endpoint = f"{signing_in.name}.{name}"
        app.view_functions[endpoint] = cast(RouteCallable, limiter.limit(limit)(app.view_functions[endpoint]))
    try_password = f"{signing_in.name}.try_password"
    one_person = limiter.limit("10 per minute", key_func=_who_tries)
    app.view_functions[try_password] = cast(RouteCallable, one_person(app.view_functions[try_password]))


def _who_tries() -> str:
    """One person at one address: a hospital's proxy must not lock out everybody behind it."""
    return f"{get_remote_address()}|{request.form.get('email', '').strip().casefold()}"


@signing_in.get("/sign-in")
@open_to_all
def sign_in() -> str | Response:
    if sessions.is_signed_in():
        return redirect(url_for("home.front_door"))
    return render_template("account/sign_in.html", next=local_path(request.args.get("next")), email=_offered())


def _offered() -> str:
    """The address that the demo's front page leads to; elsewhere no address belongs into a URL."""
    return request.args.get("email", "") if context().demo else ""


@signing_in.post("/sign-in")
@open_to_all
def try_password() -> str | tuple[str, int] | Response:
    here, email = context(), request.form.get("email", "")
    who = accounts.sign_in(here.services, email, request.form.get("password", ""), here.clock.now())
    wanted = local_path(request.form.get("next"))
    if who is None:
        page = render_template("account/sign_in.html", next=wanted, email=email, failed=True)
        return page, 401
    if who.has_second_factor:
        session.clear()
        session[HALF_SIGNED_IN] = who.session_token
        session["until"] = SystemClock().now().timestamp() + 300
        return redirect(url_for("signing_in.second_factor", next=wanted))
    return _welcome(who, wanted)


@signing_in.get("/sign-in/code")
@open_to_all
def second_factor() -> str | Response:
    if _half() is None:
        return redirect(url_for("signing_in.sign_in"))
    return render_template("account/code.html", next=local_path(request.args.get("next")))


@signing_in.post("/sign-in/code")
@open_to_all
def try_code() -> str | tuple[str, int] | Response:
    here, who = context(), _half()
    if who is None:
        return redirect(url_for("signing_in.sign_in"))
    wanted = local_path(request.form.get("next"))
    code = request.form.get("code", "")
    if not accounts.check_code(here.services, who.id, code, here.clock.now(), SystemClock().now()):
        return render_template("account/code.html", next=wanted, failed=True), 401
    return _welcome(who, wanted)


def _half() -> Person | None:
    """Whoever gave the right password some minutes ago and owes the code."""
    token = session.get(HALF_SIGNED_IN)
    if not token or session.get("until", 0) < SystemClock().now().timestamp():
        return None
    return accounts.person_of_session(context().services, token)


def _welcome(who: Person, wanted: str | None) -> Response:
    sessions.sign_in(who)
    return redirect(wanted or url_for("home.front_door"))


@signing_in.post("/sign-out")
@open_to_all
def sign_out() -> Response:
    sessions.sign_out()
    return redirect(url_for("signing_in.sign_in"))


@signing_in.get("/invitation/<token>")
@open_to_all
def invitation(token: str) -> str:
    here = context()
    email = accounts.check_invitation(here.services, token, here.clock.now())
    return render_template("account/invitation.html", token=token, email=email)


@signing_in.post("/invitation/<token>")
@open_to_all
def accept(token: str) -> str | tuple[str, int] | Response:
    here = context()
    email = accounts.check_invitation(here.services, token, here.clock.now())
    password, again = request.form.get("password", ""), request.form.get("again", "")
    try:
        if password != again:
            raise BadInput("again", "the two are not the same")
        accounts.accept_invitation(here.services, token, password, here.clock.now())
    except BadInput as problem:
        return render_template("account/invitation.html", token=token, email=email, problem=problem), 422
    sessions.sign_out()
    flash(_("Your password is set. Sign in with it."))
    return redirect(url_for("signing_in.sign_in"))


@signing_in.get("/account")
@open_to_accounts
def account() -> str:
    return render_template("account/account.html", person=sessions.person())


@signing_in.get("/account/second-factor")
@open_to_accounts
def set_up() -> str:
    """A new secret, shown once; it counts when a code has proved that the phone has it."""
    secret = session.setdefault(NEW_SECRET, accounts.new_secret())
    return _secret_page(secret)


@signing_in.post("/account/second-factor")
@open_to_accounts
def confirm() -> str | tuple[str, int] | Response:
    here, secret = context(), session.get(NEW_SECRET)
    if not secret:
        return redirect(url_for("signing_in.set_up"))
    try:
        accounts.set_up_second_factor(
            here.services,
            sessions.person().id,
            secret,
            request.form.get("code", ""),
            here.clock.now(),
            SystemClock().now(),
        )
    except BadInput as problem:
        return _secret_page(secret, problem), 422
    session.pop(NEW_SECRET)
    flash(_("From now on you need your phone to sign in."))
    return redirect(url_for("signing_in.account"))


def _secret_page(secret: str, problem: BadInput | None = None) -> str:
    address = accounts.enrolment_address(secret, sessions.person().email)
    image = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    drawn = io.BytesIO()
    image.save(drawn)
    svg = Markup(drawn.getvalue().decode().partition("?>")[2])
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template("account/second_factor.html", svg=svg, secret=spaced, problem=problem)


@signing_in.post("/account/language")
@open_to_all
def language() -> Response:
    chosen = request.form.get("language", "")
    if chosen not in CONSOLE_LANGUAGES:
        raise NotFound("there is no such language")
    session["language"] = chosen
    if sessions.is_signed_in():
        accounts.choose_language(context().services, sessions.person().id, chosen)
    return redirect(local_path(request.form.get("next")) or url_for("home.front_door"))


@signing_in.post("/account/site")
@open_to_accounts
def choose_site() -> Response:
    """Work at another of one's sites."""
    site_id = request.form.get("site", type=int)
    if site_id not in {one.actor.site_id for one in sessions.memberships()}:
        abort(404)
    session["site"] = site_id
    return redirect(url_for("home.front_door"))


@signing_in.post("/account/sign-out-everywhere")
@open_to_accounts
def sign_out_everywhere() -> Response:
    here = context()
    accounts.sign_out_everywhere(here.services, sessions.person().id, here.clock.now())
    sessions.sign_out()
    flash(_("You are signed out on every device."))
    return redirect(url_for("signing_in.sign_in"))
