"""The front door."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from service.flows.access import May
from service.settings import Gateway
from service.web import sessions
from service.web.context import context
from service.web.sessions import open_to_all

home = Blueprint("home", __name__)

FIRST_PAGES = {
    May.LOOK: "queue.alerts",
    May.TRANSLATE: "languages.overview",
    May.COUNT: "quality.figures",
}


@home.get("/")
@open_to_all
def front_door() -> Response | str:
    """To one's work; before signing in, to the sign-in, or in the demo to a page that says what there is to try."""
    if sessions.is_signed_in():
        who = sessions.actor_or_none()
        first = next((page for may, page in FIRST_PAGES.items() if who and who.may(may)), "signing_in.account")
        return redirect(url_for(first))
    if context().settings.gateway is Gateway.SIMULATED:
        return render_template("home.html", demo=context().demo)
    return redirect(url_for("signing_in.sign_in"))
