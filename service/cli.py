"""The command line. Exit status 0 done, 1 failed, 2 wrong use; errors on stderr in one sentence."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import click

from service import logs
from service.errors import AftercellError, BadInput

_IN_MODULE = {
    "content": ("protocol", "locales", "simulate"),
    "hospital": ("site", "staff", "enrol", "reinfuse", "import", "tick", "show", "ledger", "audit", "seed-load"),
    "keys": ("keys", "new-key"),
    "reading": ("read",),
    "serving": ("demo", "web", "worker", "spool", "migrate", "check"),
}


class Commands(click.Group):
    """Loads a command's module when it is called: translators who read a reply need not wait for a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All there are."""
        return sorted(name for names in _IN_MODULE.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        for module, names in _IN_MODULE.items():
            if cmd_name in names:
                found = vars(import_module(f"service.commands.{module}"))[_variable(cmd_name)]
                return found if isinstance(found, click.Command) else None
        return None


def _variable(name: str) -> str:
    return f"{name.replace('-', '_')}_command" if name in ("demo", "worker", "import") else name.replace("-", "_")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Follows patients by text message after a cell-therapy infusion."""
    logs.configure()


def main() -> NoReturn:
    """Entry point: maps errors to exit statuses, in one place."""
    sys.exit(_status(lambda: cli(standalone_mode=False)))


def _status(run: Callable[[], object]) -> int:
    try:
        outcome = run()
    except click.ClickException as error:
        error.show()
        return 2
    except BadInput as error:
        click.echo(f"aftercell: {error}", err=True)
        return 2
    except AftercellError as error:
        click.echo(f"aftercell: {error}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return 1
    except BrokenPipeError:
        return 1
    return outcome if isinstance(outcome, int) else 0
