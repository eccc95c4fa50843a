"""The commands of a hospital's engineer: sites, staff, patients, and what became of them."""

import sys
from dataclasses import asdict
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table

from service.commands.printing import instant, say
from service.core.flags import LASTING
from service.errors import AftercellError, BadInput
from service.flows import accounts, enrolment, imports, listing, load, reinfusion, upkeep
from service.flows.ledger import ledger as make_ledger
from service.program import Program, start


@click.group()
def site() -> None:
    """Sites: a hospital's programme."""


@site.command("add")
@click.option("--name", required=True)
@click.option("--timezone", required=True, help="IANA zone, such as America/New_York")
@click.option("--emergency-number", required=True, help="such as 911 or 112")
@click.option("--phone", required=True, help="the line that patients call day and night, with + and country code")
@click.option("--language", required=True, help="the language that staff are texted in")
@click.option("--crisis-line", default="", help="such as 988; without one patients get the emergency number")
def site_add(name: str, timezone: str, emergency_number: str, phone: str, language: str, crisis_line: str) -> None:
    """Add a site."""
    program = start()
    site_id = enrolment.add_site(
        program.services,
        name=name,
        timezone=timezone,
        emergency_number=emergency_number,
        phone=phone,
        language=language,
        now=program.clock.now(),
        crisis_line=crisis_line,
    )
    say({"id": site_id})


@site.command("list")
def site_list() -> None:
    """List the sites."""
    program = start()
    say(listing.sites_of(program.services))


@click.group()
def staff() -> None:
    """Staff and who is on call."""


@staff.command("add")
@click.option("--site", "site_id", required=True, type=int)
@click.option("--name", required=True)
@click.option("--phone", required=True)
@click.option("--email", required=True)
@click.option("--role", required=True, help="coordinator, clinician, translator, auditor or admin")
@click.option("--on-call", is_flag=True, help="on call from now on")
def staff_add(site_id: int, name: str, phone: str, email: str, role: str, on_call: bool) -> None:
    """Add a staff member; prints the link by which they choose their password."""
    program = start()
    staff_id = enrolment.add_staff(
        program.services,
        site_id=site_id,
        name=name,
        phone=phone,
        email=email,
        role=role,
        on_call=on_call,
        now=program.clock.now(),
    )
    say({"id": staff_id, "invitation": _invitation(program, staff_id)})


@staff.command("invite")
@click.argument("staff_id", type=int)
def staff_invite(staff_id: int) -> None:
    """Print a new link by which a staff member chooses their password; good once, for three days."""
    say({"id": staff_id, "invitation": _invitation(start(), staff_id)})


def _invitation(program: Program, staff_id: int) -> str:
    token = accounts.invite(program.services, staff_id, program.clock.now())
    return f"{program.settings.public_url}/invitation/{token}"


@staff.command("password")
@click.argument("staff_id", type=int)
@click.password_option(help="asked for when not given; a shell's history keeps what is")
def staff_password(staff_id: int, password: str) -> None:
    """Set a staff member's password and end their sessions."""
    program = start()
    accounts.set_password(program.services, staff_id, password, program.clock.now())
    say({"id": staff_id})


@staff.command("lost-phone")
@click.argument("staff_id", type=int)
def staff_lost_phone(staff_id: int) -> None:
    """Take the second factor off; the next sign-in sets up a new one."""
    program = start()
    accounts.forget_second_factor(program.services, staff_id, program.clock.now())
    say({"id": staff_id})


flag_option = click.option(
    "--flag", "flags", multiple=True, metavar="NAME", help=f"true of the patient, may be repeated: {', '.join(LASTING)}"
)


@click.command()
@click.option("--site", "site_id", required=True, type=int)
@click.option("--phone", required=True)
@click.option("--language", required=True)
@click.option("--timezone", required=True, help="where the patient stays")
@click.option("--infused-at", required=True, help="ISO instant with offset")
@click.option("--protocol", default=enrolment.DEFAULT_PROTOCOL, show_default=True)
@click.option("--caregiver-phone")
@click.option("--caregiver-language")
@click.option("--consented-at", help="ISO instant; consent was given on paper, so the consent text is skipped")
@flag_option
def enrol(
    site_id: int,
    phone: str,
    language: str,
    timezone: str,
    infused_at: str,
    protocol: str,
    caregiver_phone: str | None,
    caregiver_language: str | None,
    consented_at: str | None,
    flags: tuple[str, ...],
) -> None:
    """Enrol a patient; without --consented-at the consent text goes out first."""
    program = start()
    request = enrolment.Enrol(
        site_id=site_id,
        phone=phone,
        language=language,
        timezone=timezone,
        infused_at=instant("infused-at", infused_at),
        protocol=protocol,
        caregiver_phone=caregiver_phone,
        caregiver_language=caregiver_language,
        consented_at=instant("consented-at", consented_at) if consented_at else None,
        flags=flags,
    )
    done = enrolment.enrol(program.services, request, program.clock.now())
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    say({"id": done.enrolment_id, "case": done.case_number})


@click.command()
@click.option("--enrolment", "enrolment_id", required=True, type=int, help="the patient's enrolment so far; it ends")
@click.option("--infused-at", required=True, help="ISO instant with offset of the new infusion")
@click.option("--protocol", help="another one than before")
@flag_option
def reinfuse(enrolment_id: int, infused_at: str, protocol: str | None, flags: tuple[str, ...]) -> None:
    """Begin day 0 again after another infusion; without --flag the flags stay as they were."""
    program = start()
    request = reinfusion.Reinfuse(enrolment_id, instant("infused-at", infused_at), protocol, flags or None)
    say({"id": reinfusion.reinfuse(program.services, request, program.clock.now())})


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--site", "site_id", required=True, type=int)
@click.option("--dry-run", is_flag=True, help="only say what is wrong")
def import_command(file: BinaryIO, site_id: int, dry_run: bool) -> None:
    """Enrol everybody in a CSV file, or nobody; lists what is wrong by row."""
    program = start()
    found = imports.import_patients(
        program.services,
        site_id,
        file.read(imports.MOST_BYTES + 1),
        program.clock.now(),
        by=enrolment.OPERATOR,
        dry_run=dry_run,
    )
    for fault in found.faults:
        click.echo(f"row {fault.row}, {fault.field}: {fault.says}", err=True)
    say({"rows": found.rows, "enrolled": 0 if dry_run else found.enrolled, "faults": len(found.faults)})
    if found.faults:
        sys.exit(1)


@click.command()
@click.option("--now", "at", help="pretend that it is this instant (ISO); only outside production")
def tick(at: str | None) -> None:
    """One pass of all that is due."""
    program = start()
    if at is not None and program.settings.production:
        raise BadInput("now", "cannot be given in production: it would text real patients at the wrong time")
    now = instant("now", at) if at else program.clock.now()
    say(upkeep.tick(program.services, now))


@click.command()
@click.argument("what", type=click.Choice(list(listing.LISTINGS)))
@click.option("--json", "as_json", is_flag=True, help="one JSON array")
def show(what: str, as_json: bool) -> None:
    """Show alerts, messages, checkins or enrolments. Contains patient data; the look is audited."""
    program = start()
    rows = listing.show(program.services, what, program.clock.now())
    if as_json:
        say(rows)
        return
    table = Table(*(rows[0] if rows else ["nothing there"]))
    for row in rows:
        table.add_row(*(str(value) if value is not None else "" for value in row.values()))
    Console().print(table)


@click.command()
@click.option("--now", "at", help="account as of this instant (ISO); only outside production")
def ledger(at: str | None) -> None:
    """Account for every check-in that was ever due; fails when any is an orphan."""
    program = start()
    if at is not None and program.settings.production:
        raise BadInput("now", "cannot be given in production")
    found = make_ledger(program.services, instant("now", at) if at else program.clock.now())
    say(
        {
            "at": found.at.isoformat(),
            "slots": found.slots,
            "checkins": dict(found.checkins),
            "orphans": len(found.orphans),
            "problems": found.orphans,
        }
    )
    if found.orphans:
        sys.exit(1)


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
def audit_verify() -> None:
    """Check that the audit trail is whole."""
    found = upkeep.verify_audit(start().services)
    say({"entries": found.entries, "head": found.head, "broken_at": found.broken_at})
    if found.broken_at is not None:
        raise AftercellError(f"the audit trail is broken at entry {found.broken_at}")


@click.command("seed-load")
@click.option("--patients", type=click.IntRange(min=3), default=100_000, show_default=True)
@click.option("--messages", type=click.IntRange(min=3), default=2_000_000, show_default=True)
@click.option("--password", help="of nurse0@example.org, to sign in with")
def seed_load(patients: int, messages: int, password: str | None) -> None:
    """Fill an empty PostgreSQL with invented patients, to see how quick pages are; never in production."""
    program = start(reads=True)
    loaded = load.load(program.services, program.engine, patients, messages, program.clock.now())
    if password:
        accounts.set_password(program.services, 1, password, program.clock.now())
    say(asdict(loaded))
