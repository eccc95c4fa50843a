"""Finds every phrase of every lexicon in one pass over the tokens.

All patterns of all languages lie in one tree whose edges are atoms. A walk holds the partial matches alive at each
token, lets small words be skipped, and allows a gap where the pattern does.
"""

import re
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from typing import NamedTuple

from service.core.reading.lexicon import Cue, Lexicon, Phrase
from service.core.reading.pattern import Atom, AtomKind, Element, PatternError, Sequence, parse
from service.core.reading.text import Break, Kind, Normaliser, Token
from service.core.reading.vocabulary import Vocabulary

_CLASS = re.compile(r"(\{[^}]*\})")
_SMALL_WORDS = 4
_GAP = 6  # a word costs two, a character of an unspaced script one
_GUESSED_SYMPTOM, _GUESSED_CLASS, _GUESSED_CUE, _NOT_GUESSED = 4, 5, 6, 99  # from so many letters
_LONGEST_JOIN = 4
_MOST_STATES = 300
_LONGEST_TEXT = 400

# These may stand between the words of any phrase; a denial there denies it ("my throat does not hurt").
_MAY_STAND_BETWEEN = frozenset({Cue.SMALL, Cue.DENY_BEFORE, Cue.DENY_EITHER, Cue.WITHOUT})
_NEVER_GUESSED = frozenset(
    {Cue.YES, Cue.NO, Cue.DENY_BEFORE, Cue.DENY_AFTER, Cue.DENY_EITHER, Cue.WITHOUT, Cue.NO_DENIAL, Cue.STOP,
     Cue.STOP_ALONE, Cue.OVER, Cue.NOTHING, Cue.START_ALONE, Cue.HELP_ALONE, Cue.IF, Cue.IF_ASKING}
)  # fmt: skip


class Match(NamedTuple):
    """A phrase found: the tokens that said it (not those in its gaps), and the bit of its language."""

    phrase: Phrase
    language: int
    tokens: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.tokens[0]

    @property
    def last(self) -> int:
        return self.tokens[-1]


class _Goal(NamedTuple):
    phrase: Phrase
    language: int
    at_start: bool
    at_end: bool


class _Node:
    __slots__ = ("follows", "gaps", "goals", "inner", "tight")

    def __init__(self) -> None:
        # Most nodes are leaves: they share empty branches until they get their own.
        self.follows: dict[int, _Node] = _NO_BRANCH
        self.tight: dict[int, _Node] = _NO_BRANCH
        self.gaps: dict[int, _Node] = _NO_BRANCH
        self.goals: tuple[_Goal, ...] = ()
        self.inner: tuple[int, ...] = ()

    def child(self, atom: int, element: Element) -> "_Node":
        """The node that `element`, known as `atom`, leads to; made if there is none."""
        if element.after_gap:
            branch = self.gaps = self.gaps or {}
        elif element.tight:
            branch = self.tight = self.tight or {}
        else:
            branch = self.follows = self.follows or {}
        node = branch.get(atom)
        if node is None:
            node = branch[atom] = _Node()
        return node


_NO_BRANCH: dict[int, _Node] = {}


class _State(NamedTuple):
    node: _Node
    tokens: tuple[int, ...]
    small_left: int = _SMALL_WORDS
    gap_left: int = _GAP
    fresh: bool = True
    strange: bool = False


@dataclass(slots=True)
class _Lattice:
    """Per token: edges (end, atoms) and the ends of small words that start there."""

    edges: list[list[tuple[int, tuple[int, ...]]]]
    small_ends: list[list[int]] = field(default_factory=list)


class Matcher:
    """Compiled lexicons. `languages` maps a language to its bit."""

    def __init__(self, lexicons: Seq[Lexicon]) -> None:
        self.normaliser = Normaliser(pair for lexicon in lexicons for pair in lexicon.traits.equal_letters)
        self.languages = {lexicon.language: 1 << place for place, lexicon in enumerate(lexicons)}
        self._vocabulary = Vocabulary()
        self._root = _Node()
        self._inner = _Node()
        self._small: set[int] = set()
        self._alternations: dict[tuple[int, ...], int] = {}
        for lexicon in lexicons:
            self._add(lexicon)
        self._vocabulary.close()

    def find(self, tokens: Seq[Token], guess_in: int) -> list[Match]:
        """Every occurrence of every phrase; misspellings are tried in the languages `guess_in`."""
        tokens = tokens[:_LONGEST_TEXT]
        lattice = self._lattice(tokens, guess_in)
        found: dict[tuple[int, tuple[int, ...]], Match] = {}
        waiting: list[list[_State]] = [[] for _ in range(len(tokens) + _LONGEST_JOIN + 1)]
        root = _State(self._root, ())
        for place, token in enumerate(tokens):
            states = self._alive(waiting[place], token)
            for end, atoms in lattice.edges[place]:
                self._advance(root, place, end, atoms, waiting, found, tokens)
                for state in states:
                    self._advance(state, place, end, atoms, waiting, found, tokens)
            for state in states:
                self._skip(state, place, token, lattice.small_ends[place], waiting)
            waiting[place] = []
        return list(found.values())

    def knows(self, token: Token) -> bool:
        """True when the token is spelt as some lexicon spells a word."""
        return bool(self._vocabulary.joined(token.plain, token.exact))

    def denied_by_form(self, token: Token) -> bool:
        """See Vocabulary.denied_by_form."""
        return self._vocabulary.denied_by_form(token)

    @staticmethod
    def _alive(states: list[_State], token: Token) -> list[_State]:
        if token.gap is Break.STOP:
            return []
        if token.gap is Break.COMMA:
            return [
                _State(state.node, state.tokens, state.small_left, max(state.gap_left - 2, 0), False, state.strange)
                for state in states
                if state.fresh or state.gap_left >= 2
            ]
        return states[:_MOST_STATES]

    @staticmethod
    def _advance(
        state: _State,
        place: int,
        end: int,
        atoms: tuple[int, ...],
        waiting: list[list[_State]],
        found: dict[tuple[int, tuple[int, ...]], Match],
        tokens: Seq[Token],
    ) -> None:
        node = state.node
        said: tuple[int, ...] | None = None
        for branch, usable in ((node.follows, not state.strange), (node.tight, state.fresh), (node.gaps, True)):
            if not branch or not usable:
                continue
            for atom in atoms:
                child = branch.get(atom)
                if child is None:
                    continue
                said = said or (*state.tokens, *range(place, end))
                for goal in child.goals:
                    if _anchored(goal, said, tokens):
                        found.setdefault((id(goal.phrase), said), Match(goal.phrase, goal.language, said))
                if child.follows or child.tight or child.gaps:
                    waiting[end].append(_State(child, said))

    @staticmethod
    def _skip(state: _State, place: int, token: Token, small_ends: list[int], waiting: list[list[_State]]) -> None:
        if small_ends and state.small_left > 0:
            for end in small_ends:
                waiting[end].append(
                    _State(state.node, state.tokens, state.small_left - 1, state.gap_left, False, state.strange)
                )
        gap_left = state.gap_left - (1 if token.kind is Kind.CHAR else 2)
        if state.node.gaps and gap_left >= 0 and not (state.small_left > 0 and place + 1 in small_ends):
            waiting[place + 1].append(_State(state.node, state.tokens, state.small_left, gap_left, False, True))

    def _lattice(self, tokens: Seq[Token], guess_in: int) -> _Lattice:
        edges: list[list[tuple[int, tuple[int, ...]]]] = []
        for place, token in enumerate(tokens):
            here = [(place + 1, self._vocabulary.atoms_of(token, guess_in))]
            plain, exact, end = token.plain, token.exact, place + 1
            while (
                end < len(tokens) and end - place < _LONGEST_JOIN and tokens[end].glued and token.kind is not Kind.CHAR
            ):
                plain, exact, end = plain + tokens[end].plain, exact + tokens[end].exact, end + 1
                atoms = self._vocabulary.joined(plain, exact)
                if atoms:
                    here.append((end, atoms))
            edges.append([edge for edge in here if edge[1]])
        self._add_classes(edges)
        return _Lattice(edges, [self._small_ends(here) for here in edges])

    def _small_ends(self, edges: list[tuple[int, tuple[int, ...]]]) -> list[int]:
        return list(dict.fromkeys(end for end, atoms in edges if not self._small.isdisjoint(atoms)))

    def _add_classes(self, edges: list[list[tuple[int, tuple[int, ...]]]]) -> None:
        """Entries of several words become one edge that carries their word class."""
        for place in range(len(edges)):
            reached: dict[int, set[int]] = {}
            walk = [(place, self._inner)]
            while walk:
                at, node = walk.pop()
                if at >= len(edges):
                    continue
                for end, atoms in edges[at]:
                    for branch in (node.follows, node.tight):
                        for atom in atoms:
                            child = branch.get(atom)
                            if child is None:
                                continue
                            if child.inner:
                                reached.setdefault(end, set()).update(child.inner)
                            if child.follows or child.tight:
                                walk.append((end, child))
            edges[place] += [(end, self._vocabulary.with_implied(inner)) for end, inner in reached.items()]

    # Compiling

    def _add(self, lexicon: Lexicon) -> None:
        language = self.languages[lexicon.language]
        self._vocabulary.add_traits(lexicon.traits, language)
        self._vocabulary.add_common(lexicon.common, language)
        for name, entries in lexicon.classes.items():
            number = self._vocabulary.atom(Atom(AtomKind.CLASS, name), language)
            for entry in entries:
                self._add_inner(entry, number, lexicon, language)
        for phrase in lexicon.phrases:
            if phrase.cue in _MAY_STAND_BETWEEN:
                self._add_small(phrase, lexicon, language)
            guess_from = _guess_from(phrase)
            for sequence in _parsed(phrase.pattern, lexicon, self.normaliser):
                self._add_goal(sequence, phrase, lexicon, language, guess_from)

    def _add_inner(self, entry: str, class_atom: int, lexicon: Lexicon, language: int) -> None:
        for sequence in _parsed(entry, lexicon, self.normaliser):
            if len(sequence.elements) == 1:
                for atom in sequence.elements[0].choices:
                    number = self._vocabulary.atom(
                        atom, language, accents_matter=lexicon.traits.accents_matter, guess_from=_GUESSED_CLASS
                    )
                    self._vocabulary.imply(number, [class_atom])
                continue
            node = self._inner
            for element in sequence.elements:
                node = self._child(node, element, lexicon, language, _GUESSED_CLASS)
            node.inner = (*node.inner, class_atom)

    def _add_small(self, phrase: Phrase, lexicon: Lexicon, language: int) -> None:
        number = self._vocabulary.atom(Atom(AtomKind.CLASS, "*small*"), 0)
        self._small.add(number)
        self._add_inner(phrase.pattern, number, lexicon, language)

    def _add_goal(self, sequence: Sequence, phrase: Phrase, lexicon: Lexicon, language: int, guess_from: int) -> None:
        node = self._root
        for element in sequence.elements:
            node = self._child(node, element, lexicon, language, guess_from)
        node.goals = (*node.goals, _Goal(phrase, language, sequence.at_start, sequence.at_end))

    def _child(self, node: _Node, element: Element, lexicon: Lexicon, language: int, guess_from: int) -> _Node:
        atom = self._atom_for(element, lexicon, language, guess_from)
        return node.child(atom, element)

    def _atom_for(self, element: Element, lexicon: Lexicon, language: int, guess_from: int) -> int:
        """One atom per element."""
        strict = lexicon.traits.accents_matter
        for atom in element.choices:
            if atom.kind is AtomKind.CLASS and atom.text not in lexicon.classes:
                raise PatternError(f"names the word class {{{atom.text}}}, which is not under `words`")
        numbers = [
            self._vocabulary.atom(atom, language, accents_matter=strict, guess_from=guess_from)
            for atom in element.choices
        ]
        return numbers[0] if len(numbers) == 1 else self._alternation(tuple(sorted(numbers)), language)

    def _alternation(self, numbers: tuple[int, ...], language: int) -> int:
        """Several choices become a word class of their own."""
        choice = self._alternations.get(numbers)
        if choice is None:
            choice = self._vocabulary.atom(Atom(AtomKind.CLASS, f"|{len(self._alternations)}"), language)
            self._alternations[numbers] = choice
            for number in numbers:
                self._vocabulary.imply(number, [choice])
        return choice


def _guess_from(phrase: Phrase) -> int:
    if phrase.cue is None:
        return _GUESSED_SYMPTOM
    return _NOT_GUESSED if phrase.cue in _NEVER_GUESSED else _GUESSED_CUE


def _parsed(pattern: str, lexicon: Lexicon, normaliser: Normaliser) -> tuple[Sequence, ...]:
    patterns = {pattern}
    for letter, spelled in lexicon.traits.respelt:
        patterns |= {_respelt(form, letter, spelled) for form in patterns if letter in form}
    return tuple(sequence for form in sorted(patterns) for sequence in parse(form, normaliser))


def _respelt(pattern: str, letter: str, spelled: str) -> str:
    parts = _CLASS.split(pattern)
    return "".join(part if part.startswith("{") else part.replace(letter, spelled) for part in parts)


def _anchored(goal: _Goal, said: tuple[int, ...], tokens: Seq[Token]) -> bool:
    if goal.at_start and said[0] and tokens[said[0]].gap < Break.COMMA:
        return False
    return not (goal.at_end and said[-1] + 1 < len(tokens) and tokens[said[-1] + 1].gap < Break.COMMA)
