"""Who is signed in, and what they may open. Everything is closed unless it says for whom it is open.

Flask-Security keeps the session: it names an account by a token that a new password replaces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

from flask import Flask, current_app, g, make_response, redirect, request, session, url_for
from flask_security import RoleMixin, Security, UserDatastore, UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from service.clock import SystemClock
from service.flows import access, accounts
from service.flows.access import Actor, May, Membership
from service.flows.accounts import Person
from service.web.context import context

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_TOUCH_EVERY = 60

OPEN_BLUEPRINTS = frozenset({"hooks", "health", "simulator"})
"""Signed requests, health, and phones to play on, which exist only where nobody real is texted."""

View = TypeVar("View", bound=Callable[..., object])


class SignedIn(UserMixin):
    """The account of this request, in the words of Flask-Security."""

    id: int
    email: str
    active = True
    fs_uniquifier: str = ""

    def __init__(self, person: Person) -> None:
        self.person, self.roles = person, []
        self.id, self.email, self.fs_uniquifier = person.id, person.email, person.session_token


class Accounts(UserDatastore):
    """Finds accounts for Flask-Security; whatever changes them is a use case of `service.flows.accounts`."""

    def __init__(self) -> None:
        super().__init__(SignedIn, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **by: object) -> SignedIn | None:
        person = accounts.person_of_session(context().services, str(by["fs_uniquifier"]))
        return SignedIn(person) if person else None


def register(app: Flask) -> None:
    """Guard every route of this application."""
    app.config.update(
        SECURITY_PASSWORD_SALT="not-used",
        SECURITY_USE_REGISTER_V2=True,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        PERMANENT_SESSION_LIFETIME=IDLE,
        # Only what a person does keeps them signed in, not what the page asks every few seconds.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    Security(app, Accounts(), register_blueprint=False)
    app.before_request(_guard)
    app.context_processor(lambda: {"actor": g.get("actor"), "memberships": g.get("memberships", ())})


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in. `poll`: the page asks for it by itself, which keeps nobody signed in."""

    to_all: bool = False
    to_accounts: bool = False
    may: May | None = None
    poll: bool = False
    largest_body: int | None = None


CLOSED = Door()


def _with_door(door: Door) -> Callable[[View], View]:
    def mark(view: View) -> View:
        # On the function itself, so that whatever wraps it keeps it.
        vars(view)["door"] = door
        return view

    return mark


def open_to_all(view: View) -> View:
    """For pages that are seen before signing in."""
    return _with_door(Door(to_all=True))(view)


def open_to_accounts(view: View) -> View:
    """For whoever is signed in, whatever their role."""
    return _with_door(Door(to_accounts=True))(view)


def needs(may: May, *, poll: bool = False, largest_body: int | None = None) -> Callable[[View], View]:
    """For those who may. `largest_body`: in bytes, where files come in."""
    return _with_door(Door(may=may, poll=poll, largest_body=largest_body))


def door_of(app: Flask, endpoint: str) -> Door:
    """Who may come in at a route; where nothing is said, nobody."""
    found: Door = vars(app.view_functions[endpoint]).get("door", CLOSED)
    return found


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def actor() -> Actor:
    """Whoever is signed in, at the site they work at now."""
    found: Actor = g.actor
    return found


def actor_or_none() -> Actor | None:
    """On pages that are open to all."""
    found: Actor | None = g.get("actor")
    return found


def memberships() -> list[Membership]:
    """The sites that the account serves."""
    found: list[Membership] = g.memberships
    return found


def person() -> Person:
    """The account that is signed in."""
    found: Person = current_user.person
    return found


def _guard() -> AnyResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static" or request.blueprint in OPEN_BLUEPRINTS:
        return None
    door = door_of(current_app, endpoint)
    if not _still_signed_in(poll=door.poll):
        return None if door.to_all else _to_sign_in()
    g.memberships = access.memberships(context().services, person().id)
    g.actor = _at_site(g.memberships)
    if door.to_all or door.to_accounts:
        return None
    if context().settings.production and not person().has_second_factor:
        # A password alone opens nothing but the page on which the second factor is set up.
        return redirect(url_for("signing_in.set_up"))
    if door.may is None or g.actor is None or not g.actor.may(door.may):
        raise Forbidden
    if door.largest_body is not None:
        request.max_content_length = door.largest_body
    return None


def _at_site(found: list[Membership]) -> Actor | None:
    chosen = [one.actor for one in found if one.actor.site_id == session.get("site")]
    return next(iter(chosen or [one.actor for one in found]), None)


def _still_signed_in(*, poll: bool) -> bool:
    if not current_user.is_authenticated:
        return False
    now = SystemClock().now()
    if now - datetime.fromisoformat(session.get("since", "1970-01-01T00:00:00+00:00")) > LONGEST:
        sign_out()
        return False
    seconds = round(now.timestamp())
    if not poll and seconds - session.get("seen", 0) > _TOUCH_EVERY:
        session["seen"] = seconds
    return True


def sign_in(who: Person) -> None:
    """Begin a session: whatever the browser held before is gone, so that nobody can plant one."""
    session.clear()
    login_user(SignedIn(who), remember=False)
    session.permanent = True
    session["since"] = SystemClock().now().isoformat()
    if who.language:
        session["language"] = who.language


def sign_out() -> None:
    logout_user()
    session.clear()


def _to_sign_in() -> AnyResponse:
    if request.headers.get("HX-Request"):
        # The page says so itself: to load another page under somebody who types would lose what they typed.
        return make_response("", HTTPStatus.UNAUTHORIZED)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signing_in.sign_in", next=wanted))


def local_path(given: str | None) -> str | None:
    """A path on this site, or None: a link must not lead from our sign-in to somebody else's page."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")) or "\\" in given:
        return None
    return given
