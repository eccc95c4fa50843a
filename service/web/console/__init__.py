"""The console of the care team: one module for each page."""

from flask import Flask

from service.web.console.auditing import auditing
from service.web.console.enrolling import enrolling
from service.web.console.languages import languages
from service.web.console.numbers import numbers
from service.web.console.oncall import oncall
from service.web.console.patients import patients
from service.web.console.quality import quality
from service.web.console.queue import queue

PAGES = (queue, patients, enrolling, oncall, numbers, quality, languages, auditing)


def register(app: Flask) -> None:
    """Put every page on the application."""
    for page in PAGES:
        app.register_blueprint(page)
