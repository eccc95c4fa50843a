"""A clinician's signature over what patients are sent in one language and over the protocol that sends it."""

import re
from datetime import date

from service.content.catalog import Catalog
from service.content.languages import Language, Review, ReviewState, digest_of
from service.core.protocol import Protocol
from service.errors import BadInput, ContentError

_REVIEW_LINE = re.compile(r"^review:.*(?:\n[ \t]+.*)*\n?", re.MULTILINE)


def digest(language: Language, protocol: Protocol) -> str:
    """What is signed: every text that would be sent now, and every question and rule of the protocol version."""
    return digest_of([language.digest, protocol.key, protocol.model_dump_json()])


def why_not(language: Language, protocol: Protocol) -> str | None:
    """Why patients must not be enrolled in this language on this protocol, and what to do; None when it was signed."""
    review = language.review
    how = f"have a clinician read `aftercell locales preview {language.code}` and `aftercell protocol show`, then run "
    how += f"`aftercell locales approve {language.code} --reviewer NAME`"
    if review.state is not ReviewState.APPROVED:
        return f"the {language.name} texts have not been approved by a clinician; {how}"
    if review.digest != digest(language, protocol):
        return f"the {language.name} texts or the protocol have changed since {review.reviewer} approved them; {how}"
    return None


def approve(catalog: Catalog, code: str, protocol_id: str, reviewer: str, day: date) -> Review:
    """Sign a language as it is now, in its locale.yaml. Raises BadInput when something is untranslated or unsigned."""
    if not reviewer.strip():
        raise BadInput("reviewer", "must not be empty: a signature has a name")
    language, protocol = catalog.language(code), catalog.protocol(protocol_id)
    missing = [
        text_id
        for text_id, text in catalog.texts.items()
        if text.domain.value == "patient" and language.translation(text_id, text) is None
    ]
    if missing:
        raise BadInput("language", f"{len(missing)} texts would be sent in English ({', '.join(missing[:5])}, ...)")
    review = Review(state=ReviewState.APPROVED, reviewer=reviewer.strip(), date=day, digest=digest(language, protocol))
    _write(language, review)
    return review


def _write(language: Language, review: Review) -> None:
    text = language.file.read_text(encoding="utf-8")
    name = (review.reviewer or "").replace('"', "'")
    line = (
        f'review: {{state: approved, reviewer: "{name}", date: "{review.date}",\n         digest: {review.digest}}}\n'
    )
    changed, count = _REVIEW_LINE.subn(lambda _: line, text, count=1)
    if count != 1:
        raise ContentError(f"{language.file}: has no line that begins with review: to put the signature in")
    language.file.write_text(changed, encoding="utf-8")
