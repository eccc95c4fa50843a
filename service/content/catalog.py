"""All content, loaded and cross-checked once: protocols, texts and languages. Wrong content stops the start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from service.content.documents import Document, Place
from service.content.languages import Language, read_language
from service.content.render import Value, fill
from service.content.selftest_key import selftest_key
from service.content.texts import Audience, Domain, Text, read_texts
from service.core.content_model import Who
from service.core.protocol import Protocol
from service.core.selftest import Key
from service.core.triage import SAY_NOTHING
from service.errors import BadInput, ContentError, NotFound

SOURCE = "en"
"""The language that messages/ is written in, and the fallback."""

VERSION_LENGTH = 12

SERVICE_TEXTS = frozenset(
    """
    welcome caregiver_welcome declined resumed language_changed language_unavailable wrong_number unknown_number
    no_words ask_again checkin_opening merged_opening paused back_home A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11
    page page_test page_again page_acknowledged page_recorded page_unknown_code page_already_taken page_expired
    page_email_subject page_email_body staff_help
    voice_page voice_press_1 voice_unanswered voice_taken voice_taken_by_other voice_closed
    """.split()
)
"""Texts that the service sends of its own accord, whatever a protocol says."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text ready to be sent. `language` is the one really used; `fallback`: it is not the one asked for. `version` is
    a short digest of the content it comes from."""

    text: str
    text_id: str
    language: str
    version: str
    fallback: bool


@dataclass(frozen=True)
class Catalog:
    """`protocols` by key (`id@version`), `languages` by code, `texts` by id."""

    protocols: Mapping[str, Protocol]
    languages: Mapping[str, Language]
    texts: Mapping[str, Text]
    root: Path

    def protocol(self, protocol_id: str, version: int | None = None) -> Protocol:
        """One version of a protocol, the latest by default. Raises NotFound that lists what there is."""
        found = [
            protocol
            for protocol in self.protocols.values()
            if protocol.id == protocol_id and version in (None, protocol.version)
        ]
        if not found:
            wanted = protocol_id if version is None else f"{protocol_id}@{version}"
            raise NotFound(f"no protocol {wanted}; there are {', '.join(sorted(self.protocols))}")
        return max(found, key=lambda protocol: protocol.version)

    def language(self, tag: str) -> Language:
        """The language for a tag such as `es`, `es-MX`, `pt` or `zh-Hans`. Raises BadInput that lists the choices."""
        found = self._match(tag)
        if found is None:
            raise BadInput("language", f"{tag!r} is not one of {', '.join(sorted(self.languages))}")
        return found

    @property
    def done_words(self) -> frozenset[str]:
        """The words, case-folded, by which staff of any language say that an alert is dealt with."""
        return frozenset(language.answers.done.casefold() for language in self.languages.values())

    def selftest_key(self, language: str, text_id: str, today: date) -> Key:
        """The right answers of an item of the self-test, for one language on one day."""
        source = self.languages[SOURCE]
        return selftest_key(self._match(language) or source, text_id, today, source.selftest_places.beside)

    def version(self, language: str, domain: Domain = Domain.PATIENT) -> str:
        """Short digest of everything that can be sent in this language."""
        return self.language(language).digests[domain][:VERSION_LENGTH]

    def render(self, text_id: str, language: str, values: Mapping[str, Value]) -> Rendered:
        """A text in a language with its values filled in.

        English where the language or the wording is not there: a safety text in the wrong language is better than none.
        Raises ContentError when the text is unknown or a value that it needs is not given; values it does not need are
        ignored.
        """
        text = self.texts.get(text_id)
        if text is None:
            raise ContentError(f"there is no text {text_id!r} in messages/texts.yaml")
        wanted = self._match(language)
        wording = wanted.translation(text_id, text) if wanted else None
        used = wanted if wanted and wording else self.languages[SOURCE]
        try:
            filled = fill(wording or text.english, values, used.style)
        except KeyError as error:
            raise ContentError(f"text {text_id} needs a value for {{{error.args[0]}}}") from error
        return Rendered(filled, text_id, used.code, used.digests[text.domain][:VERSION_LENGTH], not wording)

    def _match(self, tag: str) -> Language | None:
        """The exact code; else `es_MX` is served by `es`, and a bare `pt` or `zh` by the one kind that there is."""
        wanted = tag.strip().replace("-", "_").lower()
        base = wanted.split("_")[0]
        codes = {code.lower(): code for code in self.languages}
        kin = [code for code in codes if code.split("_")[0] == wanted]
        code = codes.get(wanted) or codes.get(base) or (codes[kin[0]] if len(kin) == 1 else None)
        return self.languages[code] if code else None


def load_catalog(root: Path) -> Catalog:
    """Read messages/ and locales/ under `root` and check that they fit together.

    Raises ContentError that names the file, the line and what to do.
    """
    texts_file = Document.read(root / "messages" / "texts.yaml")
    texts = read_texts(texts_file)
    missing = sorted(SERVICE_TEXTS - set(texts))
    if missing:
        raise ContentError(f"{texts_file.path}: the service sends {', '.join(missing)}; add the text")
    protocols: dict[str, Protocol] = {}
    for path in sorted((root / "messages" / "protocols").rglob("*.yaml")):
        document = Document.read(path)
        protocol = document.parse(Protocol)
        if protocol.key in protocols:
            raise document.error(("version",), f"{protocol.key} is there already; give the new file a higher version")
        for place, problem in _text_problems(protocol, texts):
            raise document.error(place, problem)
        protocols[protocol.key] = protocol
    # A folder without locale.yaml is a language that can be read and not yet be written; lint names those begun.
    folders = sorted(path.parent for path in (root / "locales").glob("*/locale.yaml"))
    languages = {folder.name: read_language(folder, texts, SOURCE) for folder in folders}
    if SOURCE not in languages:
        raise ContentError(f"{root / 'locales'}: the folder {SOURCE} is missing; it says how English is written")
    return Catalog(protocols, languages, texts, root)


def _text_problems(protocol: Protocol, texts: Mapping[str, Text]) -> Iterator[tuple[Place, str]]:
    """Where a protocol names a text that is not there, or one that is meant for somebody else."""
    named: list[tuple[Place, str]] = [
        (("questions", name, "text"), text_id)
        for name, question in protocol.questions.items()
        for text_id in (*question.text, *filter(None, [question.unclear_number]))
    ]
    named += [
        (("reminders", number, "remind"), plan.remind) for number, plan in enumerate(protocol.reminders) if plan.remind
    ]
    named += [(("advice", level), text_id) for level, text_id in protocol.advice.items()]
    named += [
        (("rules", number, "advice"), text_id)
        for number, rule in enumerate(protocol.rules)
        for text_id in rule.advice.values()
        if text_id != SAY_NOTHING
    ]
    for place, text_id in named:
        if text_id not in texts:
            yield place, f"there is no text {text_id!r} in messages/texts.yaml; add it or correct the name"
        elif texts[text_id].audience is Audience.STAFF:
            yield place, f"text {text_id} is for staff and can not be sent to a patient"
    for phase_number, phase in enumerate(protocol.phases):
        for plan_number, plan in enumerate(phase.checkins):
            for name in plan.ask:
                audience = texts[protocol.questions[name].text[0]].audience
                if (plan.who is Who.CAREGIVER) != (audience is Audience.CAREGIVER):
                    place = ("phases", phase_number, "checkins", plan_number)
                    yield (
                        place,
                        f"check-in {plan.id} asks the {plan.who} the question {name}, worded for the {audience}",
                    )
