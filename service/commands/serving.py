"""The commands that run the service, and those that prepare for it."""

import os
import sys
from pathlib import Path

import click

from service import demo, worker
from service.app import build_engine, build_kept
from service.commands.printing import say
from service.errors import BadInput
from service.flows.checking import problems_of
from service.flows.handing_over import hand_over
from service.program import start
from service.readers import ROOT
from service.settings import PREFIX, read_settings, read_spool_settings
from service.store import schema
from service.store.bell import bell_of


@click.command("demo")
def demo_command() -> None:
    """Everything in one process, with simulated phones; needs no configuration."""
    demo.run()


@click.command()
def web() -> None:
    """Serve the webhooks and the console (gunicorn)."""
    start()
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:create_app()"]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


@click.command("worker")
def worker_command() -> None:
    """Do what is due, at once and for ever, until stopped."""
    program = start(reads=True)
    worker.run(program.services, program.clock, bell_of(program.engine))


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="where texts are kept")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option("--hand-over", "kept", type=click.Path(path_type=Path, exists=True), help="give the service what is kept")
def spool(folder: Path | None, port: int, kept: Path | None) -> None:
    """Keep texts while the service is down (--folder; the fallback URL, on another host), and hand them over."""
    if (folder is None) == (kept is None):
        raise BadInput("folder", "give either --folder, to keep texts, or --hand-over, to hand them over")
    if folder is not None:
        os.environ[f"{PREFIX}SPOOL_FOLDER"] = str(folder.absolute())
        read_spool_settings()
        command = [sys.executable, "-m", "gunicorn", "--bind", f"0.0.0.0:{port}", "--worker-class", "gthread"]
        os.chdir(ROOT)
        os.execv(sys.executable, [*command, "--workers", "2", "--threads", "8", "service.web.spool:create_app()"])
    program = start(reads=True)
    found = build_kept(program.settings, kept or Path())
    taken, problems = hand_over(program.services, found, program.clock.now())
    for problem in problems:
        click.echo(problem, err=True)
    say({"handed_over": taken, "left": len(problems)})
    if problems:
        sys.exit(1)


@click.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    engine, _ = build_engine(read_settings())
    schema.upgrade(engine)
    say({"migrated": True})


@click.command()
def check() -> None:
    """Check configuration, content, database and Twilio; say what is wrong."""
    program = start(reads=True)
    problems = problems_of(program.services)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)
    say({"ok": True, "languages": sorted(program.services.catalog.languages)})
