"""Checks that protect patients from content that loads but must not be sent: `lint(catalog)`.

One function per rule; each yields findings that a translator can act on. Errors block; notices are to be known.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.content.catalog import SOURCE, Catalog
from service.content.documents import Document
from service.content.languages import Language
from service.content.render import Moment, Value, fill, format_value
from service.content.texts import Audience, Text, placeholder_problem, placeholders
from service.core.questions import Expects, Question
from service.core.sms import segments

OPT_OUT_WORDS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE".split())
OPT_IN_WORDS = frozenset("START UNSTOP YES".split())
HELP_WORDS = frozenset("HELP INFO".split())
"""What carriers act on by themselves when it is the whole text. Source: the provider's default opt-out filter."""

NO_ROOM_FOR_TEAM = frozenset({"K1", "K3", "D2", "A9"})
QUESTIONS_WITH_EMERGENCY_NUMBER = frozenset(
    {"K1", "K3", "D2", "G1", "A8", "L4", "help_reached", "consent", "caregiver_consent"}
)
"""Source: safety wording rules of the clinical content, "must carry"."""

MAY_NAME_DISEASES = frozenset({"Y3"})
"""A question about what a doctor may have found meanwhile tells nothing about the reader."""

ONLY_YES = frozenset({"A8"})
"""Asks for YES alone: whoever is not well is told to call, not to type."""

PARTS_OF_A_TRANSLATION = 3
"""Parts that a translation may fill for one part of English: 160 letters outside GSM-7 take three parts of 67."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do. `notice`: nothing to correct, but whoever runs the service must know."""

    file: Path
    line: int
    id: str
    problem: str
    remedy: str
    notice: bool = False

    def __str__(self) -> str:
        kind = "notice: " if self.notice else ""
        return f"{self.file}:{self.line}: {self.id}: {kind}{self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in one language, with the place where it is written."""

    id: str
    text: Text
    language: Language
    written: str
    file: Path
    line: int

    @property
    def is_source(self) -> bool:
        return self.language.code == SOURCE

    def names(self, word: str) -> bool:
        """Whether it says a word, whole, in whatever case and digits."""
        return _says(self.written, word)

    def finding(self, problem: str, remedy: str, notice: bool = False) -> Finding:
        return Finding(self.file, self.line, self.id, problem, remedy, notice)


def lint(catalog: Catalog) -> list[Finding]:
    """All findings in all languages, the source first."""
    found: list[Finding] = list(_begun(catalog))
    source = catalog.languages[SOURCE]
    questions = questions_by_text(catalog)
    for language in sorted(catalog.languages.values(), key=lambda one: (one.code != SOURCE, one.code)):
        written = list(wordings(catalog, language))
        if language.code != SOURCE:
            found += _missing(catalog, language)
            found += _strangers(catalog, language)
        for wording in written:
            found += _placeholders(wording)
            found += _numbers_to_call(wording, wording.id in questions)
            found += _segments(wording)
            found += _words_never_said(wording, source)
            found += _kept_words(wording)
            found += [one for question in questions.get(wording.id, ()) for one in _answers(wording, question)]
    return list(dict.fromkeys(found))


def _begun(catalog: Catalog) -> Iterator[Finding]:
    for folder in sorted((catalog.root / "locales").glob("*/LC_MESSAGES")):
        if folder.parent.name not in catalog.languages:
            file = folder.parent / "locale.yaml"
            yield Finding(file, 1, folder.parent.name, "is missing", "copy that of another language and adapt it")


def questions_by_text(catalog: Catalog) -> dict[str, list[Question]]:
    """The questions that ask with a text, by text id."""
    asked: dict[str, list[Question]] = {}
    for protocol in catalog.protocols.values():
        for question in protocol.questions.values():
            for text_id in (*question.text, *filter(None, [question.unclear_number])):
                asked.setdefault(text_id, []).append(question)
    return asked


def wordings(catalog: Catalog, language: Language) -> Iterator[Wording]:
    """Every text of a language that somebody has written, in the order of messages/texts.yaml."""
    path = catalog.root / "messages" / "texts.yaml"
    document = Document.read(path)
    for text_id, text in catalog.texts.items():
        if language.code == SOURCE:
            yield Wording(text_id, text, language, text.english, path, document.line((text_id,)))
            continue
        found = language.translations[text.domain].get(text_id)
        if found and found.text:
            yield Wording(text_id, text, language, found.text, found.file, found.line)


def _missing(catalog: Catalog, language: Language) -> Iterator[Finding]:
    for text_id, text in catalog.texts.items():
        found = language.translations[text.domain].get(text_id)
        if found is None:
            file = language.file.parent / "LC_MESSAGES" / f"{text.domain}.po"
            yield Finding(
                file, 1, text_id, "is not in the file", "update the file from the template, then translate it"
            )
        elif not found.text:
            yield Finding(
                found.file, found.line, text_id, "is not translated", "translate it; until then English is sent"
            )
        elif found.english != text.english:
            remedy = "update the file from the template and check the translation"
            yield Finding(found.file, found.line, text_id, "the English has changed since it was translated", remedy)
        elif found.fuzzy:
            yield Finding(found.file, found.line, text_id, "is marked fuzzy", "check it and take the mark off")
        elif found.text == text.english:
            yield Finding(found.file, found.line, text_id, "is left in English", "translate it")


def _strangers(catalog: Catalog, language: Language) -> Iterator[Finding]:
    for domain, translations in language.translations.items():
        for text_id, found in translations.items():
            text = catalog.texts.get(text_id)
            if text is None or text.domain is not domain:
                yield Finding(found.file, found.line, text_id, "no text has this id", "take the entry out")


def _placeholders(wording: Wording) -> Iterator[Finding]:
    problem = placeholder_problem(wording.written)
    if problem:
        yield wording.finding(problem, "correct the braces")
        return
    wanted, given = Counter(placeholders(wording.text.english)), Counter(placeholders(wording.written))
    for name in sorted((wanted - given) | (given - wanted)):
        problem = f"has {{{name}}} {given[name]} times, the English {wanted[name]} times"
        yield wording.finding(problem, "use each placeholder as often as the English does")


def _numbers_to_call(wording: Wording, is_question: bool) -> Iterator[Finding]:
    if wording.text.audience is Audience.STAFF or (is_question and wording.id not in QUESTIONS_WITH_EMERGENCY_NUMBER):
        return
    given = placeholders(wording.written)
    for name in ("EMERG", "TEAM"):
        if name not in given and not (name == "TEAM" and wording.id in NO_ROOM_FOR_TEAM):
            yield wording.finding(
                f"does not say {{{name}}}", f"add {{{name}}}: a person in danger may read only this text"
            )


def _segments(wording: Wording) -> Iterator[Finding]:
    if placeholder_problem(wording.written):
        return
    cost = segments(fill(wording.written, longest_values(wording.language), wording.language.style))
    most = wording.text.max_segments * (1 if wording.is_source else PARTS_OF_A_TRANSLATION)
    if cost.parts > most:
        problem = (
            f"takes {cost.parts} SMS parts ({cost.units} {cost.encoding} units) with the longest values, at most {most}"
        )
        yield wording.finding(problem, "shorten it")


def longest_values(language: Language) -> dict[str, Value]:
    """The longest fill of every placeholder. Lengths of phones and names are those the texts are planned for."""
    now = datetime(2026, 9, 28, 22, 59, tzinfo=UTC)
    moments = [Moment(now + timedelta(days=days), now.date()) for days in (*range(7), *range(30, 400, 30))]
    return {
        "EMERG": "00000",
        "TEAM": "+1 555 010 0199",
        "CRISIS": "+1 555 010 0199",
        "CLINIC": "Fourteen chars",
        "TIME": max(moments, key=lambda moment: len(format_value(moment, language.style))),
        "N": 60,
        "MINUTES": 1440,
        "CASE": "A" * 12,
        "CODE": "0000",
    }


def _words_never_said(wording: Wording, source: Language) -> Iterator[Finding]:
    if wording.id in MAY_NAME_DISEASES:
        return
    plain = wording.written.casefold()
    for word in dict.fromkeys((*wording.language.never_say, *source.never_say)):
        # In scripts that join articles to words a word may stand inside another; in Latin it begins one.
        start = r"(?<!\w)" if word.isascii() or wording.language.code == SOURCE else ""
        if re.search(start + re.escape(word.casefold()), plain):
            yield wording.finding(f"says {word!r}, which tells a stranger about the patient", "find neutral words")


def _kept_words(wording: Wording) -> Iterator[Finding]:
    if wording.is_source:
        return
    for word in ("STOP", "START"):
        if word in re.findall(r"\w+", wording.text.english) and word not in wording.written:
            yield wording.finding(f"does not say {word}", f"write {word} in Latin letters: carriers know no other word")
    done = wording.language.answers.done
    if _says(wording.text.english, "DONE") and not wording.names(done):
        yield wording.finding(f"does not say {done}", "use the word that locale.yaml gives under answers, done")
    without = wording.language.answers.without
    if re.search(r"\bNONE\b", wording.text.english) and not wording.names(without):
        yield wording.finding(f"does not say {without}", "use the word that locale.yaml gives under answers, none")


def _answers(wording: Wording, question: Question) -> Iterator[Finding]:
    for word in _answer_words(wording, question):
        if not wording.names(word):
            yield wording.finding(f"does not name the answer {word}", "say which answers can be given")
        if word.upper() in OPT_OUT_WORDS:
            yield wording.finding(f"asks for {word}, which carriers take as an opt-out", "ask for another word")
        elif word.upper() in OPT_IN_WORDS:
            problem = f"asks for {word}, which carriers may take as an opt-in and answer by themselves"
            yield wording.finding(problem, "harmless, but let the provider switch its own reply off", notice=True)
        elif word.upper() in HELP_WORDS:
            yield wording.finding(f"asks for {word}, which carriers answer by themselves", "ask for another word")


def _answer_words(wording: Wording, question: Question) -> Iterable[str]:
    answers = wording.language.answers
    match question.expects:
        case Expects.YES_NO if wording.id in ONLY_YES:
            return (answers.yes,)
        case Expects.YES_NO:
            return answers.yes, answers.no
        case Expects.PRESSURE:
            return (answers.no,)
        case Expects.NUMBER | Expects.NUMBERS:
            return question.answers
    return ()


def _says(written: str, word: str) -> bool:
    """Whether a word stands there as a whole; a number in the digits of any script, as its readers write it."""
    plain = "".join(str(unicodedata.decimal(char, char)) for char in written.casefold())
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain) is not None
