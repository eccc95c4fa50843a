"""The audit trail: nobody changes it unnoticed, and no writer breaks it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from service.store import audit
from service.store.audit import GENESIS, AuditEntry, Verification
from service.store.uow import Work
from tests.conformance import rows
from tests.conformance.rows import NOW
from tests.conformance.together import together

TRIGGERS = {
    "sqlite": ("audit_refuses_update", "audit_refuses_delete", "audit_refuses_replace"),
    "postgresql": ("audit_refuses_change",),
}
COPY = "INSERT INTO audit SELECT {}, at, actor, action, subject, detail, previous_hash, hash FROM audit WHERE seq = 3"


def look_at_patients(work: Work, number: int) -> None:
    for patient in range(1, number + 1):
        with work() as unit:
            unit.record(NOW, "staff:1", "viewed", f"patient:{patient}", reason="alert", alert=patient)
            unit.commit()


def verify(work: Work) -> Verification:
    with work() as unit:
        return audit.verify(unit.session)


def behind_the_back(engine: Engine, *statements: str) -> None:
    """What somebody could do who may change the schema, and so take the triggers away."""
    with engine.begin() as connection:
        for trigger in TRIGGERS[engine.dialect.name]:
            on = " ON audit" if engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {trigger}{on}"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0


def test_a_trail_that_nobody_touched_verifies(work: Work) -> None:
    assert verify(work) == Verification(0, GENESIS, None)
    look_at_patients(work, 5)
    verified = verify(work)
    assert (verified.entries, verified.broken_at) == (5, None)
    with work() as unit:
        assert unit.session.get_one(AuditEntry, 5).hash == verified.head


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'staff:2' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_it(work: Work, engine: Engine, statement: str) -> None:
    look_at_patients(work, 5)
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(work).broken_at is None
    assert verify(work).entries == 5


@pytest.mark.parametrize(
    ("database_url", "statement"),
    [
        ("sqlite", "INSERT OR REPLACE " + COPY.removeprefix("INSERT ").format(3)),
        pytest.param("postgresql", "TRUNCATE audit", marks=pytest.mark.postgres),
        pytest.param(
            "postgresql",
            COPY.format(3) + " ON CONFLICT (seq) DO UPDATE SET actor = 'staff:2'",
            marks=pytest.mark.postgres,
        ),
    ],
    indirect=["database_url"],
)
def test_nor_by_the_back_doors_of_each_dialect(work: Work, engine: Engine, statement: str) -> None:
    look_at_patients(work, 5)
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(work).entries == 5


@pytest.mark.parametrize(
    ("column", "forged"),
    [
        ("at", "2026-03-14 09:26:53.589794"),
        ("actor", "staff:2"),
        ("action", "exported"),
        ("subject", "patient:9"),
        ("detail", "{}"),
        ("previous_hash", "f" * 64),
        ("hash", "f" * 64),
    ],
)
def test_a_changed_entry_is_found(work: Work, engine: Engine, column: str, forged: str) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, f"UPDATE audit SET {column} = '{forged}' WHERE seq = 3")
    assert verify(work).broken_at == 3


def test_a_removed_entry_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, "DELETE FROM audit WHERE seq = 3")
    assert verify(work).broken_at == 4


def test_a_first_entry_that_was_removed_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, "DELETE FROM audit WHERE seq = 1")
    assert verify(work).broken_at == 2


def test_an_entry_slipped_in_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, COPY.format(6))
    assert verify(work).broken_at == 6


def test_an_entry_slipped_in_between_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(
        engine, "UPDATE audit SET seq = 6 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 4", COPY.format(4)
    )
    assert verify(work).broken_at == 4


@pytest.mark.parametrize("first", [1, 5])
def test_a_cut_off_end_is_found(work: Work, engine: Engine, first: int) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, f"DELETE FROM audit WHERE seq >= {first}")
    assert verify(work).broken_at == first


def test_an_end_cut_off_together_with_its_head_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, "DELETE FROM audit", "DELETE FROM audit_head")
    assert verify(work).broken_at == 1


def test_an_entry_that_fits_but_was_added_behind_the_head_is_found(work: Work, engine: Engine) -> None:
    look_at_patients(work, 5)
    behind_the_back(engine, "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)")
    assert verify(work).broken_at == 5


def test_a_rewritten_end_is_found(work: Work, engine: Engine) -> None:
    """The whole chain was computed anew, but not the head."""
    look_at_patients(work, 5)
    behind_the_back(engine, "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE seq = 4)")
    assert verify(work).broken_at == 5


def test_writers_at_once_make_one_unbroken_chain(work: Work) -> None:
    """From the very first entry on."""
    answers = together(4, lambda: look_at_patients(work, 5))
    assert answers == [None] * 4
    assert verify(work).broken_at is None
    assert verify(work).entries == 20


def test_a_unit_that_commits_twice_goes_on_where_the_chain_ends_now(work: Work, engine: Engine) -> None:
    with work() as unit:
        unit.record(NOW, "service", "began", "tick:1")
        unit.commit()
        look_at_patients(work, 1)
        unit.record(NOW, "service", "ended", "tick:1")
        unit.commit()
    assert verify(work).broken_at is None
    assert verify(work).entries == 3


def test_verifying_while_others_append_finds_nothing_wrong(work: Work) -> None:
    look_at_patients(work, 3)

    def verify_and_append() -> int | None:
        broken_at = verify(work).broken_at
        look_at_patients(work, 3)
        return broken_at or verify(work).broken_at

    assert together(3, verify_and_append) == [None] * 3


def test_a_unit_that_is_not_committed_leaves_no_entry(work: Work) -> None:
    with work() as unit:
        unit.record(NOW, "staff:1", "viewed", "patient:1")
    assert verify(work) == Verification(0, GENESIS, None)


def test_a_unit_whose_commit_fails_leaves_no_entry(work: Work) -> None:
    with pytest.raises(IntegrityError), work() as unit:
        unit.session.add_all([rows.message(unit, provider_id="SM0001"), rows.message(unit, provider_id="SM0001")])
        unit.record(NOW, "service", "received", "message:1")
        unit.commit()
    assert verify(work) == Verification(0, GENESIS, None)
