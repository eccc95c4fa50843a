"""A language folder under locales/: how the language is written, its translations, and whether a clinician signed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from enum import StrEnum
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import PoFileError, read_po
from pydantic import Field

from service.content.documents import Document
from service.content.render import Digits, Direction, Moments, Style
from service.content.texts import Domain, Text
from service.core.content_model import Strict
from service.core.places import PlaceWords
from service.errors import ContentError


class ReviewState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"


class Review(Strict):
    """A clinician's signature over the digest of the texts as they were on that day."""

    state: ReviewState
    reviewer: str | None = None
    date: Day | None = None
    digest: str | None = None


class Answers(Strict):
    """The words that the texts ask for: yes and no of patients, "dealt with" of staff, and `none` of whoever
    has no thermometer, where that is not the same as no."""

    yes: str
    no: str
    done: str
    none: str | None = None

    @property
    def without(self) -> str:
        """What somebody answers who does not have the thing asked for."""
        return self.none or self.no


class Voice(Strict):
    """Who reads this language out on the phone, as Twilio's <Say> calls them.

    `name` is needed where Twilio has no voice of its own for the language (Arabic, Tagalog, Vietnamese and Chinese are
    read by Google's and Amazon's); a name that does not fit its language makes the call silent.
    """

    language: str = Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")
    name: str | None = None


SelfTestWords = Mapping[str, tuple[tuple[str, ...], ...]]
"""The answers that count in the self-test: for each text the things asked for, for each thing its right words."""


class LocaleFile(Strict):
    """locales/<lang>/locale.yaml. `moments`: how times and days are written. `never_say`: words that would tell a
    stranger what the patient has or gets.

    `selftest`: by text id the words that are right. The year and the countdown need none; `selftest_months` adds to
    the calendar's names of the twelve months those that people use besides; `selftest_places` says how people speak of
    the city and the hospital that they are in. Without `voice` English is spoken.
    """

    name: str
    own_name: str
    direction: Direction
    digits: Digits
    moments: Moments = Moments()
    answers: Answers
    voice: Voice | None = None
    never_say: tuple[str, ...] = ()
    selftest: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    selftest_months: tuple[tuple[str, ...], ...] = Field(default=(), max_length=12)
    selftest_places: PlaceWords = PlaceWords()
    review: Review


@dataclass(frozen=True, slots=True)
class Translation:
    """One entry of a PO file, as it stands there. `english` is what was translated, which may be outdated by now."""

    english: str
    text: str
    fuzzy: bool
    file: Path
    line: int

    def serves(self, text: Text) -> bool:
        """Whether it may be sent for `text`: there, not in doubt, and made from the English of today."""
        return bool(self.text) and not self.fuzzy and self.english == text.english


@dataclass(frozen=True, slots=True)
class Language:
    """A language that people can be texted in. `digest` covers everything patients and caregivers are sent."""

    code: str
    name: str
    own_name: str
    direction: Direction
    answers: Answers
    voice: Voice | None
    never_say: tuple[str, ...]
    selftest: SelfTestWords
    selftest_months: tuple[tuple[str, ...], ...]
    selftest_places: PlaceWords
    review: Review
    style: Style
    file: Path
    translations: Mapping[Domain, Mapping[str, Translation]] = field(repr=False)
    digests: Mapping[Domain, str] = field(repr=False)

    @property
    def digest(self) -> str:
        return self.digests[Domain.PATIENT]

    def translation(self, text_id: str, text: Text) -> str | None:
        """The wording in this language, or None where there is none that may be sent."""
        found = self.translations[text.domain].get(text_id)
        return found.text if found and found.serves(text) else None


def read_language(folder: Path, texts: Mapping[str, Text], source: str) -> Language:
    """The language of one folder. `source` is the code of the language that messages/ is written in: it needs no PO.

    Raises ContentError for a missing PO or a wrong file. An untranslated text falls back, and lint says so.
    """
    path = folder / "locale.yaml"
    file = Document.read(path).parse(LocaleFile)
    code = folder.name
    if code == source and file.voice is None:
        raise ContentError(f"{path}: voice is missing; it reads out what no other voice can")
    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ContentError(f"{folder}: {code!r} is no locale code; name the folder like pt_BR or zh_Hans") from error
    translations: dict[Domain, dict[str, Translation]] = {}
    for domain in Domain:
        translations[domain] = {} if code == source else _read_po(folder / "LC_MESSAGES" / f"{domain}.po", locale)
    if code == source:
        for text_id, text in texts.items():
            translations[text.domain][text_id] = Translation(text.english, text.english, False, path, 1)
    return Language(
        code=code,
        name=file.name,
        own_name=file.own_name,
        direction=file.direction,
        answers=file.answers,
        voice=file.voice,
        never_say=file.never_say,
        selftest=file.selftest,
        selftest_months=file.selftest_months,
        selftest_places=file.selftest_places,
        review=file.review,
        style=Style(locale, file.direction, file.digits, file.moments),
        file=path,
        translations=translations,
        digests={domain: _digest(texts, translations[domain], domain) for domain in Domain},
    )


def _read_po(path: Path, locale: Locale) -> dict[str, Translation]:
    try:
        with path.open("rb") as handle:
            catalog = read_po(handle, locale=locale, ignore_obsolete=True, abort_invalid=True)
    except OSError as error:
        raise ContentError(
            f"{path}: cannot be read ({error.strerror}); make it with: "
            f"pybabel init -i locales/{path.stem}.pot -D {path.stem} -d locales -l {locale}"
        ) from error
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise ContentError(f"{path}: not a valid PO file: {error}") from error
    return {
        message.context: Translation(
            english=str(message.id),
            text=str(message.string or ""),
            fuzzy=message.fuzzy,
            file=path,
            line=message.lineno or 1,
        )
        for message in catalog
        if message.id and message.context
    }


def _digest(texts: Mapping[str, Text], translations: Mapping[str, Translation], domain: Domain) -> str:
    """One SHA-256 over what would be sent, text by text; a wording that may not be sent counts as absent."""
    parts = [
        (text_id, text.english, translations[text_id].text if _usable(translations, text_id, text) else "")
        for text_id, text in sorted(texts.items())
        if text.domain is domain
    ]
    return digest_of("\x1f".join(part) for part in parts)


def _usable(translations: Mapping[str, Translation], text_id: str, text: Text) -> bool:
    return text_id in translations and translations[text_id].serves(text)


def digest_of(lines: Iterable[str]) -> str:
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()
