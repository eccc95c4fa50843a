"""Errors the domain can raise. None knows of HTTP or exit codes: `web.errors` and `cli` map them, once each."""


class AftercellError(Exception):
    """Base of all expected failures. The message is one clear sentence that says what to do."""


class BadInput(AftercellError):
    """Something the user gave cannot be used. `field` names it, so that a form or command can point at it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotFound(AftercellError):
    """What was asked for does not exist, or not for this reader (the two are never told apart)."""


class Conflict(AftercellError):
    """Someone else was first; nothing was changed."""


class ContentError(AftercellError):
    """A file under messages/ or locales/ is wrong: names the file, the place in it, and what to do."""


class ConfigurationError(AftercellError):
    """Missing or wrong settings: names the variable. The program must refuse to start."""


class StoreUnavailable(AftercellError):
    """The database cannot be reached or is locked. Nothing was stored; the caller must be told to come again."""
