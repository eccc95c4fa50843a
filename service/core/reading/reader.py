"""A patient's text in, a reading out. Pure and total: any string gives a reading, none raises."""

from collections.abc import Sequence

from service.core.reading.answer import read_answer
from service.core.reading.assertion import assert_findings
from service.core.reading.intents import read_intents
from service.core.reading.lexicon import Cue, Lexicon, Traits
from service.core.reading.matcher import Matcher
from service.core.reading.model import Context, Evidence, Finding, Intent, Reading
from service.core.reading.numbers import Number, NumberReader
from service.core.reading.scene import Scene, stage
from service.core.reading.spoken import spoken_matches
from service.core.reading.temperature import FEVER_C, read_temperature
from service.core.reading.tongues import Tongues
from service.core.reading.understood import explained_places, is_garbled, understood_share
from service.core.reading.vitals import vital_findings

_FALLBACK = "en"
_LONGEST = 4000


class Reader:
    """Reads replies in every language it was given. Compile once, share freely: reading changes nothing but caches."""

    def __init__(self, lexicons: Sequence[Lexicon]) -> None:
        if not lexicons:
            raise ValueError("a reader needs at least one lexicon")
        self._matcher = Matcher(lexicons)
        self._tongues = Tongues(lexicons, self._matcher.normaliser)
        self._traits = {self._matcher.languages[lexicon.language]: lexicon.traits for lexicon in lexicons}
        self._names = {bit: name for name, bit in self._matcher.languages.items()}
        self._first = lexicons[0].language

    def read(self, text: str, *, language: str, context: Context) -> Reading:
        """What the text says. `language` is the enrolled locale; other languages are heard too."""
        text = text[:_LONGEST]
        tokens = self._matcher.normaliser.tokens(text)
        enrolled = self._matcher.languages[self.nearest(language)]
        english = self._matcher.languages.get(_FALLBACK, enrolled)
        guess_in = enrolled | english if text.isascii() else self._all()
        found = self._matcher.find(tokens, guess_in)
        matches, order = spoken_matches(found, tokens, enrolled, english)
        tail = text[tokens[-1].end :].replace("？", "?").replace("؟", "?") if tokens else text
        scene = stage(matches, tokens, tail)
        numbers = self._numbers(scene, order or [enrolled], context)
        temperature = read_temperature(numbers, scene, context)
        normal = temperature.celsius is not None and temperature.celsius < FEVER_C
        findings = assert_findings(scene, self._matcher, text, measured_normal=normal)
        findings += vital_findings(numbers, temperature, scene, text)
        understood = understood_share(matches, numbers, tokens)
        answer = read_answer(scene, findings, understood, explained_places(matches, numbers), context)
        measured = temperature.celsius is not None
        chief, intents = read_intents(scene, findings, answer, measured, context)
        garbled = not measured and is_garbled(scene, matches, numbers, self._matcher)
        if garbled and chief in (Intent.ANSWER, Intent.REPORT):
            chief = Intent.OTHER
        read_in = self._names[order[0]] if order else self.nearest(language)
        wants_language = Intent.LANGUAGE in intents
        return Reading(
            text=text,
            language=language,
            context=context,
            intent=chief,
            intents=intents,
            answer=answer,
            temperature_c=temperature.celsius,
            implausible_temperature=temperature.implausible,
            not_measured=not measured and scene.has(Cue.NOT_MEASURED),
            numbers=_bare_numbers(numbers),
            findings=tuple(findings),
            understood=understood,
            garbled=garbled,
            read_in=read_in,
            language_wanted=self._tongues.wanted(scene, language, read_in) if wants_language else None,
            evidence=_evidence(findings),
        )

    def nearest(self, language: str) -> str:
        """The lexicon for a locale id: itself, else one of the same language, else English."""
        known = self._matcher.languages
        wanted = language.replace("-", "_")
        if wanted in known:
            return wanted
        base = wanted.split("_")[0].lower()
        same = [name for name in known if name.split("_")[0].lower() == base]
        return same[0] if same else _FALLBACK if _FALLBACK in known else self._first

    def _all(self) -> int:
        return (1 << len(self._names)) - 1

    def _numbers(self, scene: Scene, order: Sequence[int], context: Context) -> list[Number]:
        traits: list[Traits] = [self._traits[bit] for bit in order]
        reader = NumberReader(
            scene,
            add_units=traits[0].tens_and_units_add,
            thirty_dropped=any(trait.thirty_is_dropped for trait in traits),
            choosing=context is Context.CHOICE,
        )
        return reader.read()


def _bare_numbers(numbers: Sequence[Number]) -> tuple[int, ...]:
    return tuple(number.whole for number in numbers if number.tenths is None and not number.is_pair)


def _evidence(findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(finding.evidence for finding in findings if finding.evidence is not None))
