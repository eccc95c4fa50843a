"""Signing in: invitations, passwords, the second factor, and locking out whoever guesses."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError
from passlib.exc import TokenError
from passlib.totp import TOTP

from service.errors import BadInput, NotFound
from service.flows.services import Services
from service.store import accounts
from service.store.accounts import Account
from service.store.staff import StaffMember
from service.store.uow import UnitOfWork

INVITED_FOR = timedelta(days=3)
FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
FEWEST_KINDS = 5
ISSUER = "aftercell"
# A code is good for half a minute; phones' clocks are off by as much.
CODE_WINDOW = timedelta(seconds=30)

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Person:
    """An account as far as a web session needs it. `session_token` names it; `language` is that of the console."""

    id: int
    email: str
    session_token: str
    has_second_factor: bool
    language: str | None


def _person(account: Account) -> Person:
    return Person(account.id, account.email, account.session_token, account.totp_secret is not None, account.language)


def email_index(work: UnitOfWork, email: str) -> str:
    return work.phone_index(f"mailto:{email.strip().casefold()}")


def give_account(work: UnitOfWork, person: StaffMember, now: datetime) -> Account:
    """The account of this person: one for each address, however many sites they serve."""
    index = email_index(work, person.email)
    account = accounts.by_email(work.session, index)
    if account is None:
        account = Account(
            email=person.email.strip(), email_index=index, session_token=secrets.token_urlsafe(32), created_at=now
        )
        work.session.add(account)
        work.flush()
    person.account_id = account.id
    return account


def invite(services: Services, staff_id: int, now: datetime) -> str:
    """A token, good once and for a few days, by which the person sets a password. Raises NotFound."""
    with services.work() as work:
        account = _account_of(work, staff_id, now)
        token = secrets.token_urlsafe(32)
        account.invitation, account.invited_until = _digest(token), now + INVITED_FOR
        work.record(now, "operator", "invited to sign in", f"staff:{staff_id}")
        work.commit()
        return token


def set_password(services: Services, staff_id: int, password: str, now: datetime) -> None:
    """Set a password from the command line. Raises NotFound, and BadInput for a weak one."""
    with services.work() as work:
        account = _account_of(work, staff_id, now)
        _change_password(account, password)
        work.record(now, "operator", "password set", f"staff:{staff_id}")
        work.commit()


def accept_invitation(services: Services, token: str, password: str, now: datetime) -> None:
    """Raises NotFound for a token that is used, too old or wrong, and BadInput for a weak password."""
    with services.work() as work:
        account = _invited(work, token, now)
        _change_password(account, password)
        account.invitation = account.invited_until = None
        work.record(now, f"account:{account.id}", "password set", f"account:{account.id}")
        work.commit()


def check_invitation(services: Services, token: str, now: datetime) -> str:
    """The address that an invitation is for. Raises NotFound."""
    with services.work() as work:
        return _invited(work, token, now).email


def _invited(work: UnitOfWork, token: str, now: datetime) -> Account:
    account = accounts.by_invitation(work.session, _digest(token))
    if account is None or account.invited_until is None or account.invited_until < now:
        raise NotFound("this invitation has been used or is too old; ask an administrator for a new one")
    return account


def _account_of(work: UnitOfWork, staff_id: int, now: datetime) -> Account:
    person = work.session.get(StaffMember, staff_id)
    if person is None:
        raise NotFound(f"there is no staff member {staff_id}")
    account = accounts.for_update(work.session, person.account_id) if person.account_id else None
    return account or give_account(work, person, now)


def _change_password(account: Account, password: str) -> None:
    """A new password ends every session, and the lock-out that a guesser may have caused."""
    password = normal(password)
    check_password(password, account.email)
    account.password_hash = _hasher.hash(password)
    account.session_token = secrets.token_urlsafe(32)
    account.failures, account.locked_until = 0, None


def check_password(password: str, email: str) -> None:
    """Long rather than odd. Raises BadInput that says what is wrong."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput("password", f"must have at least {SHORTEST_PASSWORD} characters; several words are fine")
    if len(password) > LONGEST_PASSWORD:
        raise BadInput("password", f"must have at most {LONGEST_PASSWORD} characters")
    if len(set(password.casefold())) < FEWEST_KINDS:
        raise BadInput("password", "repeats too few different characters")
    name = email.partition("@")[0].casefold()
    if len(name) > 2 and name in password.casefold():
        raise BadInput("password", "must not hold your e-mail address")


def normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def sign_in(services: Services, email: str, password: str, now: datetime) -> Person | None:
    """The person behind this address and password; None for wrong ones, and while locked: nobody learns which.

    Takes as long for an address that has no account.
    """
    with services.work() as work:
        account = accounts.by_email(work.session, email_index(work, email), lock=True)
        right = _matches(account.password_hash if account else None, normal(password))
        if account is None:
            return None
        if account.locked_until is not None and account.locked_until > now:
            work.record(now, f"account:{account.id}", "sign-in refused, locked", f"account:{account.id}")
            work.commit()
            return None
        if not right:
            _note_failure(work, account, now)
        elif account.totp_secret is None:
            # With a second factor the count goes on until its code was right, too.
            _note_success(work, account, now)
        work.commit()
        return _person(account) if right else None


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _dummy_hash(), password) and stored is not None
    except (VerifyMismatchError, VerificationError):
        return False


@cache
def _dummy_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def _note_failure(work: UnitOfWork, account: Account, now: datetime) -> None:
    account.failures += 1
    if account.failures >= FAILURES_ALLOWED:
        account.failures, account.locked_until = 0, now + LOCKED_FOR
        work.record(now, f"account:{account.id}", "locked out", f"account:{account.id}")
    else:
        work.record(now, f"account:{account.id}", "sign-in failed", f"account:{account.id}")


def _note_success(work: UnitOfWork, account: Account, now: datetime) -> None:
    account.failures, account.locked_until = 0, None
    work.record(now, f"account:{account.id}", "signed in", f"account:{account.id}")


def check_code(services: Services, account_id: int, code: str, now: datetime, real_time: datetime) -> bool:
    """Whether this is the code that the person's authenticator shows. `real_time`: their phone knows no other."""
    with services.work() as work:
        account = accounts.for_update(work.session, account_id)
        if account is None or account.totp_secret is None:
            return False
        if account.locked_until is not None and account.locked_until > now:
            return False
        counter = _counter(account.totp_secret, code, real_time, account.totp_counter)
        if counter is None:
            _note_failure(work, account, now)
        else:
            account.totp_counter = counter
            _note_success(work, account, now)
        work.commit()
        return counter is not None


def new_secret() -> str:
    """A secret for an authenticator, in base 32."""
    return str(TOTP.new().base32_key)


def enrolment_address(secret: str, email: str) -> str:
    """What an authenticator scans."""
    return str(TOTP(key=secret, format="base32", issuer=ISSUER, label=email).to_uri())


def set_up_second_factor(
    services: Services, account_id: int, secret: str, code: str, now: datetime, real_time: datetime
) -> None:
    """Raises BadInput unless the code proves that the authenticator has the secret."""
    counter = _counter(secret, code, real_time, None)
    if counter is None:
        raise BadInput("code", "is not what the authenticator shows for this secret; check the phone's clock")
    with services.work() as work:
        account = accounts.for_update(work.session, account_id)
        if account is None:
            raise NotFound("there is no such account")
        account.totp_secret, account.totp_counter = secret, counter
        work.record(now, f"account:{account_id}", "second factor set up", f"account:{account_id}")
        work.commit()


def forget_second_factor(services: Services, staff_id: int, now: datetime) -> None:
    """For a lost phone: the next sign-in sets up a new one. Raises NotFound."""
    with services.work() as work:
        account = _account_of(work, staff_id, now)
        account.totp_secret = account.totp_counter = None
        account.session_token = secrets.token_urlsafe(32)
        work.record(now, "operator", "second factor taken off", f"staff:{staff_id}")
        work.commit()


def _counter(secret: str, code: str, real_time: datetime, last: int | None) -> int | None:
    """The number of the half minute that the code is for, None for a wrong or used one."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", code) if not char.isspace())
    try:
        match = TOTP(key=secret, format="base32").match(
            plain, time=real_time, window=round(CODE_WINDOW.total_seconds()), last_counter=last
        )
    except (TokenError, ValueError):
        return None
    return int(match.counter)


def person_of_session(services: Services, token: str) -> Person | None:
    """Whoever a browser's session names, unless a new password has ended it."""
    with services.read_work() as work:
        account = accounts.by_session(work.session, token)
        return _person(account) if account else None


def sign_out_everywhere(services: Services, account_id: int, now: datetime) -> None:
    """End every session of this account."""
    with services.work() as work:
        account = accounts.for_update(work.session, account_id)
        if account is not None:
            account.session_token = secrets.token_urlsafe(32)
            work.record(now, f"account:{account_id}", "signed out everywhere", f"account:{account_id}")
            work.commit()


def choose_language(services: Services, account_id: int, language: str) -> None:
    """The language of the console, kept for the next time."""
    with services.work() as work:
        account = accounts.for_update(work.session, account_id)
        if account is not None:
            account.language = language
            work.commit()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
