"""A process that has loaded all that aftercell loads at its start, and brings a new web or worker process into the
world in an instant: a fork of itself that runs the program. With a start of four seconds for each, most of a chaotic
minute would be spent in waiting for processes to come up, and most of the computer on reading lexicons.

What it brings forth asks the time of a file that the test moves forward (see `tests.chaos.clock_file`).

    python -m tests.chaos.nursery PORT

A line of JSON to the port, {"command": "worker" or "web", "log": a file}, is answered with the new process's id.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from gunicorn.app import wsgiapp  # type: ignore[import-untyped]  # it has none

from service import app, cli, program
from service.clock import SystemClock
from service.content.catalog import load_catalog
from service.readers import ROOT, build_reader
from tests.chaos.clock_file import ClockFile
from tests.processes import Process, Running

# Each command as its process would see it. `aftercell web` becomes gunicorn by exec, which would forget what is loaded.
PROGRAMS: dict[str, tuple[Callable[[], None], list[str]]] = {
    "worker": (cli.main, ["aftercell", "worker"]),
    "web": (wsgiapp.run, ["gunicorn", "--config", "gunicorn.conf.py", "wsgi:create_app()"]),
}


class Nursery:
    """The test's end of it. `process` runs this module and listens on `port`; logs go to `folder`."""

    def __init__(self, process: Process, port: int, folder: Path) -> None:
        self._port = port
        self._folder = folder
        self.pid = process.pid

    def start(self, command: str) -> Running:
        """A new process, which runs when this returns."""
        with socket.create_connection(("127.0.0.1", self._port)) as connection, connection.makefile("rw") as wire:
            wire.write(json.dumps({"command": command, "log": str(self._folder / f"{command}.log")}) + "\n")
            wire.flush()
            return Running(int(wire.readline()))


def main() -> None:
    """Serve until killed."""
    reader, catalog = build_reader(), load_catalog(ROOT)
    for module in (program, app):
        vars(module)["build_reader"] = lambda: reader
    vars(app)["load_catalog"] = lambda root: catalog
    SystemClock.now = ClockFile.of_environment().now  # type: ignore[assignment, method-assign]
    # The dead bury themselves.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rw") as wire:
                line = wire.readline()
                if not line:
                    # Somebody has only looked whether we listen.
                    continue
                wanted = json.loads(line)
                child = os.fork()
                if child == 0:
                    listener.close()
                    connection.close()
                    _become(wanted["command"], wanted["log"])
                wire.write(f"{child}\n")


def _become(command: str, log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    run, sys.argv = PROGRAMS[command]
    try:
        run()
    finally:
        # Whatever happens, this process must not go on as the nursery.
        os._exit(1)


if __name__ == "__main__":
    main()
