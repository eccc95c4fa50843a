"""The front door."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from service.settings import Gateway
from service.web.context import context

home = Blueprint("home", __name__)


@home.get("/")
def front_door() -> Response | str:
    """To the simulated phones where there are some; else says what is here."""
    if context().settings.gateway is Gateway.SIMULATED:
        return redirect(url_for("simulator.phones"))
    return render_template("home.html")
