"""When texts cannot reach staff, e-mail has to: over a real socket to a real SMTP server."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from service.core.delivery import Accepted, Cause, Outcome, Permanent, Transient, Unknown
from service.errors import ConfigurationError
from service.gateways.base import Pager
from service.gateways.email import SmtpPager

NURSE = "nurse@clinic.example.org"


class Mailbox:
    """Takes mail, except from or for the addresses and with the answers it is told to give."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" not in self.answers:
            self.envelopes.append(envelope)
        if self.answers.get("DATA") == "drop":
            assert server.transport is not None
            server.transport.close()
        return self.answers.get("DATA", "250 OK")


def free_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def page(url: str, to: str = NURSE) -> Outcome:
    pager: Pager = SmtpPager(url, timeout=5.0)
    return pager.send(to, "Case 17: urgent", "Case 17 needs you. افتح اللوحة ✚")


def test_a_page_arrives_whole_in_any_script(mailbox: Mailbox, port: int) -> None:
    outcome = page(f"smtp://127.0.0.1:{port}?from=alerts@example.org")
    [envelope] = mailbox.envelopes
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(outcome, Accepted)
    assert message["Message-ID"] == f"<{outcome.provider_id}@example.org>"
    assert (envelope.mail_from, envelope.rcpt_tos) == ("alerts@example.org", [NURSE])
    assert (message["To"], message["Subject"]) == (NURSE, "Case 17: urgent")
    assert message.get_content().strip() == "Case 17 needs you. افتح اللوحة ✚"


@pytest.mark.parametrize(
    ("step", "cause"), [("RCPT", Cause.INVALID_ADDRESS), ("MAIL", Cause.SENDER), ("DATA", Cause.BLOCKED)]
)
def test_a_final_refusal_has_its_cause_and_a_temporary_one_can_be_tried_again(
    mailbox: Mailbox, port: int, step: str, cause: Cause
) -> None:
    mailbox.answers[step] = "550 no"
    final = page(f"smtp://127.0.0.1:{port}")
    mailbox.answers[step] = "451 not now"
    temporary = page(f"smtp://127.0.0.1:{port}")
    assert isinstance(final, Permanent)
    assert (final.code, final.cause) == (550, cause)
    assert isinstance(temporary, Transient)
    assert temporary.code == 451
    assert NURSE not in final.reason + temporary.reason


def test_a_server_that_breaks_off_in_the_middle_may_have_taken_it(mailbox: Mailbox, port: int) -> None:
    mailbox.answers["DATA"] = "drop"
    assert isinstance(page(f"smtp://127.0.0.1:{port}"), Unknown)


def test_no_server_means_that_nothing_was_sent() -> None:
    outcome = page(f"smtp://127.0.0.1:{free_port()}")
    assert isinstance(outcome, Transient)
    assert outcome.cause is Cause.OFFLINE


def test_a_server_that_never_answers_does_not_hold_the_worker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = SmtpPager(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).send(NURSE, "x", "y")
    assert isinstance(outcome, Transient)
    assert outcome.cause is Cause.OFFLINE


@pytest.mark.parametrize("to", ["", "nurse", "a@b\r\nBcc: x@y"])
def test_what_is_no_address_is_not_sent(mailbox: Mailbox, port: int, to: str) -> None:
    outcome = page(f"smtp://127.0.0.1:{port}", to)
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.INVALID_ADDRESS
    assert not mailbox.envelopes


def test_a_server_without_encryption_is_not_used_where_encryption_was_asked_for(mailbox: Mailbox, port: int) -> None:
    outcome = page(f"smtp+starttls://127.0.0.1:{port}")
    assert isinstance(outcome, Permanent)
    assert outcome.cause is Cause.SENDER
    assert not mailbox.envelopes


@pytest.mark.parametrize("password", ["right:p@ss", "wrong"])
def test_signs_in_with_the_password_of_the_url(mailbox: Mailbox, password: str) -> None:
    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        is_right = (data.login, data.password) == (b"pager@example.org", b"right:p@ss")
        return AuthResult(success=is_right, handled=False)

    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), authenticator=authenticate, auth_require_tls=False
    )
    controller.start()
    quoted = password.replace(":", "%3A").replace("@", "%40")
    outcome = page(f"smtp://pager%40example.org:{quoted}@127.0.0.1:{controller.port}")
    controller.stop()
    if password == "wrong":
        assert isinstance(outcome, Permanent)
        assert outcome.cause is Cause.CREDENTIALS
        assert not mailbox.envelopes
    else:
        assert isinstance(outcome, Accepted)
        assert mailbox.envelopes[0].mail_from == "pager@example.org"


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(mailbox: Mailbox, tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed(tmp_path))
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), require_starttls=True, tls_context=context)
    controller.start()
    outcome = page(f"smtp+starttls://127.0.0.1:{controller.port}")
    controller.stop()
    assert isinstance(outcome, Permanent)
    assert "certificate" in outcome.reason
    assert not mailbox.envelopes


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", "smtp://host:port", ""])
def test_a_wrong_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError, match="AFTERCELL_SMTP_URL"):
        SmtpPager(url)
