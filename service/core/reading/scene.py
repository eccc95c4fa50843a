"""What was found in a text, sorted out: which symptom phrases and cues stand, and in which clause."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.core.reading.lexicon import Aspect, Cue
from service.core.reading.matcher import Match
from service.core.reading.text import Break, Kind, Token

EVENTS = frozenset({"seizure", "unresponsive", "fainting", "self_harm", "chest_pain", "allergic_reaction"})

_CLAUSE_STARTERS = frozenset({Cue.CONTRAST, Cue.ONLY})
_SWALLOWS = frozenset(
    {
        Cue.ILLNESS,
        Cue.NO_DENIAL,
        Cue.THINGS,
        Cue.NOTHING,
        Cue.FINE,
        Cue.STOP,
        Cue.START,
        Cue.THANKS,
        Cue.FILLER,
        Cue.HELP,
        Cue.LANGUAGE,
        Cue.CALL_ME,
        Cue.WRONG_NUMBER,
        Cue.NOT_MEASURED,
        Cue.OVER,
    }
)


@dataclass(slots=True)
class Scene:
    """Tokens with their clause and sentence numbers, the symptom phrases, and the cues by kind in text order."""

    tokens: Sequence[Token]
    symptoms: list[Match]
    cues: dict[Cue, list[Match]]
    clause: list[int] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    held: list[set[Cue]] = field(default_factory=list)
    said: set[int] = field(default_factory=set)
    negative: list[frozenset[int]] = field(default_factory=list)
    tail: str = ""

    def has(self, *kinds: Cue) -> bool:
        """True when any cue of these kinds stands anywhere."""
        return any(self.cues.get(kind) for kind in kinds)

    def in_clause(self, clause: int, *kinds: Cue) -> list[Match]:
        """The cues of these kinds in a clause."""
        return [match for kind in kinds for match in self.cues.get(kind, ()) if self.clause[match.first] == clause]

    def has_own_denial(self, match: Match) -> bool:
        """True for a phrase such as "can't breathe", whose "not" is part of what it says."""
        said = set(match.tokens)
        return any(denial <= said for denial in self.negative)

    def is_denied_before(self, place: int) -> bool:
        """A negation stands before in the clause: "can't walk without getting dizzy" is dizziness."""
        clause = self.clause[place]
        return any(max(denial) < place and self.clause[min(denial)] == clause for denial in self.negative)

    def is_light(self, place: int) -> bool:
        """A token over which a negation reaches: a small word, a list word, a degree, another symptom."""
        return place in self.said or not _LIGHT.isdisjoint(self.held[place])


_DENIALS = frozenset({Cue.DENY_BEFORE, Cue.DENY_AFTER, Cue.DENY_EITHER, Cue.WITHOUT})
_NEGATIVE = _DENIALS | {Cue.NO_DENIAL}
_LIGHT = frozenset(
    {
        Cue.SMALL,
        Cue.AND,
        Cue.OR,
        Cue.SEVERE,
        Cue.MILD,
        Cue.STILL,
        Cue.NOW,
        Cue.DENY_BEFORE,
        Cue.DENY_AFTER,
        Cue.DENY_EITHER,
        Cue.WITHOUT,
        Cue.ME,
        Cue.PAST,
        Cue.SINCE,
        Cue.KIN,
        Cue.PATIENT,
        Cue.MANY,
    }
)


def stage(matches: Sequence[Match], tokens: Sequence[Token], tail: str) -> Scene:
    """Lets the longest, most specific phrases win and divides the text into clauses. `tail` follows the last token."""
    symptoms = [match for match in matches if match.phrase.cue is None]
    cues = [match for match in matches if match.phrase.cue is not None]
    barriers = [cue for cue in cues if cue.phrase.cue is Cue.CONTRAST]
    symptoms = [match for match in symptoms if not any(_inside_gap(bar, match) for bar in barriers)]
    negative = [frozenset(cue.tokens) for cue in cues if cue.phrase.cue in _NEGATIVE and _is_whole(cue, tokens)]
    symptoms = _longest(_without_exclusions(symptoms), tokens)
    symptoms = [match for match in symptoms if not _is_swallowed(match, cues)]
    cues = _free_cues(cues, symptoms)
    scene = Scene(tokens, sorted(symptoms, key=lambda match: match.tokens), _by_kind(cues), tail=tail)
    scene.negative = negative
    scene.said = {place for match in symptoms for place in match.tokens}
    scene.held = [set() for _ in tokens]
    for cue in cues:
        for place in cue.tokens:
            scene.held[place].add(_kind(cue))
    _divide(scene)
    return scene


def _is_whole(match: Match, tokens: Sequence[Token]) -> bool:
    """Not a piece of a word that is written with digits or apostrophes ("la" in "la2")."""
    after = match.last + 1
    return not tokens[match.first].glued and not (after < len(tokens) and tokens[after].glued)


def _kind(match: Match) -> Cue:
    return match.phrase.cue or Cue.FILLER


def _by_kind(cues: Iterable[Match]) -> dict[Cue, list[Match]]:
    kinds: dict[Cue, list[Match]] = defaultdict(list)
    for match in sorted(cues, key=lambda match: match.tokens):
        kinds[_kind(match)].append(match)
    return kinds


def _inside_gap(bar: Match, match: Match) -> bool:
    return match.first < bar.first and bar.last < match.last and not set(bar.tokens) & set(match.tokens)


def _without_exclusions(symptoms: list[Match]) -> list[Match]:
    """Drops what a `never` phrase covers ("hay fever"), unless the symptom phrase is the longer one."""
    nevers = [match for match in symptoms if match.phrase.aspect is Aspect.NEVER]
    kept = [match for match in symptoms if match.phrase.aspect is not Aspect.NEVER]
    return [match for match in kept if not any(_excludes(never, match) for never in nevers)]


def _excludes(never: Match, match: Match) -> bool:
    same = never.phrase.code == match.phrase.code
    return same and bool(set(never.tokens) & set(match.tokens)) and len(match.tokens) <= len(never.tokens)


def _longest(symptoms: list[Match], tokens: Sequence[Token]) -> list[Match]:
    """Of phrases that share words keeps the one that says more; of equals, the one with nothing foreign in its gaps."""
    said = {place for match in symptoms for place in match.tokens}
    ranked = sorted(
        symptoms, key=lambda match: (-_letters(match, tokens), _strangers(match, said, tokens), match.tokens)
    )
    kept: list[Match] = []
    for match in ranked:
        if not any(_loses_to(match, other, said, tokens) for other in kept):
            kept.append(match)
    return kept


def _loses_to(match: Match, other: Match, said: set[int], tokens: Sequence[Token]) -> bool:
    mine, theirs = set(match.tokens), set(other.tokens)
    if not mine & theirs:
        return False
    same = match.phrase.code == other.phrase.code
    if mine == theirs:
        return same and match.phrase.aspect is other.phrase.aspect
    if mine < theirs:
        return True
    if _strangers(match, said, tokens) > _strangers(other, said, tokens):
        return True
    return same and match.phrase.aspect is other.phrase.aspect and mine <= theirs


def _letters(match: Match, tokens: Sequence[Token]) -> int:
    return sum(len(tokens[place].plain) * (2 if tokens[place].kind is Kind.CHAR else 1) + 2 for place in match.tokens)


def _strangers(match: Match, said: set[int], tokens: Sequence[Token]) -> int:
    return sum(place not in match.tokens and place not in said for place in range(match.first, match.last))


def _is_swallowed(match: Match, cues: Iterable[Match]) -> bool:
    """True when the symptom's words are part of a longer phrase that means something else ("stomach flu")."""
    if match.phrase.code in EVENTS:
        return False
    mine = set(match.tokens)
    return any(mine < set(cue.tokens) for cue in cues if cue.phrase.cue in _SWALLOWS)


def _free_cues(cues: list[Match], symptoms: list[Match]) -> list[Match]:
    """Cues that are not part of a symptom phrase nor of a longer cue ("not sure" is no "not")."""
    taken = [set(match.tokens) for match in symptoms]
    longer_ones = [(set(cue.tokens), _kind(cue)) for cue in cues if len(cue.tokens) > 1]
    free = []

    def _swallowing(cue: Match) -> list[set[int]]:
        """A longer "no" answer such as "no no" or "not me" leaves the denial and the "me" within it alive."""
        alive = cue.phrase.cue in _DENIALS or cue.phrase.cue is Cue.ME
        return [longer for longer, kind in longer_ones if not (alive and kind in (Cue.NO, Cue.NOTHING))]

    for cue in cues:
        mine = set(cue.tokens)
        if not any(mine <= said for said in taken) and not any(mine < longer for longer in _swallowing(cue)):
            free.append(cue)
    return free


def _divide(scene: Scene) -> None:
    starters = {match.first for kind in _CLAUSE_STARTERS for match in scene.cues.get(kind, ())} | _turns_to_now(scene)
    clause = sentence = 0
    for place, token in enumerate(scene.tokens):
        if place and token.gap is Break.STOP:
            sentence += 1
        inside = (
            place - 1 in scene.said
            and place in scene.said
            and any(match.first < place <= match.last for match in scene.symptoms)
        )
        if place and (token.gap is Break.STOP or (token.gap is Break.COMMA and not inside) or place in starters):
            clause += 1
        scene.clause.append(clause)
        scene.sentence.append(sentence)


def _turns_to_now(scene: Scene) -> set[int]:
    """Where "now" follows a "was" without a comma, as texts are typed: "in the night it was 38.9 now 37.1"."""
    nows = {cue.first: cue.last for cue in scene.cues.get(Cue.NOW, ())}
    pasts = {cue.first for cue in scene.cues.get(Cue.PAST, ())} - nows.keys()
    turns, was = set(), False
    for place, token in enumerate(scene.tokens):
        was = (was and token.gap <= Break.SPACE) or place in pasts
        after = nows.get(place, place) + 1
        goes_on = after < len(scene.tokens) and scene.tokens[after].gap <= Break.SPACE
        if was and place in nows and place not in pasts and goes_on:
            turns.add(place)
            was = False
    return turns
