"""A whole programme: many patients, all languages, several processes; the same seed gives the same figures."""

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from os import cpu_count
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from service.content.catalog import Catalog, load_catalog
from service.content.languages import Language
from service.content.lexicons import load_lexicons
from service.content.texts import Domain
from service.core.flags import DISEASES
from service.core.reading.reader import Reader
from service.simulation.course import Course, Programme
from service.simulation.patients import make_patient
from service.simulation.tally import Tally

BEGAN = datetime(2027, 1, 4, 6, tzinfo=UTC)
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")
MOSTLY_TRANSLATED = 0.9


def simulate(root: Path, protocol_id: str, patients: int, days: int, seed: int) -> Tally:
    """Play the courses of so many patients, enrolled over the first weeks, for so many days each."""
    workers = min(cpu_count() or 1, patients)
    share = [(root, protocol_id, range(first, patients, workers), days, seed) for first in range(workers)]
    whole = Tally()
    if workers == 1:
        whole.add(_play(*share[0]))
        return whole
    with ProcessPoolExecutor(workers) as pool:
        for tally in pool.map(_play, *zip(*share, strict=True)):
            whole.add(tally)
    return whole


@cache
def _programme(root: Path, protocol_id: str) -> Programme:
    catalog = load_catalog(root)
    return Programme(catalog, catalog.protocol(protocol_id), Reader(load_lexicons(root / "locales")))


def _play(root: Path, protocol_id: str, numbers: range, days: int, seed: int) -> Tally:
    programme, tally = _programme(root, protocol_id), Tally()
    languages = spoken(programme.catalog)
    for number in numbers:
        chance = Random(f"{seed}:{number}")
        language = languages[number % len(languages)]
        patient = make_patient(number, language, _flags(chance), chance, days)
        began = BEGAN + timedelta(days=chance.randrange(28))
        tally.add(Course(programme, patient, ZoneInfo(chance.choice(ZONES)), began, days).run())
    return tally


def spoken(catalog: Catalog) -> list[Language]:
    """Languages in which nearly every text would be sent; the others would mostly measure English."""
    texts = [(text_id, text) for text_id, text in catalog.texts.items() if text.domain is Domain.PATIENT]
    return [
        language
        for _, language in sorted(catalog.languages.items())
        if sum(language.translation(text_id, text) is not None for text_id, text in texts)
        >= MOSTLY_TRANSLATED * len(texts)
    ]


def _flags(chance: Random) -> frozenset[str]:
    product = chance.choices(("cd19", "bcma", "dual", "mrna"), (8, 1, 1, 1))[0]
    cells = "allogeneic" if chance.random() < 0.1 else "autologous"
    return frozenset({product, cells, chance.choice(sorted(DISEASES))})
