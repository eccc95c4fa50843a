"""A folder of texts that came in while the service could not be reached.

One file each, named for the provider's id, so that a call that is repeated is one file.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.errors import ConfigurationError
from service.gateways.base import InboundText
from service.gateways.twilio_form import inbound_text

SUFFIX = ".text"


class Spool:
    """With keys the files are encrypted; without, they are readable by their owner alone.

    Raises ConfigurationError when a key is none.
    """

    def __init__(self, folder: Path, keys: Sequence[str] = ()) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None
        except ValueError as error:
            raise ConfigurationError("AFTERCELL_DATA_KEYS holds a value that is no Fernet key") from error
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, name: str, form: Mapping[str, str]) -> None:
        """Durable when this returns: written beside its place, synced, and moved there whole. Raises OSError."""
        content = json.dumps(dict(form)).encode()
        if self._fernet is not None:
            content = self._fernet.encrypt(content)
        beside = self._folder / f".{secrets.token_hex(8)}"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._folder / f"{name}{SUFFIX}")
        self._sync_folder()

    def files(self) -> list[Path]:
        """Oldest first: the order in which phones texted."""
        dated = [(_written_at(path), path) for path in self._folder.glob(f"*{SUFFIX}")]
        return [path for _, path in sorted((at, path) for at, path in dated if at is not None)]

    def read(self, path: Path) -> dict[str, str]:
        """Raises ConfigurationError when it cannot be opened with our keys, or is no form."""
        content = path.read_bytes()
        try:
            if self._fernet is not None and not content.startswith(b"{"):
                content = self._fernet.decrypt(content)
            found = json.loads(content)
        except (InvalidToken, ValueError) as error:
            raise ConfigurationError(f"{path}: cannot be read; was it encrypted with another key?") from error
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise ConfigurationError(f"{path}: does not hold a form")
        return found

    def remove(self, path: Path) -> None:
        """It may be gone already: several may hand over at once."""
        path.unlink(missing_ok=True)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class SpooledTexts:
    """`KeptTexts` of a folder. `carrier_answers_stop`: see `twilio_form.inbound_text`."""

    def __init__(self, spool: Spool, *, carrier_answers_stop: bool) -> None:
        self._spool = spool
        self._carrier_answers_stop = carrier_answers_stop

    def waiting(self) -> list[str]:
        """See `KeptTexts.waiting`."""
        return [str(path) for path in self._spool.files()]

    def read(self, name: str) -> InboundText | None:
        """See `KeptTexts.read`."""
        try:
            form = self._spool.read(Path(name))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{name}: cannot be opened ({type(error).__name__})") from error
        text = inbound_text(form, carrier_answers_stop=self._carrier_answers_stop)
        if text is None:
            raise ConfigurationError(f"{name}: names no message or no sender")
        return text

    def forget(self, name: str) -> None:
        """See `KeptTexts.forget`."""
        self._spool.remove(Path(name))


def _written_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        # Handed over meanwhile.
        return None
