"""Whether a symptom phrase is denied: by a word before, after or within it, or as one item of a denied list."""

from enum import IntEnum

from service.core.reading.lexicon import Aspect, Cue
from service.core.reading.matcher import Match, Matcher
from service.core.reading.scene import Scene
from service.core.reading.text import Break, Kind

_BEFORE = (Cue.DENY_BEFORE, Cue.DENY_EITHER, Cue.WITHOUT)
_AFTER = (Cue.DENY_AFTER, Cue.DENY_EITHER)
_ONGOING = (Cue.SINCE, Cue.STILL, Cue.SEVERE)
_CHARACTERS_PER_WORD = 3


class Denial(IntEnum):
    NONE = 0
    DOUBTFUL = 1
    DENIED = 2


def denials(scene: Scene, matcher: Matcher) -> list[Denial]:
    """One verdict per symptom phrase of the scene, in its order."""
    verdicts = [_own_denial(match, scene, matcher) for match in scene.symptoms]
    for place, match in enumerate(scene.symptoms):
        if verdicts[place] is Denial.NONE and match.phrase.aspect is Aspect.PRESENT:
            verdicts[place] = _as_list_item(place, match, verdicts, scene)
    return verdicts


def _own_denial(match: Match, scene: Scene, matcher: Matcher) -> Denial:
    if any(matcher.denied_by_form(scene.tokens[place]) for place in match.tokens):
        return Denial.DENIED
    cues = [cue for kind in (*_BEFORE, *_AFTER) for cue in scene.cues.get(kind, ())]
    inside = any(match.first < cue.first < match.last and not set(cue.tokens) & set(match.tokens) for cue in cues)
    if scene.has_own_denial(match):
        return Denial.NONE if _from_after(match, scene) is Denial.NONE else Denial.DOUBTFUL  # "no, I can't breathe"
    if inside:
        return Denial.DENIED
    return max(_from_before(match, scene), _from_after(match, scene))


def _from_before(match: Match, scene: Scene) -> Denial:
    clause = scene.clause[match.first]
    before = [cue for cue in scene.in_clause(clause, *_BEFORE) if cue.first < match.first and cue.last < match.last]
    worst = Denial.NONE
    for cue in before:
        if _goes_either_way(cue, scene) and _belongs_to_what_precedes(cue, scene):
            continue
        if _is_answer(cue, scene) and (_says_i(cue, match, scene) or match.phrase.aspect is Aspect.ABSENT):
            continue
        if cue.phrase.cue is Cue.WITHOUT and scene.is_denied_before(cue.first):
            continue
        worst = max(worst, _reach(cue.last, match.first, scene))
        if worst is Denial.DENIED and _is_new_after_and(cue, match, scene):
            worst = Denial.NONE
    return worst


def _from_after(match: Match, scene: Scene) -> Denial:
    clause = scene.clause[match.last]
    for cue in scene.in_clause(clause, *_AFTER):
        if cue.first <= match.last:
            continue
        if _goes_either_way(cue, scene) and not _belongs_to_what_precedes(cue, scene):
            continue
        return _reach(cue.first, match.last, scene)
    if _stands_alone(clause, scene) and clause + 1 <= scene.clause[-1] and _is_bare_denial(clause + 1, match, scene):
        return Denial.DENIED
    return Denial.NONE


def _reach(denial: int, symptom: int, scene: Scene) -> Denial:
    """How well a denial carries over the tokens between: small words let it pass, a strange one makes it doubtful."""
    strange = 0
    passed_symptom = False
    step = 1 if symptom > denial else -1
    for place in range(denial + step, symptom, step):
        passed_symptom = passed_symptom or place in scene.said
        if not scene.is_light(place):
            if passed_symptom:
                return Denial.NONE
            strange += 1 if scene.tokens[place].kind is Kind.CHAR else _CHARACTERS_PER_WORD
    if strange < _CHARACTERS_PER_WORD:
        return Denial.DENIED
    return Denial.DOUBTFUL if strange <= _CHARACTERS_PER_WORD + 1 else Denial.NONE


def _is_answer(cue: Match, scene: Scene) -> bool:
    return all(scene.held[place] & {Cue.NO, Cue.NOTHING} for place in cue.tokens)


def _says_i(cue: Match, match: Match, scene: Scene) -> bool:
    return any(Cue.ME in scene.held[place] for place in range(cue.last + 1, match.first))


def _goes_either_way(cue: Match, scene: Scene) -> bool:
    held = scene.held[cue.first]
    return Cue.DENY_EITHER in held or (Cue.DENY_BEFORE in held and Cue.DENY_AFTER in held)


def _belongs_to_what_precedes(cue: Match, scene: Scene) -> bool:
    """ "cough no, fever no": the "no" has a symptom right before it and none right after."""
    clause = scene.clause[cue.first]
    place = cue.first - 1
    while place >= 0 and scene.clause[place] == clause and place not in scene.said and scene.is_light(place):
        place -= 1
    if place < 0 or scene.clause[place] != clause or place not in scene.said:
        return False
    after = cue.last + 1
    while after < len(scene.tokens) and scene.clause[after] == clause:
        if after in scene.said:
            return _affirmed_after(after, clause, scene)
        after += 1
    return True


def _affirmed_after(place: int, clause: int, scene: Scene) -> bool:
    return any(cue.first > place for cue in scene.in_clause(clause, Cue.YES))


def _is_new_after_and(cue: Match, match: Match, scene: Scene) -> bool:
    """ "no fever and a bad cough since Monday": after "and", with something said of it, it is no longer denied."""
    between = range(cue.last + 1, match.first)
    if not any(place in scene.said for place in between):
        return False
    joined = any(Cue.AND in scene.held[place] and Cue.OR not in scene.held[place] for place in between)
    return joined and bool([c for c in scene.in_clause(scene.clause[match.first], *_ONGOING) if c.first > cue.first])


def _stands_alone(clause: int, scene: Scene) -> bool:
    """Nothing in the clause but symptoms and small words."""
    places = [place for place, number in enumerate(scene.clause) if number == clause]
    return all(scene.is_light(place) for place in places) and any(place in scene.said for place in places)


def _is_bare_denial(clause: int, match: Match, scene: Scene) -> bool:
    places = [place for place, number in enumerate(scene.clause) if number == clause]
    if scene.tokens[places[0]].gap is Break.STOP and "?" not in scene.tokens[places[0]].before:
        return False
    if scene.tokens[places[0]].gap is Break.SPACE:
        return False
    kinds = {Cue.DENY_AFTER, Cue.DENY_EITHER, Cue.NO}
    return (
        bool(places)
        and all(scene.held[place] & (kinds | {Cue.SMALL}) for place in places)
        and any(scene.held[place] & kinds for place in places)
    )


def _as_list_item(place: int, match: Match, verdicts: list[Denial], scene: Scene) -> Denial:
    """ "no fever, chills or cough": bare items after a denied one; a single one without "or" stays doubtful."""
    clause = scene.clause[match.first]
    if not clause or not _stands_alone(clause, scene):
        return Denial.NONE
    if scene.in_clause(clause, Cue.ONLY, Cue.CONTRAST, Cue.MILD, *_ONGOING):
        return Denial.NONE
    if not _follows_denied_item(clause, verdicts, scene):
        return Denial.NONE
    run = _run_of_bare_clauses(clause, scene)
    joined = any(scene.in_clause(number, Cue.OR, Cue.AND) for number in run)
    if joined or len(run) > 1:
        return Denial.DENIED
    return Denial.DOUBTFUL


def _follows_denied_item(clause: int, verdicts: list[Denial], scene: Scene) -> bool:
    first = next(place for place, number in enumerate(scene.clause) if number == clause)
    if scene.tokens[first].gap is not Break.COMMA:
        return False
    earlier = clause - 1
    while earlier >= 0:
        inside = [place for place, match in enumerate(scene.symptoms) if scene.clause[match.first] == earlier]
        if not inside:
            return False
        if all(verdicts[place] is Denial.DENIED for place in inside):
            return _denied_from_before(earlier, scene)
        if not _stands_alone(earlier, scene):
            return False
        earlier -= 1
    return False


def _denied_from_before(clause: int, scene: Scene) -> bool:
    firsts = [match.first for match in scene.symptoms if scene.clause[match.first] == clause]
    return any(cue.last < max(firsts) for cue in scene.in_clause(clause, *_BEFORE)) or _stands_alone(clause, scene)


def _run_of_bare_clauses(clause: int, scene: Scene) -> list[int]:
    run = [clause]
    for step in (1, -1):
        number = clause + step
        while (
            0 <= number <= scene.clause[-1]
            and _stands_alone(number, scene)
            and not scene.in_clause(number, *_BEFORE, *_AFTER)
        ):
            run.append(number)
            number += step
    return run
