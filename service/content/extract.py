"""Babel extractor for messages/texts.yaml: `pybabel extract -F locales/babel.cfg`. The context is the text id."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO

from service.content.documents import Document
from service.content.texts import Audience, Text, read_texts

Extracted = tuple[int, str, tuple[str, str], list[str]]
"""Line, gettext function, (context, message), notes for the translator: what Babel expects of an extractor."""


def extract_texts(
    fileobj: IO[bytes], keywords: object, comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Extracted]:
    """All texts for the `audiences` named in the options; everybody's when none is named."""
    wanted = {Audience(name) for name in options.get("audiences", "").split()} or set(Audience)
    document = Document(Path(getattr(fileobj, "name", "texts.yaml")), fileobj.read().decode("utf-8"))
    for text_id, text in read_texts(document).items():
        if text.audience in wanted:
            yield document.line((text_id, "english")), "pgettext", (text_id, text.english), _notes(text)


def _notes(text: Text) -> list[str]:
    to_whom = f"To: {text.audience}."
    return [f"{to_whom} {text.note}".strip()]
