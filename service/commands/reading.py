"""`aftercell read`: needs no configuration and no database."""

import sys

import click

from service.commands.reading_lines import read_lines
from service.content.catalog import load_catalog
from service.readers import ROOT, build_reader


@click.command()
def read() -> None:
    """Read JSON lines of replies on stdin; print what is understood of each."""
    rules = load_catalog(ROOT).protocol("text-only")
    for line in read_lines(build_reader(), rules, sys.stdin):
        click.echo(line)
