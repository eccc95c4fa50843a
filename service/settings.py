"""Settings, read once from the environment (AFTERCELL_*). Missing or wrong: the program refuses to start and says
which variable. Secrets never show in a repr."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import ConfigurationError

PREFIX = "AFTERCELL_"
MINIMUM_SECRET_LENGTH = 16


class Env(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Gateway(StrEnum):
    SIMULATED = "simulated"
    TWILIO = "twilio"


def _as_list(value: object) -> object:
    """Lists are written as JSON or with commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [item.strip() for item in value.split(",") if item.strip()]


def _origin(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// (http:// only in development)")
    return value.rstrip("/")


SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_as_list)]


class Settings(BaseSettings):
    """All that a hospital's engineer can set. Names are those of the variables without the prefix."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    env: Env = Env.PRODUCTION
    database_url: SecretStr
    secret_key: SecretStr
    data_keys: SecretList
    public_url: str
    gateway: Gateway = Gateway.TWILIO
    twilio_account_sid: str = ""
    twilio_auth_tokens: SecretList = ()
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr = SecretStr("")
    twilio_messaging_service_sid: str = ""
    twilio_alert_from: str = ""
    twilio_voice_from: str = ""
    twilio_api_base: str = ""
    text_segments_per_second: float = Field(default=10, ge=0)
    page_segments_per_second: float = Field(default=1, ge=0)
    sends_in_flight: int = Field(default=32, ge=1, le=200)
    smtp_url: SecretStr = SecretStr("")
    spool_folder: Path | None = None
    port: int = Field(default=8000, ge=1, le=65535)

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"must have at least {MINIMUM_SECRET_LENGTH} characters")
        return value

    @field_validator("data_keys")
    @classmethod
    def _at_least_one(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value:
            raise ValueError("needs at least one key; make one with `aftercell new-key`")
        return value

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        return _origin(value)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = []
        if self.gateway is Gateway.TWILIO:
            required = ("twilio_account_sid", "twilio_auth_tokens", "twilio_messaging_service_sid")
            problems += [
                f"{PREFIX}{name.upper()} is needed with GATEWAY=twilio" for name in required if not getattr(self, name)
            ]
            if bool(self.twilio_api_key) != bool(self.twilio_api_secret.get_secret_value()):
                problems.append(f"{PREFIX}TWILIO_API_KEY and {PREFIX}TWILIO_API_SECRET go together")
        if self.env is Env.PRODUCTION:
            if self.gateway is Gateway.SIMULATED:
                problems.append(f"{PREFIX}GATEWAY=simulated is for development; nobody would get a text")
            if self.public_url.startswith("http://"):
                problems.append(f"{PREFIX}PUBLIC_URL must begin with https:// in production")
            if self.twilio_api_base:
                problems.append(f"{PREFIX}TWILIO_API_BASE is for tests, not for production")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def production(self) -> bool:
        return self.env is Env.PRODUCTION

    @property
    def hook_tokens(self) -> tuple[str, ...]:
        """What inbound webhooks may be signed with. Simulated phones sign too, with a key only this service knows."""
        if self.gateway is Gateway.SIMULATED:
            return (f"simulated-{self.secret_key.get_secret_value()}",)
        return tuple(token.get_secret_value() for token in self.twilio_auth_tokens)


class _PortOnly(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True)

    port: int = Field(default=8000, ge=1, le=65535)


def read_port() -> int:
    """AFTERCELL_PORT alone: the demo needs no other setting. Raises ConfigurationError."""
    try:
        return _PortOnly().port
    except ValidationError as error:
        raise ConfigurationError("; ".join(_problem(item["loc"], item["msg"]) for item in error.errors())) from None


class SpoolSettings(BaseSettings):
    """All that the fallback needs. `data_keys` are optional: with them what it keeps is encrypted."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    public_url: str
    twilio_auth_tokens: SecretList = Field(min_length=1)
    spool_folder: Path
    data_keys: SecretList = ()

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        return _origin(value)


def read_spool_settings(**overrides: object) -> SpoolSettings:
    """The fallback's settings from the environment. Raises ConfigurationError."""
    try:
        return SpoolSettings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise ConfigurationError("; ".join(_problem(item["loc"], item["msg"]) for item in error.errors())) from None


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment. Raises ConfigurationError that names every variable that is missing or wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise ConfigurationError("; ".join(_problem(item["loc"], item["msg"]) for item in error.errors())) from None
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"a list variable begins with [ but is no JSON: {error}") from None


def _problem(place: tuple[int | str, ...], message: str) -> str:
    if not place:
        return message.removeprefix("Value error, ")
    variable = PREFIX + str(place[0]).upper()
    return (
        f"{variable} is missing"
        if message == "Field required"
        else f"{variable}: {message.removeprefix('Value error, ')}"
    )
