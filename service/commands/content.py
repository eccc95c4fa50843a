"""The commands about content: what a clinician signs and what translators work with. They need no configuration."""

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.clock import SystemClock
from service.content import review, templates
from service.content.catalog import SOURCE, Catalog, load_catalog
from service.content.costs import cost_by_phase, in_first_year
from service.content.languages import Language
from service.content.lint import lint
from service.content.preview import as_page, bubbles
from service.content.protocol_page import protocol_page
from service.content.round_trip import round_trip
from service.content.texts import Domain
from service.core.protocol import Protocol
from service.readers import build_reader
from service.simulation import run
from service.simulation.tally import Tally

ROOT = Path(__file__).parents[2]
DEFAULT_PROTOCOL = "cart-autoimmune"
PAPER_WIDTH = 160
"""Columns of a page in landscape, where the output is no terminal."""


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=PAPER_WIDTH)


@click.group()
def protocol() -> None:
    """Protocols: schedules, questions and triage tables."""


@protocol.command("show")
@click.argument("protocol_id", default=DEFAULT_PROTOCOL, metavar="[ID]")
def protocol_show(protocol_id: str) -> None:
    """Print a protocol as a clinician would sign it."""
    catalog = load_catalog(ROOT)
    _console().print(protocol_page(catalog.protocol(protocol_id), catalog.texts))


@click.group()
def locales() -> None:
    """Languages: what translators and their reviewers need."""


@locales.command("extract")
def locales_extract() -> None:
    """Write the templates locales/*.pot from the English texts."""
    for path in templates.extract(ROOT):
        click.echo(path.relative_to(ROOT))


@locales.command("update")
def locales_update() -> None:
    """Bring the PO files of all languages up to the English texts; new texts are left empty. Names what changed.

    A new language needs only its folder with a locale.yaml, and gets its files here.
    """
    for path in templates.update(ROOT):
        click.echo(path.relative_to(ROOT))


@locales.command("lint")
@click.option("--notices", is_flag=True, help="also what is only to be known")
def locales_lint(notices: bool) -> None:
    """Check all texts for what could harm a patient; fails when anything is found.

    Every answer that a text suggests is typed back and must be read as it is meant.
    """
    catalog = load_catalog(ROOT)
    found = [*lint(catalog), *round_trip(catalog, build_reader())]
    wrong = [finding for finding in found if not finding.notice]
    for finding in found if notices else wrong:
        click.echo(finding)
    if wrong:
        click.echo(f"{len(wrong)} to correct", err=True)
        sys.exit(1)


@locales.command("report")
@click.option("--protocol", "protocol_id", default=DEFAULT_PROTOCOL, show_default=True)
@click.option("--price", type=float, help="price of one SMS part, to see what a patient costs")
def locales_report(protocol_id: str, price: float | None) -> None:
    """Coverage, review and SMS parts per patient and phase, by language."""
    catalog = load_catalog(ROOT)
    chosen = catalog.protocol(protocol_id)
    in_order = sorted(catalog.languages.values(), key=lambda language: (language.code != SOURCE, language.code))
    console = _console()
    console.print(_coverage(catalog, chosen, in_order))
    if chosen.phases:
        console.print(_costs(catalog, chosen, in_order, price))


def _coverage(catalog: Catalog, chosen: Protocol, languages: Iterable[Language]) -> Table:
    table = Table("Language", "Patient texts", "Staff texts", "Covered", "To correct", "Reviewed")
    problems = lint(catalog)
    for language in languages:
        counts = [_translated(catalog, language, domain) for domain in Domain]
        share = sum(done for done, _ in counts) / sum(whole for _, whole in counts)
        folder = ROOT / "locales" / language.code
        wrong = sum(not finding.notice and folder in finding.file.parents for finding in problems)
        shown = [f"{done} of {whole}" for done, whole in counts]
        table.add_row(
            f"{language.code} {language.own_name}", *shown, f"{share:.0%}", str(wrong), _signed(language, chosen)
        )
    return table


def _translated(catalog: Catalog, language: Language, domain: Domain) -> tuple[int, int]:
    texts = [(text_id, text) for text_id, text in catalog.texts.items() if text.domain is domain]
    return sum(language.translation(text_id, text) is not None for text_id, text in texts), len(texts)


def _signed(language: Language, chosen: Protocol) -> str:
    if review.why_not(language, chosen) is None:
        return f"{language.review.reviewer}, {language.review.date}"
    return "draft" if language.review.digest is None else f"changed since {language.review.date}"


def _costs(catalog: Catalog, chosen: Protocol, languages: Iterable[Language], price: float | None) -> Table:
    """SMS parts sent to one patient and caregiver who are well; alarms, reminders and replies come on top."""
    title = "SMS parts for one patient and caregiver who are well and answer everything"
    names = [phase.name.split(",")[0] for phase in chosen.phases]
    table = Table("Language", *names, "First year", *(["First year costs"] if price is not None else []), title=title)
    for language in languages:
        costs = cost_by_phase(catalog, language, chosen)
        year = in_first_year(chosen, costs)
        row = [*(str(costs[phase.name].parts) for phase in chosen.phases), f"{year.parts} ({year.texts} texts)"]
        table.add_row(language.code, *row, *([f"{year.parts * price:.2f}"] if price is not None else []))
    return table


@locales.command("preview")
@click.argument("code")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="write one page with bubbles instead")
@click.option("--staff", is_flag=True, help="the texts to staff")
def locales_preview(code: str, html: Path | None, staff: bool) -> None:
    """Show every text as a phone would, with characters and SMS parts."""
    catalog = load_catalog(ROOT)
    language = catalog.language(code)
    domain = Domain.STAFF if staff else Domain.PATIENT
    shown = list(bubbles(catalog, language, domain))
    if html is not None:
        html.write_text(as_page(language, catalog.version(language.code, domain), shown), encoding="utf-8")
        click.echo(html)
        return
    console = _console()
    for bubble in shown:
        side = "right" if language.direction == "rtl" and not bubble.fallback else "left"
        body = Text(bubble.text, justify="right" if side == "right" else "left")
        title = f"{bubble.text_id} to the {bubble.audience}" + (" - NOT TRANSLATED" if bubble.fallback else "")
        panel = Panel(body, title=title, subtitle=bubble.size, width=64, title_align="left", subtitle_align="right")
        console.print(Padding(panel, (0, 0)))


@locales.command("approve")
@click.argument("code")
@click.option("--reviewer", required=True, help="the clinician who has read the texts and the protocol")
@click.option("--protocol", "protocol_id", default=DEFAULT_PROTOCOL, show_default=True)
def locales_approve(code: str, reviewer: str, protocol_id: str) -> None:
    """Sign the texts of a language and the protocol as they are now; any later change needs a new signature."""
    day = SystemClock().now().date()
    signed = review.approve(load_catalog(ROOT), code, protocol_id, reviewer, day)
    click.echo(f"{code}: approved by {signed.reviewer} on {signed.date}, digest {signed.digest}")


@click.command()
@click.option("--patients", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=400, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--protocol", "protocol_id", default=DEFAULT_PROTOCOL, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def simulate(patients: int, days: int, seed: int, protocol_id: str, as_json: bool) -> None:
    """Play the courses of plausible patients in all languages on a virtual clock, and say what comes of it."""
    began = time.perf_counter()
    tally = run.simulate(ROOT, protocol_id, patients, days, seed)
    seconds = time.perf_counter() - began
    if as_json:
        click.echo(json.dumps({**asdict(tally), "seconds": round(seconds, 1)}, ensure_ascii=False))
    else:
        _console().print(_outcome(tally, days, seconds))
    for orphan in tally.orphans[:20]:
        click.echo(orphan, err=True)
    if tally.orphans:
        sys.exit(1)


def _outcome(tally: Tally, days: int, seconds: float) -> Table:
    table = Table("", "Total", "Per patient", title=f"{tally.patients} patients for {days} days, in {seconds:.0f} s")

    def row(name: str, number: int) -> None:
        table.add_row(name, f"{number:,}", f"{number / tally.patients:.1f}")

    for state, number in sorted(tally.checkins.items()):
        row(f"check-ins {state}", number)
    row("texts sent", tally.texts)
    row("SMS parts sent", tally.parts)
    row("texts in a fallback language", tally.fallbacks)
    row("replies", tally.replies)
    for level, number in sorted(tally.alerts.items()):
        row(f"alerts, {level}", number)
    row("pages", tally.pages)
    row("orphans", len(tally.orphans))
    table.add_section()
    for reason, number in tally.reasons.most_common(12):
        row(f"reason: {reason}", number)
    table.add_section()
    table.add_row("languages", ", ".join(f"{code} {number}" for code, number in sorted(tally.languages.items())), "")
    return table
