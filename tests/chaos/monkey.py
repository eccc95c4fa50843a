"""Kills processes of ours at random, and starts new ones as a supervisor would."""

import random
import signal
import time

from tests.chaos.hospital import Hospital
from tests.processes import Running, send

WORKERS = 2
PAUSE = (0.5, 1.6)
# Long enough for patients to text in vain.
DATABASE_OUTAGE = 3
# A supervisor needs seconds to bring back all of the web; if it always died, nothing else would be tried.
MISCHIEF = ("worker",) * 4 + ("web child",) * 4 + ("web",)


class Monkey:
    """`log` says what it has done, for the report of a failure."""

    def __init__(self, hospital: Hospital, chance: random.Random) -> None:
        self._hospital = hospital
        self._chance = chance
        self._web = hospital.nursery.start("web")
        self._workers = [hospital.nursery.start("worker") for _ in range(WORKERS)]
        self.log: list[str] = []

    def rage(self, seconds: float) -> None:
        """Until then something dies every second or so; in the middle PostgreSQL does."""
        begin = time.monotonic()
        database_lives = True
        while (passed := time.monotonic() - begin) < seconds:
            time.sleep(self._chance.uniform(*PAUSE))
            if database_lives and passed > seconds / 2:
                self._note("PostgreSQL")
                self._hospital.server.crash(DATABASE_OUTAGE)
                database_lives = False
            else:
                self._kill(self._chance.choice(MISCHIEF))

    def stop_workers_politely(self) -> None:
        """SIGTERM to all of them, and new ones: how a new version is rolled out."""
        for place, worker in enumerate(self._workers):
            worker.stop()
            self._workers[place] = self._hospital.nursery.start("worker")

    def _kill(self, victim: str) -> None:
        match victim:
            case "worker":
                self._kill_worker()
            case "web child":
                self._kill_web_child()
            case "web":
                self._kill_web()

    def _kill_worker(self) -> None:
        place = self._chance.randrange(WORKERS)
        self._note("worker")
        self._workers[place].kill()
        self._workers[place] = self._hospital.nursery.start("worker")

    def _kill_web_child(self) -> None:
        """gunicorn starts another by itself."""
        if children := self._web.children:
            self._note("web child")
            send(self._chance.choice(children), signal.SIGKILL)

    def _kill_web(self) -> None:
        self._note("web with all its children")
        self._end(self._web)
        self._web = self._hospital.nursery.start("web")

    def _end(self, process: Running) -> None:
        children = process.children
        process.kill()
        for child in children:
            send(child, signal.SIGKILL)

    def _note(self, victim: str) -> None:
        self.log.append(f"{self._hospital.clock.now():%H:%M:%S} {victim}")
