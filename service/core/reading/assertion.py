"""Of each symptom phrase found: is it there, denied, doubtful, over, supposed, or somebody else's, and how bad."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.core.reading.denial import Denial, denials
from service.core.reading.lexicon import ASPECT_SEVERITY, Aspect, Cue
from service.core.reading.matcher import Match, Matcher
from service.core.reading.model import Evidence, Finding, Severity, Status, When, Whose
from service.core.reading.scene import EVENTS, Scene
from service.core.reading.text import Kind

_HAPPENED = frozenset({"seizure", "fainting", "unresponsive"})
_DEGREE_REACH = 4
# What makes these severe is what they are ("does not know me", "lips swelling"), not how strongly it is put.
_SEVERE_BY_KIND = frozenset({"confusion", "allergic_reaction"})
_WORSE_WHEN_REPEATED = frozenset({"vomiting", "diarrhea"})
_PAINS = frozenset({"headache", "sore_throat", "chest_pain", "painful_urination", "abdominal_pain", "wound_infection"})


@dataclass(slots=True)
class _Claim:
    match: Match
    status: Status
    severity: Severity
    when: When = When.NOW
    whose: Whose = Whose.PATIENT
    over: bool = False


def assert_findings(scene: Scene, matcher: Matcher, original: str, *, measured_normal: bool = False) -> list[Finding]:
    """The findings of a scene in text order, each with the words that said it.

    `measured_normal`: a temperature below fever is stated, so that "is this a fever?" does not mean one.
    """
    claims = [
        _claim(match, verdict, scene) for match, verdict in zip(scene.symptoms, denials(scene, matcher), strict=True)
    ]
    for claim in claims:
        if claim.status is not Status.ABSENT:
            _set_time(claim, claims, scene)
            _set_doubt(claim, scene, measured_normal)
        _set_owner(claim, claims, scene)
    _resolve(claims, scene, measured_normal)
    claims = [claim for claim in claims if not _is_mere_pain(claim, claims, scene)]
    findings = [_finding(claim, scene, original) for claim in claims]
    findings += [
        replace(finding, status=Status.ABSENT, when=When.NOW)
        for finding, claim in zip(findings, claims, strict=True)
        if claim.over and claim.whose is Whose.PATIENT
    ]
    return _without_lesser(findings + _illness_nearby(scene, original))


def _illness_nearby(scene: Scene, original: str) -> list[Finding]:
    """What somebody close has and the patient may catch: "my granddaughter has chickenpox, I am fine"."""
    near = [
        cue
        for cue in scene.cues.get(Cue.ILLNESS, ())
        if scene.in_clause(scene.clause[cue.first], Cue.OTHERS, Cue.KIN)
        and not scene.in_clause(scene.clause[cue.first], Cue.PATIENT)
    ]
    return [
        Finding("unwell", Status.PRESENT, Severity.MODERATE, When.NOW, Whose.OTHER, _evidence(cue, scene, original))
        for cue in near
    ]


def _claim(match: Match, verdict: Denial, scene: Scene) -> _Claim:
    aspect = match.phrase.aspect
    status = Status.PRESENT
    if verdict is Denial.DENIED:
        status = Status.PRESENT if aspect is Aspect.ABSENT else Status.ABSENT
    elif verdict is Denial.DOUBTFUL:
        status = Status.UNCERTAIN
    elif aspect is Aspect.ABSENT:
        status = Status.ABSENT
    elif aspect is Aspect.UNSURE:
        status = Status.UNCERTAIN
    return _Claim(match, status, ASPECT_SEVERITY.get(aspect) or _degree(match, scene))


def _degree(match: Match, scene: Scene) -> Severity:
    """The degree word nearest to the phrase, in its clause; `many` times is severe, `once` is mild."""
    clause = scene.clause[match.first]
    near: list[tuple[int, Severity]] = []
    if match.phrase.code in _SEVERE_BY_KIND:
        return Severity.MODERATE
    worse = (Cue.SEVERE, Cue.MANY) if match.phrase.code in _WORSE_WHEN_REPEATED else (Cue.SEVERE,)
    for kinds, severity in ((worse, Severity.SEVERE), ((Cue.MILD, Cue.ONCE), Severity.MILD)):
        for cue in scene.in_clause(clause, *kinds):
            distance = max(cue.first - match.last, match.first - cue.last)
            reach = _DEGREE_REACH * (2 if scene.tokens[cue.first].kind is Kind.CHAR else 1)
            if distance <= reach or cue.phrase.cue is Cue.MANY:
                near.append((max(distance, 0), severity))
    return min(near, key=lambda pair: pair[0])[1] if near else Severity.MODERATE


def _set_time(claim: _Claim, claims: Sequence[_Claim], scene: Scene) -> None:
    match = claim.match
    clause, sentence = scene.clause[match.first], scene.sentence[match.first]
    if any(cue.first < match.first for cue in scene.in_clause(clause, Cue.IF)):
        claim.when = When.HYPOTHETICAL
    weak = [cue for cue in scene.in_clause(clause, Cue.IF_ASKING) if cue.first < match.first]
    if weak and _asks(sentence, scene):
        claim.when = When.HYPOTHETICAL


def _asks(sentence: int, scene: Scene) -> bool:
    if any(scene.sentence[cue.first] == sentence for cue in scene.cues.get(Cue.ASKING, ())):
        return True
    return ends_with_question_mark(sentence, scene)


def ends_with_question_mark(sentence: int, scene: Scene) -> bool:
    """True when the sentence ends in a question mark of any script."""
    after = next((token for token, number in zip(scene.tokens, scene.sentence, strict=True) if number > sentence), None)
    return "?" in (after.before if after else scene.tail)


def _set_doubt(claim: _Claim, scene: Scene, measured_normal: bool) -> None:
    if claim.status is not Status.PRESENT or claim.match.phrase.code in EVENTS or claim.severity is Severity.SEVERE:
        return
    clause, sentence = scene.clause[claim.match.first], scene.sentence[claim.match.first]
    asked = ends_with_question_mark(sentence, scene) or scene.in_clause(clause, Cue.ASKING)
    is_it_fever = measured_normal and claim.match.phrase.code == "fever" and asked
    whole = claim.match.first == 0 and claim.match.last == len(scene.tokens) - 1  # "cough?"
    if is_it_fever or scene.in_clause(clause, Cue.HEDGE, Cue.UNSURE) or (whole and ends_with_question_mark(0, scene)):
        claim.status = Status.UNCERTAIN


def _set_owner(claim: _Claim, claims: Sequence[_Claim], scene: Scene) -> None:
    match = claim.match
    clause = scene.clause[match.first]
    if scene.in_clause(clause, Cue.PATIENT, Cue.SAYS):
        return
    mine = [cue for cue in scene.in_clause(clause, Cue.ME) if cue.last < match.first]
    strangers = [cue for cue in scene.in_clause(clause, Cue.OTHERS) if cue.last < match.first]
    if strangers and not any(cue.first > strangers[-1].last for cue in mine):
        claim.whose = Whose.OTHER
        return
    kin = [cue for cue in scene.in_clause(clause, Cue.KIN) if cue.last < match.first]
    if not kin or match.phrase.code in EVENTS:
        return
    if (
        _speaks_of_self_elsewhere(clause, scene)
        or _says_not_me(clause, scene)
        or _denies_it_of_self(claim, claims, scene)
    ):
        claim.whose = Whose.OTHER
        if match.phrase.aspect is not Aspect.ABSENT and not _is_denied_of_kin(clause, scene):
            claim.status = Status.PRESENT


def _denies_it_of_self(claim: _Claim, claims: Sequence[_Claim], scene: Scene) -> bool:
    """ "My daughter coughs whereas I do not cough": the same symptom, then "I", denied."""
    return any(
        other.match.phrase.code == claim.match.phrase.code
        and other.status is Status.ABSENT
        and any(claim.match.last < me.first < other.match.last for me in scene.cues.get(Cue.ME, ()))
        for other in claims
    )


def _is_denied_of_kin(clause: int, scene: Scene) -> bool:
    """A denial in the clause that does not go with "I": "my son has no fever"."""
    mine = scene.in_clause(clause, Cue.ME)
    return any(
        all(abs(no.first - me.first) > 2 for me in mine)
        for no in scene.in_clause(clause, Cue.DENY_BEFORE, Cue.DENY_EITHER, Cue.DENY_AFTER, Cue.WITHOUT)
    )


def _says_not_me(clause: int, scene: Scene) -> bool:
    """ "My son has the runs not me", "... I am fine": in one clause, "I" beside a denial or a "fine"."""
    denials = scene.in_clause(clause, Cue.NO, Cue.FINE, Cue.DENY_BEFORE, Cue.DENY_EITHER, Cue.DENY_AFTER)
    return any(
        -1 <= me.first - no.last <= 2 or -1 <= no.first - me.last <= 2
        for me in scene.in_clause(clause, Cue.ME)
        for no in denials
    )


def _speaks_of_self_elsewhere(clause: int, scene: Scene) -> bool:
    """Another clause says that the writer is well, or asks about the writer: then the kin is not the patient."""
    others = {number for number in scene.clause if number != clause}
    for number in others:
        if scene.in_clause(number, Cue.ME) and (
            scene.in_clause(number, Cue.FINE, Cue.NO, Cue.NOTHING, Cue.ASKING, Cue.DENY_EITHER, Cue.DENY_AFTER)
        ):
            return True
    return False


def _resolve(claims: Sequence[_Claim], scene: Scene, measured_normal: bool) -> None:
    for cue in scene.cues.get(Cue.OVER, ()):
        if not _is_denied_cue(cue, scene):
            for claim in _what_is_over(cue, claims, scene):
                _end(claim, scene)
    for claim in claims:
        clause = scene.clause[claim.match.first]
        was = scene.in_clause(clause, Cue.PAST) and not scene.in_clause(clause, Cue.SINCE, Cue.NOW, Cue.STILL)
        gone = measured_normal and claim.match.phrase.code == "fever"
        if was and claim.status is Status.PRESENT and (gone or _is_well_later(claim, claims, scene)):
            _end(claim, scene)


def _end(claim: _Claim, scene: Scene) -> None:
    clause = scene.clause[claim.match.first]
    if scene.in_clause(clause, Cue.STILL, Cue.NO_DENIAL):
        return
    if claim.status is Status.ABSENT or claim.match.phrase.code in _HAPPENED or claim.when is When.HYPOTHETICAL:
        return
    claim.status, claim.when, claim.over = Status.PRESENT, When.PAST, True


def _is_denied_cue(cue: Match, scene: Scene) -> bool:
    clause = scene.clause[cue.first]
    return any(
        other.last < cue.first and cue.first - other.last <= 3
        for other in scene.in_clause(clause, Cue.DENY_BEFORE, Cue.DENY_EITHER)
    ) or any(0 < other.first - cue.last <= 3 for other in scene.in_clause(clause, Cue.DENY_AFTER))


def _what_is_over(cue: Match, claims: Sequence[_Claim], scene: Scene) -> list[_Claim]:
    """What an "it is gone" speaks of: symptoms before it in its clause, else after it, else in the clause before."""
    clause = scene.clause[cue.first]
    here = [claim for claim in claims if scene.clause[claim.match.first] == clause]
    before = [claim for claim in here if claim.match.first < cue.first]
    if before or here:
        return before or here
    for earlier in (clause - 1, clause - 2):
        found = [claim for claim in claims if scene.clause[claim.match.first] == earlier]
        if found:
            return found
    return []


def _is_well_later(claim: _Claim, claims: Sequence[_Claim], scene: Scene) -> bool:
    """One of the next two clauses says that all is well now, or that this very thing is."""
    clause = scene.clause[claim.match.first]
    for number in range(clause + 1, min(clause + 3, scene.clause[-1] + 1)):
        there = [other for other in claims if scene.clause[other.match.first] == number]
        if any(other.status is Status.PRESENT for other in there):
            return False
        if any(other.match.phrase.code == claim.match.phrase.code for other in there if other.status is Status.ABSENT):
            return True
        if scene.in_clause(number, Cue.FINE, Cue.NOTHING) or (
            scene.in_clause(number, Cue.NOW)
            and scene.in_clause(number, Cue.DENY_AFTER, Cue.DENY_EITHER, Cue.DENY_BEFORE, Cue.NO)
        ):
            return True
    return False


def _is_mere_pain(claim: _Claim, claims: Sequence[_Claim], scene: Scene) -> bool:
    """The bare word "pain" beside a pain that has a name, as in "my head explodes with pain"."""
    if claim.match.phrase.code != "pain" or len(claim.match.tokens) > 1:
        return False
    clause = scene.clause[claim.match.first]
    return any(
        other.match.phrase.code in _PAINS and scene.clause[other.match.first] == clause and other.status is claim.status
        for other in claims
    )


def _finding(claim: _Claim, scene: Scene, original: str) -> Finding:
    evidence = _evidence(claim.match, scene, original)
    return Finding(claim.match.phrase.code, claim.status, claim.severity, claim.when, claim.whose, evidence)


def _evidence(match: Match, scene: Scene, original: str) -> Evidence:
    start, end = scene.tokens[match.first].start, scene.tokens[match.last].end
    return Evidence(start, end, original[start:end], match.phrase.gloss)


def _without_lesser(findings: list[Finding]) -> list[Finding]:
    """Hives with a swollen face are one allergic reaction, and a faint needs no dizziness beside it."""
    now = {finding.code for finding in findings if finding.is_now}
    lesser = {code for greater, codes in _INCLUDES.items() if greater in now for code in codes}
    return [finding for finding in findings if not (finding.code in lesser and finding.is_now)]


_INCLUDES = {"allergic_reaction": ("rash",), "fainting": ("low_blood_pressure",)}
