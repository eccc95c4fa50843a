"""Signing in: what opens an account, and what keeps everybody else out."""

from datetime import UTC, datetime, timedelta

import pytest
from passlib.totp import TOTP
from sqlalchemy import Engine, select

from service.errors import BadInput, NotFound
from service.flows import access, accounts, enrolment
from service.store.accounts import Account
from service.store.audit import AuditEntry
from service.store.base import Vault
from tests.world import Person, World, make_world

PASSWORD = "correct horse battery"
REAL = datetime(2027, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(engine: Engine, vault: Vault) -> World:
    return make_world(engine, vault)


def nurse(world: World) -> tuple[Person, str]:
    member = world.add_staff()
    accounts.set_password(world.services, member.id, PASSWORD, world.now)
    return member, f"coordinator{member.phone[-3:]}@example.org"


def sign_in(world: World, email: str, password: str = PASSWORD) -> accounts.Person | None:
    return accounts.sign_in(world.services, email, password, world.now)


def code(secret: str, at: datetime = REAL) -> str:
    return str(TOTP(key=secret, format="base32").generate(time=at).token)


def test_the_right_password_opens_in_any_case_of_the_address_and_a_wrong_one_does_not(world: World) -> None:
    _, email = nurse(world)
    assert sign_in(world, f" {email.upper()} ") is not None
    assert sign_in(world, email, PASSWORD + "x") is None
    assert sign_in(world, "nobody@example.org") is None


def test_somebody_without_a_password_cannot_sign_in_with_none(world: World) -> None:
    member = world.add_staff()
    assert sign_in(world, f"coordinator{member.phone[-3:]}@example.org", "") is None


def test_after_five_wrong_tries_the_right_password_does_not_help_until_the_time_is_over(world: World) -> None:
    _, email = nurse(world)
    for _ in range(accounts.FAILURES_ALLOWED):
        sign_in(world, email, "guessed")
    assert sign_in(world, email) is None
    world.clock.jump_to(world.now + accounts.LOCKED_FOR + timedelta(seconds=1))
    assert sign_in(world, email) is not None


def test_tries_are_counted_together_whatever_succeeded_between_only_when_it_succeeded(world: World) -> None:
    _, email = nurse(world)
    for _ in range(accounts.FAILURES_ALLOWED - 1):
        sign_in(world, email, "guessed")
    assert sign_in(world, email) is not None
    sign_in(world, email, "guessed")
    assert sign_in(world, email) is not None


def test_guessing_codes_locks_out_too_although_the_password_is_right_each_time(world: World) -> None:
    _, email = nurse(world)
    who = sign_in(world, email)
    assert who is not None
    secret = accounts.new_secret()
    accounts.set_up_second_factor(world.services, who.id, secret, code(secret), world.now, REAL)
    later = REAL + timedelta(hours=1)
    for _ in range(accounts.FAILURES_ALLOWED):
        assert sign_in(world, email) is not None
        assert not accounts.check_code(world.services, who.id, "000000", world.now, later)
    assert sign_in(world, email) is None
    assert not accounts.check_code(world.services, who.id, code(secret, later), world.now, later)


def test_a_code_is_good_once_and_only_around_its_half_minute(world: World) -> None:
    _, email = nurse(world)
    who = sign_in(world, email)
    assert who is not None
    secret = accounts.new_secret()
    with pytest.raises(BadInput, match="authenticator"):
        accounts.set_up_second_factor(world.services, who.id, secret, "12", world.now, REAL)
    accounts.set_up_second_factor(world.services, who.id, secret, code(secret), world.now, REAL)
    later = REAL + timedelta(minutes=5)
    typed = f" {code(secret, later)[:3]} {code(secret, later)[3:]}"
    assert accounts.check_code(world.services, who.id, typed, world.now, later)
    assert not accounts.check_code(world.services, who.id, code(secret, later), world.now, later)
    assert not accounts.check_code(world.services, who.id, code(secret, later - timedelta(minutes=3)), world.now, later)


def test_an_invitation_sets_one_password_and_is_then_used_up(world: World) -> None:
    member = world.add_staff()
    token = accounts.invite(world.services, member.id, world.now)
    with pytest.raises(BadInput, match="12 characters"):
        accounts.accept_invitation(world.services, token, "short", world.now)
    accounts.accept_invitation(world.services, token, PASSWORD, world.now)
    assert sign_in(world, f"coordinator{member.phone[-3:]}@example.org") is not None
    with pytest.raises(NotFound):
        accounts.accept_invitation(world.services, token, PASSWORD, world.now)


def test_an_old_invitation_and_a_guessed_one_open_nothing(world: World) -> None:
    member = world.add_staff()
    token = accounts.invite(world.services, member.id, world.now)
    with pytest.raises(NotFound):
        accounts.check_invitation(world.services, token[:-1], world.now)
    with pytest.raises(NotFound):
        accounts.check_invitation(world.services, token, world.now + accounts.INVITED_FOR + timedelta(seconds=1))


def test_a_new_password_ends_every_session(world: World) -> None:
    member, email = nurse(world)
    who = sign_in(world, email)
    assert who is not None
    assert accounts.person_of_session(world.services, who.session_token) is not None
    accounts.set_password(world.services, member.id, PASSWORD + " staple", world.now)
    assert accounts.person_of_session(world.services, who.session_token) is None


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaa", "abababababab", "x" * 201, "coordinator102 rules"])
def test_a_weak_password_is_refused(world: World, weak: str) -> None:
    member = world.add_staff()
    with pytest.raises(BadInput) as refused:
        accounts.set_password(world.services, member.id, weak, world.now)
    assert refused.value.field == "password"


def test_one_person_at_two_sites_has_one_account_and_a_role_at_each(world: World) -> None:
    member, email = nurse(world)
    other = world.add_site()
    twin = enrolment.add_staff(
        world.services,
        site_id=other,
        name="The same",
        phone=member.phone,
        email=email.upper(),
        role="auditor",
        on_call=False,
        now=world.now,
    )
    who = sign_in(world, email)
    assert who is not None
    found = access.memberships(world.services, who.id)
    assert [(one.actor.staff_id, one.actor.site_id, one.actor.role) for one in found] == [
        (member.id, world.site_id, "coordinator"),
        (twin, other, "auditor"),
    ]


def test_passwords_and_secrets_are_nowhere_in_the_clear(world: World) -> None:
    _, email = nurse(world)
    who = sign_in(world, email)
    assert who is not None
    with world.services.read_work() as work:
        account = work.session.scalars(select(Account)).one()
        trail = [entry.detail + entry.action for entry in work.session.scalars(select(AuditEntry))]
    assert (account.password_hash or "").startswith("$argon2id$")
    assert account.invitation is None
    assert not any(PASSWORD in line or email in line for line in trail)
    assert "signed in" in " ".join(trail)
