"""What commands print, and how they take instants."""

import json
from datetime import datetime

import click

from service.errors import BadInput


def say(result: object) -> None:
    """One JSON value on one line."""
    click.echo(json.dumps(result, ensure_ascii=False))


def instant(field: str, given: str) -> datetime:
    """An ISO instant with its offset: a time without one would be another time in another country."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise BadInput(field, f"{given!r} is no ISO date and time, such as 2026-11-24T08:00:00-05:00") from None
    if moment.tzinfo is None:
        raise BadInput(field, f"{given!r} has no offset; add one, such as Z or -05:00")
    return moment
