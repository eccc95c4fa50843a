"""Runs the same thing in several threads that all begin at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Answer = TypeVar("Answer")


def together(number: int, act: Callable[[], Answer]) -> list[Answer | BaseException]:
    """What each of `number` threads returned or raised."""
    start = Barrier(number)

    def run() -> Answer:
        start.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(number) as threads:
        futures = [threads.submit(run) for _ in range(number)]
        return [future.exception(timeout=60) or future.result() for future in futures]
