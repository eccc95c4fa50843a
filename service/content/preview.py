"""Every text of a language as a phone would show it, with what it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from service.content.catalog import SOURCE, Catalog
from service.content.costs import typical_values
from service.content.languages import Language
from service.content.texts import Domain
from service.core.sms import Segments, segments


@dataclass(frozen=True, slots=True)
class Bubble:
    """`fallback`: there is no translation, so English is what would be sent. `english`: beside a translation."""

    text_id: str
    audience: str
    text: str
    english: str
    note: str
    cost: Segments
    fallback: bool

    @property
    def size(self) -> str:
        parts = f"{self.cost.parts} part" + ("s" if self.cost.parts > 1 else "")
        return f"{self.cost.units} {self.cost.encoding} units, {parts}"


def bubbles(catalog: Catalog, language: Language, domain: Domain = Domain.PATIENT) -> Iterator[Bubble]:
    """All texts in the order of messages/texts.yaml, with typical values filled in."""
    values = typical_values()
    for text_id, text in catalog.texts.items():
        if text.domain is not domain:
            continue
        rendered = catalog.render(text_id, language.code, values)
        english = "" if language.code == SOURCE else catalog.render(text_id, SOURCE, values).text
        yield Bubble(
            text_id, text.audience, rendered.text, english, text.note, segments(rendered.text), rendered.fallback
        )


_STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24;
  background: #fff; }
section { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; margin: 1.25rem 0; }
.bubble { background: #e7eefb; border-radius: 1rem; padding: .7rem 1rem; white-space: pre-line;
  overflow-wrap: anywhere; }
.english { color: #4a5260; padding: .7rem 0; white-space: pre-line; }
.fallback { background: #fdeaea; }
h2 { font-size: 1rem; margin: 0; grid-column: 1 / -1; }
small { color: #4a5260; font-weight: normal; }
@media (max-width: 40rem) { section { grid-template-columns: 1fr; } }
@media print { section { break-inside: avoid; } }
"""


def as_page(language: Language, version: str, texts: Sequence[Bubble]) -> str:
    """One HTML page that stands alone: each text in a bubble, the English beside it."""
    sections = "\n".join(_section(language, bubble) for bubble in texts)
    title = f"{language.name} ({language.own_name}): texts {version}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"<p>Drafts until a clinician has signed. Red: no translation, English would be sent.</p>\n"
        f"{sections}\n</body>\n</html>\n"
    )


def _section(language: Language, bubble: Bubble) -> str:
    tag = SOURCE if bubble.fallback else language.code.replace("_", "-")
    direction = "ltr" if bubble.fallback else language.direction
    kind = "bubble fallback" if bubble.fallback else "bubble"
    note = f" {escape(bubble.note)}" if bubble.note else ""
    about = f"to the {escape(bubble.audience)}, {escape(bubble.size)}.{note}"
    return (
        f'<section id="{escape(bubble.text_id)}">\n'
        f"<h2>{escape(bubble.text_id)} <small>{about}</small></h2>\n"
        f'<div class="{kind}" lang="{escape(tag)}" dir="{direction}">{escape(bubble.text)}</div>\n'
        f'<div class="english" lang="en" dir="ltr">{escape(bubble.english)}</div>\n</section>'
    )
