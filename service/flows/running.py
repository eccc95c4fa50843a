"""Running what is due: find it, then handle each item in a transaction of its own, so that one that fails keeps no
other from its turn and is found again by the next tick."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from service.errors import AftercellError, StoreUnavailable

log = structlog.get_logger()
BATCH = 500

Key = TypeVar("Key")


@dataclass(slots=True)
class Tally:
    """How many were handled and how many failed (and will be tried again)."""

    done: int = 0
    failed: int = 0


def each(
    duty: str,
    keys: Iterable[Key],
    handle: Callable[[Key], bool],
    *,
    stop_at: type[AftercellError] = StoreUnavailable,
) -> Tally:
    """Handle each key; `handle` says whether it did anything (False: somebody else did).

    Raises StoreUnavailable at once: without a database the rest would fail the same way. An error of the kind
    `stop_at` counts as a failure and ends the round for the same reason.
    """
    tally = Tally()
    for key in keys:
        try:
            tally.done += handle(key)
        except StoreUnavailable:
            raise
        except AftercellError as error:
            tally.failed += 1
            log.error("duty failed", action=duty, key=str(key), error=type(error).__name__, reason=str(error))
            if isinstance(error, stop_at):
                break
        except Exception as error:  # noqa: BLE001
            # One patient's bug must not silence the others; the item stays due and is tried again.
            tally.failed += 1
            log.error("duty crashed", action=duty, key=str(key), error=type(error).__name__, trace=where(error))
    return tally


def where(error: BaseException) -> list[str]:
    """The frames without the exception's message: a message can quote what a patient typed."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
