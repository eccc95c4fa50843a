"""Yes, no or unclear: what a reply amounts to for the question that was asked.

A symptom that the question asks about wins over any "no" beside it. What contradicts itself is unclear, and so is what
was not understood: unclear is never fine.
"""

from collections.abc import Sequence, Set

from service.core.reading.lexicon import Cue
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

# Mild, these call for a look but are no "yes" to a question about danger signs.
_SOFT_WHEN_MILD = frozenset({"headache"})


def read_answer(
    scene: Scene, findings: Sequence[Finding], understood: float, explained: Set[int], context: Context
) -> Answer | None:
    """The answer; None where no yes/no was asked for and none was given. `explained` are the tokens understood."""
    plain = _plain_answer(scene, context)
    if plain is Answer.NO and _something_unknown_follows_but(scene, explained):
        plain = Answer.UNCLEAR
    if context in ASKED:
        return _about_symptoms(scene, findings, understood, plain, ASKED[context])
    if context is Context.CONFIRM:
        return plain if plain and understood >= ENOUGH_UNDERSTOOD else Answer.UNCLEAR
    return plain if plain in (Answer.YES, Answer.NO) and understood >= ENOUGH_UNDERSTOOD else None


def _about_symptoms(
    scene: Scene, findings: Sequence[Finding], understood: float, plain: Answer | None, asked: frozenset[str]
) -> Answer:
    there = [finding for finding in findings if finding.is_now and finding.code in asked]
    if any(not (finding.severity is Severity.MILD and finding.code in _SOFT_WHEN_MILD) for finding in there):
        return Answer.YES
    doubtful = any(finding.status is Status.UNCERTAIN and finding.whose is Whose.PATIENT for finding in findings)
    if there or doubtful or _is_unsure(scene):
        return Answer.UNCLEAR
    if plain is Answer.NO and understood < ENOUGH_UNDERSTOOD:
        return Answer.UNCLEAR
    if plain is not None:
        return plain
    if any(finding.is_denied for finding in findings) and understood >= ENOUGH_UNDERSTOOD and not _supposes(findings):
        return Answer.NO
    return Answer.UNCLEAR


def _something_unknown_follows_but(scene: Scene, explained: Set[int]) -> bool:
    """ "No, but ..." with something that was not understood is not a no."""
    for cue in (*scene.cues.get(Cue.CONTRAST, ()), *scene.cues.get(Cue.ONLY, ())):
        sentence = scene.sentence[cue.first]
        rest = [place for place in range(cue.last + 1, len(scene.tokens)) if scene.sentence[place] == sentence]
        strange = [place for place in rest if place not in explained and _is_wordy(scene.tokens[place])]
        if strange and len(strange) * 5 >= len(rest):
            return True
    return False


def _is_wordy(token: Token) -> bool:
    return token.kind is Kind.CHAR or (token.kind is Kind.WORD and len(token.plain) > 2)


def _supposes(findings: Sequence[Finding]) -> bool:
    return any(finding.when is When.HYPOTHETICAL for finding in findings)


def _is_unsure(scene: Scene) -> bool:
    return scene.has(Cue.UNSURE, Cue.HEDGE, Cue.SAME)


def _plain_answer(scene: Scene, context: Context) -> Answer | None:
    """What the yes, no, "nothing" and "fine" words say by themselves."""
    yes = any(_is_free_yes(match.first, match.last, scene) for match in scene.cues.get(Cue.YES, ()))
    no = scene.has(Cue.NO, Cue.NOTHING)
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
    """A yes at the start or end of a clause; in the middle it is mere emphasis."""
    clause = scene.clause[first]
    starts = first == 0 or scene.clause[first - 1] != clause
    ends = last + 1 == len(scene.tokens) or scene.clause[last + 1] != clause
    return starts or ends
