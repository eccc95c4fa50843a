"""Yes, no or unclear: what a reply amounts to for the question that was asked.

A symptom that the question asks about wins over any "no" beside it. What contradicts itself is unclear, and so is what
was not understood: unclear is never fine.
"""

from collections.abc import Iterable, Sequence, Set

from service.core.reading.lexicon import Cue
from service.core.reading.matcher import Match
from service.core.reading.model import Answer, Context, Finding, Severity, Status, When, Whose
from service.core.reading.scene import Scene
from service.core.reading.text import Kind, Token

ASKED = {
    Context.NEURO: frozenset(
        """confusion word_finding tremor sleepiness headache seizure hallucination unresponsive fainting focal_weakness
        movement_change memory_loss vision_change""".split()
    ),
    Context.INFECTION: frozenset(
        """fever chills cough sore_throat trouble_breathing painful_urination wound_infection diarrhea mouth_sores
        catheter_site coughing_blood""".split()
    ),
}
ENOUGH_UNDERSTOOD = 0.5

# What a "no" may share its clause with and still be an answer. Anything else it may belong to: "my father does not know
# in whose house he is" is no "no".
_GOES_WITH_NO = frozenset(
    {Cue.NO, Cue.NOTHING, Cue.FINE, Cue.SMALL, Cue.THANKS, Cue.GREETING, Cue.DENY_BEFORE, Cue.DENY_AFTER,
     Cue.DENY_EITHER, Cue.ME, Cue.NOW, Cue.STILL, Cue.SAME, Cue.OVER, Cue.ONLY, Cue.CONTRAST, Cue.AND, Cue.OR,
     Cue.MILD, Cue.SEVERE}
)  # fmt: skip
_MAY_BE_LOOSE = 2
# A character of an unspaced script, in words.
_CHARACTER = 0.4

_TELLING = frozenset(
    {Cue.NO, Cue.NOTHING, Cue.FINE, Cue.YES, Cue.SAME, Cue.THANKS, Cue.GREETING, Cue.CALL_ME, Cue.STOP, Cue.ASKING}
)

# Mild, these call for a look but are no "yes" to a question about danger signs.
_SOFT_WHEN_MILD = frozenset({"headache"})


def read_answer(
    scene: Scene, findings: Sequence[Finding], understood: float, explained: Set[int], context: Context
) -> Answer | None:
    """The answer; None where no yes/no was asked for and none was given. `explained` are the tokens understood."""
    plain = _plain_answer(scene, context)
    no_but = _something_unknown_follows_but(scene, explained)
    if plain is Answer.NO and no_but:
        plain = Answer.UNCLEAR
    if context in ASKED:
        elsewhere = any(finding.is_now for finding in findings)  # then "but" speaks of that
        told = understood >= ENOUGH_UNDERSTOOD and (elsewhere or not no_but)
        return _about_symptoms(scene, findings, told, plain, ASKED[context])
    if context is Context.CONFIRM:
        return plain if plain and understood >= ENOUGH_UNDERSTOOD else Answer.UNCLEAR
    if context is Context.OPEN and _only_denies(findings) and _holds_a_riddle(scene, explained):
        return Answer.UNCLEAR
    return plain if plain in (Answer.YES, Answer.NO) and understood >= ENOUGH_UNDERSTOOD else None


def _only_denies(findings: Sequence[Finding]) -> bool:
    return bool(findings) and all(finding.is_denied for finding in findings)


def _holds_a_riddle(scene: Scene, explained: Set[int]) -> bool:
    """A clause that was not understood beside a denial: "it presses like a brick on my breast, fever none"."""
    clauses: dict[int, list[int]] = {}
    for place, number in enumerate(scene.clause):
        clauses.setdefault(number, []).append(place)
    for clause in clauses.values():
        strange = [place for place in clause if place not in explained and _is_wordy(scene.tokens[place])]
        if strange and len(strange) * 5 >= len(clause) and not _says_something(clause, scene):
            return True
    return False


def _about_symptoms(
    scene: Scene, findings: Sequence[Finding], told: bool, plain: Answer | None, asked: frozenset[str]
) -> Answer:
    there = [finding for finding in findings if finding.is_now and finding.code in asked]
    if any(not (finding.severity is Severity.MILD and finding.code in _SOFT_WHEN_MILD) for finding in there):
        return Answer.YES
    doubtful = any(finding.status is Status.UNCERTAIN and finding.whose is Whose.PATIENT for finding in findings)
    if there or doubtful or _is_unsure(scene):
        return Answer.UNCLEAR
    if plain is Answer.NO and not told:
        return Answer.UNCLEAR
    if plain is not None:
        return plain
    if any(finding.is_denied for finding in findings) and told and not _supposes(findings):
        return Answer.NO
    return Answer.UNCLEAR


def _something_unknown_follows_but(scene: Scene, explained: Set[int]) -> bool:
    """ "No, but ..." is not a no, when what follows was not understood, or is told in words that say nothing to us."""
    for cue in (*scene.cues.get(Cue.CONTRAST, ()), *scene.cues.get(Cue.ONLY, ())):
        sentence = scene.sentence[cue.first]
        rest = [place for place in range(cue.last + 1, len(scene.tokens)) if scene.sentence[place] == sentence]
        strange = [place for place in rest if place not in explained and _is_wordy(scene.tokens[place])]
        if strange and len(strange) * 5 >= len(rest):
            return True
        if _weight(rest, scene) > _MAY_BE_LOOSE and not _says_something(rest, scene):
            return True
    return False


def _says_something(places: Sequence[int], scene: Scene) -> bool:
    return any(place in scene.said or not scene.held[place].isdisjoint(_TELLING) for place in places)


def _weight(places: Iterable[int], scene: Scene) -> float:
    """How many words stand there that could be what somebody complains of."""
    loose = [place for place in places if scene.held[place].isdisjoint(_GOES_WITH_NO)]
    return sum(_CHARACTER if scene.tokens[place].kind is Kind.CHAR else 1 for place in loose)


def _is_wordy(token: Token) -> bool:
    return token.kind is Kind.CHAR or (token.kind is Kind.WORD and len(token.plain) > 2)


def _supposes(findings: Sequence[Finding]) -> bool:
    return any(finding.when is When.HYPOTHETICAL for finding in findings)


def _is_unsure(scene: Scene) -> bool:
    return scene.has(Cue.UNSURE, Cue.HEDGE, Cue.SAME)


def _plain_answer(scene: Scene, context: Context) -> Answer | None:
    """What the yes, no, "nothing" and "fine" words say by themselves."""
    yes = any(_is_free_yes(match.first, match.last, scene) for match in scene.cues.get(Cue.YES, ()))
    no = scene.has(Cue.NOTHING) or any(_is_free_no(match, scene) for match in scene.cues.get(Cue.NO, ()))
    fine = scene.has(Cue.FINE)
    if context is Context.CONFIRM:
        if yes and scene.has(Cue.NO):
            return Answer.UNCLEAR
        return Answer.YES if yes else Answer.NO if no else Answer.UNCLEAR if fine else None
    if yes and (no or fine):
        return Answer.UNCLEAR
    if yes:
        return Answer.YES
    return Answer.NO if no or fine else None


def _is_free_yes(first: int, last: int, scene: Scene) -> bool:
    """In the middle of a clause a yes is mere emphasis."""
    return _is_at_an_end(first, last, scene)


def _is_at_an_end(first: int, last: int, scene: Scene) -> bool:
    clause = scene.clause[first]
    starts = first == 0 or scene.clause[first - 1] != clause
    ends = last + 1 == len(scene.tokens) or scene.clause[last + 1] != clause
    return starts or ends


def _is_free_no(match: Match, scene: Scene) -> bool:
    """At an end of its clause, with hardly anything beside it that could be what it denies."""
    clause = scene.clause[match.first]
    if not _is_at_an_end(match.first, match.last, scene):
        return False
    if scene.in_clause(clause, Cue.NOTHING, Cue.FINE) or any(
        scene.clause[symptom.first] == clause for symptom in scene.symptoms
    ):
        return True
    return _weight((place for place, number in enumerate(scene.clause) if number == clause), scene) <= _MAY_BE_LOOSE
