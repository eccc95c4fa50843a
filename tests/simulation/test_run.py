"""A simulated programme is the same for the same seed, leaves nobody behind, and finds what befalls its patients."""

from pathlib import Path
from random import Random

from service.content.catalog import load_catalog
from service.simulation.patients import make_patient
from service.simulation.run import simulate

ROOT = Path(__file__).parents[2]


def test_the_same_seed_gives_the_same_programme_and_no_orphans() -> None:
    once, again = (simulate(ROOT, "cart-autoimmune", patients=4, days=40, seed=7) for _ in range(2))
    assert once == again
    assert once.orphans == []
    assert once.patients == 4
    assert once.checkins["answered"] > 4 * 40
    assert once.replies > 4 * 200
    assert once.parts >= once.texts > once.replies
    assert sum(once.alerts.values()) > 0
    assert simulate(ROOT, "cart-autoimmune", patients=4, days=40, seed=8) != once


def test_patients_fall_ill_about_as_often_as_in_the_reports() -> None:
    english = load_catalog(ROOT).language("en")
    patients = [make_patient(n, english, frozenset(), Random(n), 28) for n in range(2000)]
    feverish = sum(any(e.first_day < 14 and "fever" in e.signs for e in one.episodes) for one in patients)
    muddled = sum(any(e.muddles for e in one.episodes) for one in patients)
    assert 0.68 < feverish / 2000 < 0.78, "11 of 15 had CRS"
    assert 0.05 < muddled / 2000 < 0.085, "1 of 15 had ICANS"
