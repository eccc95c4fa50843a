"""The commands about encryption keys."""

import json

import click
from cryptography.fernet import Fernet

from service.flows import resealing
from service.program import start


@click.group()
def keys() -> None:
    """Encryption keys (AFTERCELL_DATA_KEYS)."""


@keys.command("reseal")
def reseal() -> None:
    """Seal everything anew with the newest key, so that the old ones can be taken away.

    Every running process must have the new key first. May be stopped and run again at any time.
    """
    program = start()
    tables = resealing.reseal_everything(program.services, program.clock.now())
    click.echo(json.dumps({"resealed": tables}))


@click.command("new-key")
def new_key() -> None:
    """Print a fresh key for AFTERCELL_DATA_KEYS."""
    click.echo(Fernet.generate_key().decode())
