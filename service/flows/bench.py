"""The translator's bench: how far each language is, what its texts look like, and how it reads a reply."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.content import review
from service.content.catalog import SOURCE
from service.content.render import Value
from service.core import sms
from service.core.reading.model import Context
from service.core.triage import Facts, judge
from service.errors import NotFound
from service.flows.access import Actor
from service.flows.chart import Piece, Understood, marked, understood
from service.flows.enrolment import DEFAULT_PROTOCOL
from service.flows.replies import summary
from service.flows.services import Services
from service.flows.texting import moment, site_values
from service.store import sites

LONGEST = 1600


@dataclass(frozen=True, slots=True)
class Standing:
    """One language. `missing`: texts that would go out in English. `waits_for`: why it may not be enrolled yet."""

    code: str
    name: str
    own_name: str
    direction: str
    translated: int
    of: int
    missing: int
    waits_for: str | None
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A text beside its English, with values filled in."""

    text_id: str
    audience: str
    english: str
    body: str
    direction: str
    language: str
    encoding: str
    parts: int
    most_parts: int
    fallback: bool
    note: str


def standings(services: Services) -> list[Standing]:
    """Every language, by name."""
    found = [_standing(services, code) for code in services.catalog.languages]
    return sorted(found, key=lambda one: one.name)


def _standing(services: Services, code: str) -> Standing:
    catalog = services.catalog
    language = catalog.language(code)
    done = sum(language.translation(text_id, text) is not None for text_id, text in catalog.texts.items())
    return Standing(
        code=code,
        name=language.name,
        own_name=language.own_name,
        direction=language.direction,
        translated=done,
        of=len(catalog.texts),
        missing=len(catalog.texts) - done,
        waits_for=review.why_not(language, catalog.protocol(DEFAULT_PROTOCOL)),
        reviewer=language.review.reviewer,
    )


def one(services: Services, code: str) -> Standing:
    """Raises NotFound."""
    if code not in services.catalog.languages:
        raise NotFound("there is no such language")
    return _standing(services, code)


def texts(services: Services, actor: Actor, code: str, now: datetime) -> Iterable[Shown]:
    """Every text in a language, with the site's own numbers in it. Raises NotFound."""
    one(services, code)
    with services.read_work() as work:
        site = sites.get(work.session, actor.site_id)
        values: dict[str, Value] = {
            **site_values(site),
            "TIME": moment(now, now, site.timezone),
            "N": 10,
            "MINUTES": 15,
            "CASE": "BCDFGH",
            "CODE": "4827",
        }
    for text_id, text in services.catalog.texts.items():
        rendered = services.catalog.render(text_id, code, values)
        cost = sms.segments(rendered.text)
        yield Shown(
            text_id=text_id,
            audience=text.audience,
            english=services.catalog.render(text_id, SOURCE, values).text,
            body=rendered.text,
            direction=services.catalog.language(rendered.language).direction,
            language=rendered.language,
            encoding=cost.encoding,
            parts=cost.parts,
            most_parts=text.max_segments,
            fallback=rendered.fallback,
            note=text.note,
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """A made-up reply, as the reader reads it."""

    pieces: tuple[Piece, ...]
    understood: Understood
    intent: str


def try_reply(services: Services, code: str, body: str, asked: str) -> Tried:
    """How a reply would be read, as the answer to a kind of question. Nothing is stored. Raises NotFound."""
    one(services, code)
    context = Context(asked) if asked in list(Context) else Context.OPEN
    text = sms.clean(body)[:LONGEST]
    reading = services.reader.read(text, language=code, context=context)
    protocol = services.catalog.protocol(DEFAULT_PROTOCOL)
    level = judge(protocol, protocol.phase_on(1).column, Facts.of(reading)).level.word
    kept = summary(reading)
    return Tried(tuple(marked(text, kept)), understood(kept, level, None, {}), str(reading.intent))
