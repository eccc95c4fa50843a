"""The console's own languages, by Flask-Babel, and how it writes times, spans and levels."""

from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale, gettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

CONSOLE_LANGUAGES = {"en": "English", "es": "Español"}
"""Languages that the console speaks, in their own words. A new one: its folder under locales/ with console.po."""

DOMAIN = "console"


def N_(english: str) -> str:
    """Marks a sentence for translators; it is translated where it is shown."""
    return english


def _(english: str, **values: object) -> str:
    """The sentence in the language of this request."""
    return str(gettext(english, **values))


class PoDomain(Domain):  # type: ignore[misc]  # the library has no types
    """Translations straight from locales/<lang>/LC_MESSAGES/console.po: nothing has to be compiled first."""

    def __init__(self, locales: Path) -> None:
        super().__init__(domain=DOMAIN)
        self._by_language = {code: _load(locales, code) for code in CONSOLE_LANGUAGES}

    def get_translations(self) -> NullTranslations:
        locale = locale_now()
        return self._by_language.get(locale.language, NullTranslations())


def _load(locales: Path, code: str) -> NullTranslations:
    path = locales / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as handle:
        catalog = read_po(handle, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def register(app: Flask, locales: Path) -> None:
    """Choose the language by what the person chose, else by what their browser asks for."""
    babel = Babel(app, locale_selector=_language, default_domain=DOMAIN)
    babel.domain_instance = PoDomain(locales)
    app.context_processor(_for_pages)
    app.add_template_filter(clock_time)
    app.add_template_filter(day)
    app.add_template_filter(day_and_time)
    app.add_template_filter(span)
    app.add_template_filter(level_word)
    app.add_template_filter(role_word)
    app.add_template_filter(checkin_word)
    app.add_template_filter(standing_word)
    app.add_template_filter(answer_word)
    app.add_template_filter(delivery_word)
    app.add_template_filter(whom_word)
    app.add_template_filter(language_name)
    app.add_template_filter(audience_word)
    app.add_template_filter(minutes_word)
    app.jinja_env.globals["csrf"] = _csrf_field


def _language() -> str:
    if not has_request_context():
        return "en"
    # Not from the account: this is asked on error pages too, when there may be no database.
    chosen = session.get("language")
    if chosen in CONSOLE_LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(CONSOLE_LANGUAGES), "en") or "en"


def _for_pages() -> dict[str, object]:
    locale = locale_now()
    return {
        "language": locale.language,
        "direction": locale.text_direction,
        "console_languages": CONSOLE_LANGUAGES,
    }


def locale_now() -> Locale:
    """The language of this request."""
    found: Locale | None = get_locale()
    return found or Locale("en")


def clock_time(moment: datetime) -> str:
    """On the clock of the moment's zone; a day has 24 hours, so that nobody is twelve hours off at night."""
    return f"{moment:%H:%M}"


def day(moment: datetime) -> str:
    return str(format_skeleton("yMMMEd", moment, tzinfo=moment.tzinfo, locale=locale_now()))


def day_and_time(moment: datetime) -> str:
    return f"{format_date(moment.date(), 'd MMM', locale=locale_now())}, {moment:%H:%M}"


def span(length: timedelta) -> str:
    """A length of time in words, such as "12 minutes"."""
    return str(format_timedelta(length, locale=locale_now(), threshold=1.5))


def level_word(level: str) -> str:
    """The level in the reader's language."""
    words = {"emergency": N_("Emergency"), "urgent": N_("Urgent"), "review": N_("Review"), "ok": N_("OK")}
    return _(words[level]) if level in words else level


def role_word(role: str) -> str:
    """The role in the reader's language."""
    words = {
        "coordinator": N_("Coordinator"),
        "clinician": N_("Clinician"),
        "translator": N_("Translator"),
        "auditor": N_("Auditor"),
        "admin": N_("Administrator"),
    }
    return _(words[role]) if role in words else role


def checkin_word(state: str) -> str:
    """What became of a check-in."""
    words = {
        "answered": N_("answered"),
        "escalated": N_("staff alerted"),
        "undeliverable": N_("did not arrive"),
        "open": N_("waits for an answer"),
        "withdrawn": N_("opted out"),
    }
    return _(words[state]) if state in words else state


def standing_word(standing: str) -> str:
    """Whether a phone may be texted."""
    words = {
        "consented": N_("consented"),
        "asked": N_("asked for consent"),
        "opted_out": N_("opted out"),
        "unreachable": N_("cannot be reached"),
    }
    return _(words[standing]) if standing in words else standing


def answer_word(answer: str) -> str:
    """An answer to a yes/no question."""
    words = {"yes": N_("yes"), "no": N_("no"), "unclear": N_("unclear")}
    return _(words[answer]) if answer in words else answer


def delivery_word(state: str) -> str:
    """How far a text has come."""
    words = {
        "queued": N_("waits to be sent"),
        "sending": N_("being sent"),
        "unknown": N_("unknown whether sent"),
        "accepted": N_("accepted"),
        "sent": N_("sent"),
        "expired": N_("too late to send"),
        "cancelled": N_("cancelled"),
        "failed": N_("failed"),
        "undelivered": N_("not delivered"),
        "delivered": N_("delivered"),
        "read": N_("read"),
        "acknowledged": N_("acknowledged"),
    }
    return _(words[state]) if state in words else state


def language_name(code: str) -> str:
    """A language of patients in the reader's language; one that nobody knows is called by its code."""
    return _language_name(code, str(locale_now()))


@cache
def _language_name(code: str, reader: str) -> str:
    try:
        return Locale.parse(code).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return code


def audience_word(audience: str) -> str:
    """For whom a text is."""
    words = {
        "patient": N_("To patients"),
        "caregiver": N_("To caregivers"),
        "quick": N_("Quick replies"),
        "staff": N_("To staff"),
    }
    return _(words[audience]) if audience in words else audience


def minutes_word(minutes: int) -> str:
    """So many minutes, as hours where they are whole ones."""
    hours, rest = divmod(minutes, 60)
    return _("%(hours)s h", hours=hours) if hours and not rest else _("%(minutes)s min", minutes=minutes)


def whom_word(whom: str) -> str:
    """Whom a step of the policy pages."""
    words = {
        "on_call": N_("whoever is on call"),
        "clinicians": N_("every clinician"),
        "everyone": N_("everybody who answers for patients"),
    }
    return _(words[whom]) if whom in words else whom


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
