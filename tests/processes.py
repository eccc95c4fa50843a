"""aftercell as it runs in a hospital: real processes, started, stopped and killed.

    with Deployment(settings) as deployment:
        web = deployment.start("web")
        worker = deployment.start("worker")
        worker.kill()                   # SIGKILL, no last word
        deployment.start("worker")

Whatever still runs is killed with the block, also when the test run itself is killed.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from service.settings import PREFIX

ROOT = Path(__file__).parents[1]
# Not by the console script: a copy of the tree must run its own code.
AFTERCELL = (sys.executable, "-c", "from service.cli import main; main()")

# In a session of its own; when its input closes, however this process ended, everything in it is killed.
_TIE = 'exec 3<&0; "$@" </dev/null >>"$LOG" 2>&1 3<&- & echo $!; exec >&-; cat <&3 >/dev/null; kill -KILL 0'


class Running:
    """A process that somebody has started, such as gunicorn's master."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def children(self) -> list[int]:
        """The pids of its direct children, such as gunicorn's workers."""
        return [pid for pid, parent in _parents() if parent == self.pid]

    @property
    def alive(self) -> bool:
        return any(pid == self.pid for pid, _ in _parents())

    def kill(self) -> None:
        """SIGKILL to the command alone: its children must notice by themselves."""
        send(self.pid, signal.SIGKILL)

    def stop(self, timeout: float = 60) -> None:
        """SIGTERM, and wait until it has ended. Raises TimeoutError."""
        send(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while self.alive:
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {self.pid} did not stop on SIGTERM")
            time.sleep(0.05)


class Process(Running):
    """One command and its descendants. `pid` is that of the command itself."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._tie = subprocess.Popen(
            ["/bin/sh", "-c", _TIE, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**environment, "LOG": str(log)},
            start_new_session=True,
        )
        assert self._tie.stdout is not None
        super().__init__(int(self._tie.stdout.readline()))
        self._tie.stdout.close()

    def end(self) -> None:
        """Kill it with all its descendants."""
        self._tie.communicate(timeout=30)


class Deployment:
    """Processes that share one configuration. `settings` are names as in `service.settings`; logs go to `folder`."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.environment = inherited | {PREFIX + name.upper(): value for name, value in settings.items()}
        self._folder = folder
        self._started: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.end()

    def start(self, command: str, *, program: Sequence[str] = AFTERCELL) -> Process:
        """Start `aftercell <command>`, or another program with the same environment."""
        process = Process([*program, *command.split()], self.environment, self.log_of(command))
        self._started.append(process)
        return process

    def log_of(self, command: str) -> Path:
        return self._folder / f"{command.split()[0]}.log"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_until_it_answers(url: str, timeout: float = 60) -> None:
    """Return when a GET is answered with 200. Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not _answers(url):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer within {timeout:.0f} s")
        time.sleep(0.1)


def wait_until_it_listens(port: int, timeout: float = 60) -> None:
    """Return when somebody takes connections on the port. Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on {port} after {timeout:.0f} s") from None
            time.sleep(0.05)
        else:
            return


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _parents() -> list[tuple[int, int]]:
    """(pid, parent's pid) of everything that runs; the dead that nobody has buried are left out."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [(int(pid), int(parent)) for pid, parent, state, *_ in rows if not state.startswith("Z")]
