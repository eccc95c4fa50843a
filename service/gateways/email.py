"""Pages staff by e-mail when texts cannot reach them."""

import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from service.core.delivery import Accepted, Cause, Outcome, Permanent, State, Transient, Unknown
from service.errors import ConfigurationError

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class SmtpPager:
    """`Pager` over one SMTP server; opens a connection for each page.

    `smtp_url` is smtp://, smtp+starttls:// or smtps://, with user:password@ (percent-encoded) where the server asks
    for them, and ?from=address to set the sender. `timeout` is in seconds, for each step of the dialogue.
    """

    def __init__(self, smtp_url: str, timeout: float = 10.0) -> None:
        try:
            url = urlsplit(smtp_url)
            self._scheme, self._port = url.scheme, url.port or _PORTS[url.scheme]
        except (ValueError, KeyError):
            raise _bad_url() from None
        if not url.hostname:
            raise _bad_url()
        self._host = url.hostname
        self._user, self._password = unquote(url.username or ""), unquote(url.password or "")
        own = self._user if "@" in self._user else f"aftercell@{self._host}"
        self._sender = parse_qs(url.query).get("from", [own])[0]
        self._timeout = timeout

    def send(self, to: str, subject: str, body: str) -> Outcome:
        """Hand one message to the server. Accepted means that the server has it, not that anyone has read it.

        The provider id is the part of the Message-ID before the @.
        """
        message_id = secrets.token_hex(16)
        try:
            message = self._message(message_id, to, subject, body)
        except ValueError:
            return Permanent(None, "not an e-mail address", Cause.INVALID_ADDRESS)
        try:
            server = self._connect()
        except OSError as error:
            return _not_connected(error)
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(next(iter(error.recipients.values()))[0], "recipient", Cause.INVALID_ADDRESS)
        except smtplib.SMTPSenderRefused as error:
            return _refused(error.smtp_code, "sender", Cause.SENDER)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, "message", Cause.BLOCKED)
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            return Permanent(None, "the mail server cannot take this address", Cause.INVALID_ADDRESS)
        except OSError:
            return Unknown("the mail server broke off while it took the message")
        finally:
            # Without QUIT: whatever a server answers to that can no longer change what it has taken.
            server.close()
        return Accepted(message_id, State.SENT)

    def _message(self, message_id: str, to: str, subject: str, body: str) -> EmailMessage:
        if "@" not in to:
            raise ValueError(to)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message["Date"] = formatdate()
        # Out-of-office answers to a page would only reach nobody.
        message["Auto-Submitted"] = "auto-generated"
        message["Message-ID"] = f"<{message_id}@{self._sender.rpartition('@')[2]}>"
        message.set_content(body)
        return message

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._scheme == "smtp+starttls":
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except OSError:
            server.close()
            raise
        return server


def _bad_url() -> ConfigurationError:
    return ConfigurationError(
        "AFTERCELL_SMTP_URL must look like smtp+starttls://user:password@host:587?from=alerts@example.org"
    )


def _not_connected(error: OSError) -> Outcome:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _refused(error.smtp_code, "login", Cause.CREDENTIALS)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Permanent(None, "the mail server does not offer what AFTERCELL_SMTP_URL asks for", Cause.SENDER)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Permanent(None, "the mail server's certificate is not trusted", Cause.SENDER)
    return Transient(None, "no connection to the mail server", cause=Cause.OFFLINE)


def _refused(code: int, what: str, cause: Cause) -> Outcome:
    """SMTP's own rule: 4xx asks to come again, 5xx is final."""
    if 400 <= code < 500:
        return Transient(code, f"SMTP {code}: {what} refused for now")
    return Permanent(code, f"SMTP {code}: {what} refused", cause)
