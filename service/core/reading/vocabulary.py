"""Which of the words that the lexicons know a typed word can be: itself, an inflection, a misspelling."""

from collections import defaultdict
from collections.abc import Iterable

import ahocorasick
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from service.core.reading.lexicon import Traits
from service.core.reading.pattern import Atom, AtomKind
from service.core.reading.text import Kind, Token, collapsed

_CACHE_SIZE = 50_000
_SHORTEST_GUESS = 4
_LONGEST_WORD = 40


class Vocabulary:
    """Interns atoms while lexicons are compiled, then answers which atoms a token can be.

    Atoms are numbers. Each belongs to the languages that use it (a bit each); misspellings are only looked for in the
    languages that are named, among words entered for that.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[AtomKind, str, str], int] = {}
        self.languages: list[int] = []
        self._words: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._stems: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._middles: dict[str, int] = {}
        self._middle_finder: ahocorasick.Automaton | None = None
        self._prefixes: list[tuple[str, int]] = []
        self._denying: list[tuple[str, str, int]] = []
        self._guess_words: dict[tuple[int, str], set[str]] = defaultdict(set)
        self._guess_stems: dict[tuple[int, str, int], set[str]] = defaultdict(set)
        self._common: dict[int, frozenset[str]] = {}
        self._implied: dict[int, tuple[int, ...]] = {}
        self._longest_stem = 0
        self._cache: dict[tuple[str, str, int], tuple[int, ...]] = {}

    def atom(self, atom: Atom, language: int, *, accents_matter: bool = False, guess_from: int = 99) -> int:
        """The number of an atom, entered for `language` (a bit); misspellings find it from `guess_from` letters."""
        exact = atom.exact if accents_matter and atom.kind is AtomKind.WORD else ""
        text = f"{language}:{atom.text}" if atom.kind is AtomKind.CLASS else atom.text
        key = (atom.kind, text, exact)
        number = self._ids.get(key)
        if number is None:
            number = self._new(key)
        self.languages[number] |= language
        if len(atom.text) >= guess_from:
            self._make_guessable(atom, language)
        return number

    def _new(self, key: tuple[AtomKind, str, str]) -> int:
        number = self._ids[key] = len(self.languages)
        self.languages.append(0)
        kind, text, exact = key
        if kind is AtomKind.WORD:
            self._words[text].append((number, exact))
        elif kind is AtomKind.STEM:
            self._stems[text] = number
            self._longest_stem = max(self._longest_stem, len(text))
        elif kind is AtomKind.END:
            self._ends[text] = number
        elif kind is AtomKind.MID:
            self._middles[text] = number
        return number

    def _make_guessable(self, atom: Atom, language: int) -> None:
        if atom.kind is AtomKind.WORD:
            self._guess_words[language, atom.text[0]].add(atom.text)
        elif atom.kind is AtomKind.STEM:
            self._guess_stems[language, atom.text[0], len(atom.text)].add(atom.text)

    def add_traits(self, traits: Traits, language: int) -> None:
        """Enter how a language writes words together."""
        self._prefixes += [(prefix, language) for prefix in sorted(traits.prefixes, key=len, reverse=True)]
        self._denying += [(start, end, language) for start, end in traits.denying_affixes]

    def add_common(self, words: frozenset[str], language: int) -> None:
        """Enter frequent words (plain forms): what is spelt like one is no misspelling."""
        self._common[language] = words

    def imply(self, atom: int, others: Iterable[int]) -> None:
        """Whatever is `atom` is also each of `others` (word classes)."""
        self._implied[atom] = tuple(dict.fromkeys((*self._implied.get(atom, ()), *others)))

    def with_implied(self, atoms: Iterable[int]) -> tuple[int, ...]:
        """The atoms and all that they imply."""
        found = dict.fromkeys(atoms)
        waiting = list(found)
        while waiting:
            for other in self._implied.get(waiting.pop(), ()):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return tuple(found)

    def close(self) -> None:
        """All words are in: build what needs to know them all."""
        if self._middles:
            self._middle_finder = ahocorasick.Automaton()
            for text, number in self._middles.items():
                self._middle_finder.add_word(text, number)
            self._middle_finder.make_automaton()

    def atoms_of(self, token: Token, guess_in: int) -> tuple[int, ...]:
        """What a token can be, everything implied included. Guesses only where languages `guess_in` do not know it."""
        key = (token.plain, token.exact, guess_in)
        known = self._cache.get(key)
        if known is None:
            known = self.with_implied(self._look_up(token, guess_in))
            if len(self._cache) < _CACHE_SIZE:
                self._cache[key] = known
        return known

    def joined(self, plain: str, exact: str) -> tuple[int, ...]:
        """What a form can be as it is spelt, of one token or of several written together."""
        return self.with_implied(self._known(plain, exact, plain == exact))

    def denied_by_form(self, token: Token) -> bool:
        """True for a known word inside a negating pair of affixes, such as the Egyptian ma-...-sh."""
        return any(True for _ in self._inside_denial(token.plain))

    def _look_up(self, token: Token, guess_in: int) -> list[int]:
        plain, exact = token.plain, token.exact
        found = self._known(plain, exact, plain == exact)
        if token.kind is not Kind.WORD or len(plain) > _LONGEST_WORD:
            return found
        if any(self.languages[number] & guess_in for number in found):
            return found
        for form in collapsed(plain):
            found += self._known(form, form, True)
        if any(self.languages[number] & guess_in for number in found):
            return found
        found += self._after_prefix(plain)
        found += [number for inner in self._inside_denial(plain) for number in self._known(inner, inner, True)]
        if not any(self.languages[number] & guess_in for number in found) and not self._is_common(plain, guess_in):
            found += self._guessed(plain, guess_in)
        return found

    def _is_common(self, plain: str, guess_in: int) -> bool:
        return any(plain in self._common.get(language, ()) for language in _bits(guess_in))

    def _known(self, plain: str, exact: str, bare: bool) -> list[int]:
        found = [number for number, wanted in self._words.get(plain, ()) if not wanted or bare or wanted == exact]
        for length in range(2, min(len(plain), self._longest_stem) + 1):
            number = self._stems.get(plain[:length])
            if number is not None:
                found.append(number)
        if self._ends:
            found += [self._ends[plain[at:]] for at in range(len(plain) - 1) if plain[at:] in self._ends]
        if self._middle_finder is not None and len(plain) > 3:
            found += [number for _, number in self._middle_finder.iter(plain)]
        return found

    def _after_prefix(self, plain: str) -> list[int]:
        found: list[int] = []
        for prefix, language in self._prefixes:
            rest = plain[len(prefix) :]
            if len(rest) > 2 and plain.startswith(prefix):
                found += [number for number in self._known(rest, rest, True) if self.languages[number] & language]
        return found

    def _inside_denial(self, plain: str) -> Iterable[str]:
        for start, end, language in self._denying:
            inner = plain[len(start) : len(plain) - len(end)]
            if len(inner) < 3 or not (plain.startswith(start) and plain.endswith(end)):
                continue
            if any(self.languages[number] & language for number in self._known(inner, inner, True)):
                yield inner

    def _guessed(self, plain: str, guess_in: int) -> list[int]:
        """The nearest known words: one slip in a short word, two in a long one; the first letter is trusted."""
        if len(plain) < _SHORTEST_GUESS:
            return []
        slips = 1 if len(plain) < 8 else 2
        best: dict[str, int] = {}
        for language in _bits(guess_in):
            words = self._guess_words.get((language, plain[0]), ())
            for word, distance, _ in extract(plain, words, scorer=OSA.distance, score_cutoff=slips, limit=3):
                if len(word) > _SHORTEST_GUESS:
                    best[word] = min(best.get(word, 9), int(distance))
        nearest = min(best.values(), default=9)
        found = [
            number for word, distance in best.items() if distance == nearest for number in self._known(word, word, True)
        ]
        if nearest > 1:
            found += self._guessed_stems(plain, guess_in)
        return found

    def _guessed_stems(self, plain: str, guess_in: int) -> list[int]:
        found: list[int] = []
        for language in _bits(guess_in):
            for length in range(5, len(plain) + 1):
                stems = self._guess_stems.get((language, plain[0], length))
                if not stems:
                    continue
                for offset in (0, 1, -1):
                    start = plain[: length + offset]
                    near = extract(start, stems, scorer=OSA.distance, score_cutoff=1, limit=2)
                    found += [self._stems[stem] for stem, _, _ in near]
        return list(dict.fromkeys(found))


def _bits(mask: int) -> Iterable[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
