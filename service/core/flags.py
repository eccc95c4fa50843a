"""What is true of one patient and changes what is asked and how it is judged.

LASTING flags are given when the patient is enrolled and never change, so schedules may depend on them. PASSING flags
follow from what was said: the self-test has a baseline, a caregiver can be asked.
"""

from collections.abc import Iterable
from typing import Protocol

LASTING = {
    "autologous": "cells of the patient's own",
    "allogeneic": "cells of a donor",
    "cd19": "product against CD19",
    "bcma": "product against BCMA",
    "dual": "product against two targets, CD19 and BCMA",
    "caar_t": "CAAR-T product",
    "car_nk": "CAR-NK product",
    "car_treg": "CAR-Treg product",
    "mrna": "mRNA product: nothing is built into the genes",
    "no_chemo": "no chemotherapy before the infusion",
    "lupus": "lupus",
    "myositis": "myositis",
    "systemic_sclerosis": "systemic sclerosis",
    "vasculitis": "vasculitis",
    "myasthenia": "myasthenia gravis",
    "pemphigus": "pemphigus",
    "lung_disease": "disease of the lungs",
    "low_igg": "low IgG",
    "no_b_cells": "no B cells",
    "low_counts": "low blood counts",
    "on_steroids": "takes steroids",
    "cuff": "has a blood pressure cuff at home",
    "line": "has a line or port",
    "shared_phone": "shares the phone with a helper",
}
"""Given at enrolment, with the words that a clinician is shown."""

PASSING = {
    "selftest": "did the self-test before the infusion and scored 8 or more",
    "caregiver": "has a caregiver who can be asked",
}
"""Found out by the service itself."""

PRODUCTS = frozenset({"autologous", "allogeneic", "cd19", "bcma", "dual", "caar_t", "car_nk", "car_treg", "mrna"})
DISEASES = frozenset({"lupus", "myositis", "systemic_sclerosis", "vasculitis", "myasthenia", "pemphigus"})

CONTRADICTORY = (frozenset({"autologous", "allogeneic"}),)
"""Of each of these a patient can have one."""


class Choosy(Protocol):
    """What applies only to some patients."""

    @property
    def only_if(self) -> tuple[str, ...]: ...

    @property
    def not_if(self) -> tuple[str, ...]: ...


def applies(to: Choosy, flags: frozenset[str]) -> bool:
    """Whether any flag of `only_if` is set (or none is asked for) and none of `not_if` is."""
    return (not to.only_if or not flags.isdisjoint(to.only_if)) and flags.isdisjoint(to.not_if)


def problem(names: Iterable[str]) -> str | None:
    """Why these flags cannot be given at enrolment, or not together; None when they can."""
    given = set(names)
    strange = unknown(given, lasting=True)
    if strange:
        return f"{strange[0]!r} is not one of {', '.join(LASTING)}"
    clash = next((pair for pair in CONTRADICTORY if pair <= given), None)
    return f"{' and '.join(sorted(clash))} cannot both be true" if clash else None


def unknown(names: Iterable[str], *, lasting: bool = False) -> list[str]:
    """Those that are no flags; with `lasting`, those that a schedule must not depend on."""
    known = LASTING if lasting else {**LASTING, **PASSING}
    return sorted(set(names) - set(known))
