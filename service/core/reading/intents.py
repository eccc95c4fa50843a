"""What the writer wants of the service: to stop, to start, to be called, another language, or simply to answer."""

from collections.abc import Sequence

from service.core.reading.assertion import ends_with_question_mark
from service.core.reading.lexicon import Cue
from service.core.reading.matcher import Match
from service.core.reading.model import Answer, Context, Finding, Intent, Status
from service.core.reading.scene import Scene
from service.core.reading.text import Break

# The first that is found is the chief intent.
_RANK = (
    Intent.WRONG_NUMBER, Intent.START, Intent.STOP, Intent.CALL_ME, Intent.LANGUAGE, Intent.HELP, Intent.QUESTION,
    Intent.ANSWER, Intent.REPORT, Intent.THANKS,
)  # fmt: skip

_KEYWORDS = ((Cue.STOP_ALONE, Intent.STOP), (Cue.START_ALONE, Intent.START), (Cue.HELP_ALONE, Intent.HELP))
_PHRASES = (
    (Cue.STOP, Intent.STOP), (Cue.START, Intent.START), (Cue.HELP, Intent.HELP), (Cue.CALL_ME, Intent.CALL_ME),
    (Cue.LANGUAGE, Intent.LANGUAGE), (Cue.WRONG_NUMBER, Intent.WRONG_NUMBER), (Cue.THANKS, Intent.THANKS),
)  # fmt: skip
_IDLE = frozenset({Cue.SMALL, Cue.FILLER, Cue.THANKS, Cue.GREETING})


def read_intents(
    scene: Scene, findings: Sequence[Finding], answer: Answer | None, measured: bool, context: Context
) -> tuple[Intent, frozenset[Intent]]:
    """The chief intent, and all that were found. A keyword counts where it stands alone or opens the text."""
    found = {intent for cue, intent in _PHRASES if scene.has(cue)}
    found |= {
        intent
        for cue, intent in _KEYWORDS
        if any(_stands_as_keyword(match, scene) for match in scene.cues.get(cue, ()))
    }
    if Intent.START in found:
        found.discard(Intent.STOP)
    told = any(finding.status is not Status.ABSENT for finding in findings)
    if told:
        found -= {Intent.HELP}  # "I can't breathe, help" is no request for instructions
        found |= {Intent.REPORT}
    if found.isdisjoint(_RANK[:6]) and _asks_something(scene):
        found.add(Intent.QUESTION)
    if answer is not None or measured or (findings and context is not Context.OPEN):
        found.add(Intent.ANSWER if context is not Context.OPEN else Intent.REPORT)
    if not found:
        found.add(Intent.OTHER)
    chief = next((intent for intent in _RANK if intent in found), Intent.OTHER)
    return chief, frozenset(found)


def _asks_something(scene: Scene) -> bool:
    if scene.has(Cue.ASKING):
        return True
    return any(ends_with_question_mark(sentence, scene) for sentence in set(scene.sentence))


def _stands_as_keyword(match: Match, scene: Scene) -> bool:
    """Alone in its clause, or shouted, or first in the text, and not the beginning of a symptom ("stop shaking")."""
    after = match.last + 1
    if after in scene.said and scene.tokens[after].gap < Break.COMMA:
        return False
    clause = scene.clause[match.first]
    others = [place for place, number in enumerate(scene.clause) if number == clause and place not in match.tokens]
    if all(scene.held[place] & _IDLE for place in others):
        return True
    first = match.first == 0 and match.phrase.cue is Cue.STOP_ALONE
    return first and (scene.tokens[0].shouted or (after < len(scene.tokens) and Cue.ME in scene.held[after]))
