"""A protocol as plain tables for a clinician to read on paper, correct and sign."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from service.content.texts import Text
from service.core.conditions import Condition, Standing
from service.core.flags import LASTING, PASSING
from service.core.plan import CheckInPlan, SilenceStep
from service.core.protocol import Protocol
from service.core.questions import Effect, Question
from service.core.rules import Rule

_LEVELS = {"EM": "bold red", "U": "yellow", "R": "cyan", "ok": "dim"}


def protocol_page(protocol: Protocol, texts: Mapping[str, Text]) -> RenderableType:
    """Everything that a signature covers, in the order in which a clinician would ask."""
    head = Styled(f"{protocol.id}, version {protocol.version}: {protocol.review}", style="bold")
    parts: list[RenderableType] = [head]
    if protocol.phases:
        parts += [_schedule(protocol), _questions(protocol, texts)]
    parts.append(_triage(protocol))
    if protocol.phases:
        parts += [_silence(protocol), _escalation(protocol), _flags()]
    parts.append(Styled("\nRead and approved: ______________________________   Date: ______________"))
    return Group(*parts)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, expand=True)


def _schedule(protocol: Protocol) -> Table:
    table = _table("Schedule (days since the infusion, local time)", "Phase", "Days", "When", "Who", "Asks", "Source")
    for phase in protocol.phases:
        for plan in phase.checkins:
            days = f"{phase.days[0]} to {phase.days[1]}"
            table.add_row(phase.name, days, _when(plan), _who(plan), " ".join(plan.ask), plan.source or phase.source)
        table.add_section()
    for plan in protocol.reminders:
        table.add_row("Reminder", "", _when(plan), _who(plan), f"sends {plan.remind}", plan.source)
    return table


def _when(plan: CheckInPlan) -> str:
    if plan.hours_after_infusion is not None:
        return f"{plan.hours_after_infusion} hours after the infusion"
    if plan.months:
        return f"{plan.at:%H:%M}, month " + ", ".join(str(month) for month in plan.months)
    rhythm = "daily" if plan.every_days == 1 else f"every {plan.every_days} days"
    return f"{plan.at:%H:%M} {rhythm}" + (f" from day {plan.offset_days} of the phase" if plan.offset_days else "")


def _who(plan: CheckInPlan) -> str:
    return plan.who + _only(plan.only_if, plan.not_if)


def _only(only_if: tuple[str, ...], not_if: tuple[str, ...]) -> str:
    words = {**LASTING, **PASSING}
    only = f" (only: {'; or '.join(words[name] for name in only_if)})" if only_if else ""
    return only + (f" (not: {'; '.join(words[name] for name in not_if)})" if not_if else "")


def _questions(protocol: Protocol, texts: Mapping[str, Text]) -> Table:
    table = _table("Questions", "Id", "English", "What an answer means", "Source")
    for name, question in protocol.questions.items():
        english = "\n".join(texts[text_id].english for text_id in question.text)
        table.add_row(name, english + _only(question.only_if, question.not_if), _meanings(question), question.source)
    return table


def _meanings(question: Question) -> str:
    lines = [f"{key}: {said}" for key, effect in question.answers.items() if (said := _effect(effect))]
    if question.test:
        lines.append(f"self-test: {question.test}")
    return "\n".join(lines)


def _effect(effect: Effect) -> str:
    parts = [f"{report.severity} {_plain(report.code)}" for report in effect.report]
    parts += [f"asks {', '.join(effect.ask)}"] if effect.ask else []
    parts += [_plain(effect.do)] if effect.do else []
    return "; ".join(parts)


def _triage(protocol: Protocol) -> Table:
    columns = protocol.columns or ("every",)
    table = _table(
        "Triage (the worst row that fits decides)", "Row", "Finding", *map(_plain, columns), "Then", "Source"
    )
    rules = sorted(protocol.rules, key=lambda rule: rule.clinical_rule or 99)
    for rule in rules:
        levels = [_level(rule.urgency(column).shorthand) for column in columns]
        table.add_row(str(rule.clinical_rule or "-"), _finding(rule), *levels, _then(rule), rule.source)
    return table


def _level(shorthand: str) -> Styled:
    style = next((style for start, style in _LEVELS.items() if shorthand.startswith(start)), "")
    return Styled(shorthand, style=style)


def _finding(rule: Rule) -> str:
    return f"{rule.says}{_only(rule.when.only_if, rule.when.not_if)}\n" + "; ".join(_condition(rule.when))


def _condition(when: Condition) -> Iterator[str]:
    if when.temperature is not None:
        yield _bounds("temperature", when.temperature.at_least, when.temperature.below, "C")
    if when.systolic is not None:
        yield _bounds("upper blood pressure", when.systolic.at_least, when.systolic.below, "mmHg")
    if when.symptoms:
        standing = "" if when.standing is Standing.PRESENT else f" ({when.standing})"
        severity = f" [{', '.join(when.severity)}]" if when.severity else ""
        yield " or ".join(map(_plain, when.symptoms)) + severity + standing
    if when.together_with:
        yield "together with " + " or ".join(map(_plain, when.together_with))
    if when.still:
        yield "while it counts: " + " or ".join(map(_plain, when.still))
    if when.asked:
        yield "in answer to " + ", ".join(when.asked)
    if when.any_symptom:
        yield f"any symptom ({when.any_symptom})"


def _bounds(what: str, at_least: float | None, below: float | None, unit: str) -> str:
    low = f" {at_least:g} {unit} or more" if at_least is not None else ""
    return f"{what}{low}" + (f" under {below:g} {unit}" if below is not None else "")


def _then(rule: Rule) -> str:
    parts = [f"tells {text}" for text in dict.fromkeys(rule.advice.values()) if text != "none"]
    parts += [f"asks {', '.join(rule.ask)}"] if rule.ask else []
    parts += [f"asks the caregiver {', '.join(rule.ask_caregiver)}"] if rule.ask_caregiver else []
    if rule.follow_up:
        parts.append(f"asks {', '.join(rule.follow_up.ask)} in {rule.follow_up.after_minutes} minutes")
    parts += [f"silence: {rule.silence}"] if rule.silence else []
    return "; ".join(parts)


def _silence(protocol: Protocol) -> Table:
    table = _table("Silence (time since the question)", "Ladder", "Steps", "Source")
    for name, ladder in protocol.silence.items():
        steps = "\n".join(_step(step) for step in ladder.steps)
        halved = f"\nall times halved when the last level was {ladder.halve_from} or worse" if ladder.halve_from else ""
        used = ", ".join(dict.fromkeys(phase.name for phase in protocol.phases if phase.silence == name))
        table.add_row(f"{name}\n{used}".strip(), steps + halved, ladder.source)
    return table


def _step(step: SilenceStep) -> str:
    days, rest = divmod(step.after_minutes, 1440)
    after = f"{days} days" if days and not rest else f"{step.after_minutes} min"
    how = step.urgency.shorthand if step.urgency else f"as the row for {_plain(step.event)} says" if step.event else ""
    unless = " unless staff have taken the alert" if step.unless_acknowledged else ""
    return f"{after}: {_plain(step.do)} {how}{unless}".rstrip()


def _escalation(protocol: Protocol) -> Table:
    table = _table(
        "Whom to page (minutes since the alert, until someone acknowledges)", "Level", "Steps", "Without an outcome"
    )
    for level, policy in protocol.escalation.items():
        steps = ", ".join(f"{step.after_minutes} min {_plain(step.page)}" for step in policy.steps)
        table.add_row(
            level,
            f"{steps}, then every {policy.then_every_minutes} min",
            f"again after {policy.acknowledgement_minutes} min",
        )
    return table


def _flags() -> Table:
    table = _table("What may be true of a patient", "Flag", "Meaning")
    for name, meaning in {**LASTING, **PASSING}.items():
        table.add_row(name, meaning)
    return table


def _plain(name: str) -> str:
    return name.replace("_", " ")
