"""Every table of the first version, and the triggers that keep the audit trail append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite only counts up by itself on INTEGER.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
SEALED = sa.LargeBinary()

APPEND_ONLY = "the audit trail is append-only"


def upgrade() -> None:
    create_sites_and_staff()
    create_patients()
    create_checkins()
    create_messages()
    create_alerts()
    create_notes()
    create_audit()
    op.create_table(
        "heartbeats",
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_heartbeats"),
    )


def create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("email", SEALED, nullable=False),
        sa.Column("email_index", sa.String(64), nullable=False),
        sa.Column("session_token", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("totp_secret", SEALED),
        sa.Column("totp_counter", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT),
        sa.Column("invitation", sa.String(64)),
        sa.Column("invited_until", INSTANT),
        sa.Column("language", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email_index", name="uq_accounts_email_index"),
        sa.UniqueConstraint("session_token", name="uq_accounts_session_token"),
        sa.UniqueConstraint("invitation", name="uq_accounts_invitation"),
    )


def create_sites_and_staff() -> None:
    create_accounts()
    op.create_table(
        "sites",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("emergency_number", sa.String(16), nullable=False),
        sa.Column("crisis_line", sa.String(32)),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
    )
    op.create_table(
        "staff",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("name", SEALED, nullable=False),
        sa.Column("phone", SEALED, nullable=False),
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("email", SEALED, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("account_id", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_staff_site_id_sites"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_staff_account_id_accounts"),
    )
    op.create_index("ix_staff_account_id", "staff", ["account_id"])
    op.create_index("ix_staff_phone_index", "staff", ["phone_index"])
    op.create_table(
        "site_policies",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_policies"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_policies_site_id_sites"),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"], name="fk_site_policies_changed_by_staff"),
        sa.UniqueConstraint("site_id", "level", name="uq_site_policies_site_id_level"),
    )
    op.create_table(
        "calendars",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("body", SEALED, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("read_until", INSTANT, nullable=False),
        sa.Column("source", SEALED),
        sa.Column("problem", sa.String(300)),
        sa.PrimaryKeyConstraint("id", name="pk_calendars"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_calendars_site_id_sites"),
    )
    op.create_index("ix_calendars_site_id", "calendars", ["site_id"])
    op.create_table(
        "shifts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT),
        sa.Column("calendar_id", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_shifts_staff_id_staff"),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.id"], name="fk_shifts_calendar_id_calendars"),
    )
    op.create_index("ix_shifts_calendar_id", "shifts", ["calendar_id"])
    op.create_index("ix_shifts_staff_id", "shifts", ["staff_id"])


def create_patients() -> None:
    op.create_table(
        "patients",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("case_number", sa.String(12), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patients"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_patients_site_id_sites"),
        sa.UniqueConstraint("case_number", name="uq_patients_case_number"),
    )
    op.create_index("ix_patients_site_id", "patients", ["site_id"])
    op.create_table(
        "contacts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("phone", SEALED, nullable=False),
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("consented_at", INSTANT),
        sa.Column("opted_out_at", INSTANT),
        sa.Column("resumed_at", INSTANT),
        sa.Column("unreachable_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_contacts_patient_id_patients"),
    )
    op.create_index("ix_contacts_patient_id", "contacts", ["patient_id"])
    op.create_index("ix_contacts_phone_index", "contacts", ["phone_index"])
    op.create_table(
        "protocol_versions",
        sa.Column("protocol_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("protocol_id", "version", name="pk_protocol_versions"),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("protocol_id", sa.String(64), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("infused_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("latest_at", INSTANT, nullable=False),
        sa.Column("began_at", INSTANT),
        sa.Column("covered_until", INSTANT),
        sa.Column("next_checkin_at", INSTANT),
        sa.Column("last_level", sa.String(16), nullable=False),
        sa.Column("flags", SEALED),
        sa.Column("history", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_enrolments_patient_id_patients"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_enrolments_site_id_sites"),
        sa.ForeignKeyConstraint(
            ["protocol_id", "protocol_version"],
            ["protocol_versions.protocol_id", "protocol_versions.version"],
            name="fk_enrolments_protocol_id_protocol_version_protocol_versions",
        ),
    )
    op.create_index("ix_enrolments_due", "enrolments", ["next_checkin_at"])
    op.create_index("ix_enrolments_patient_id", "enrolments", ["patient_id"])
    op.create_index("ix_enrolments_site_id", "enrolments", ["site_id"])


def create_checkins() -> None:
    op.create_table(
        "checkins",
        sa.Column("id", BIG, nullable=False),
        sa.Column("enrolment_id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=False),
        sa.Column("slot", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("phase_id", sa.String(32), nullable=False),
        sa.Column("scheduled_at", INSTANT, nullable=False),
        sa.Column("covers_from", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("conversation", SEALED, nullable=False),
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", INSTANT),
        sa.Column("next_action_at", INSTANT),
        sa.Column("ladder_step", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_checkins"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name="fk_checkins_enrolment_id_enrolments"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_checkins_contact_id_contacts"),
        sa.UniqueConstraint("enrolment_id", "slot", name="uq_checkins_enrolment_id_slot"),
    )
    op.create_index("ix_checkins_due", "checkins", ["next_action_at"])
    op.create_index("ix_checkins_contact", "checkins", ["contact_id", "id"])


def create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("phone", SEALED, nullable=False),
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("body", SEALED, nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("text_id", sa.String(64)),
        sa.Column("catalog_version", sa.String(16)),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("site_id", BIG),
        sa.Column("contact_id", BIG),
        sa.Column("staff_id", BIG),
        sa.Column("enrolment_id", BIG),
        sa.Column("checkin_id", BIG),
        sa.Column("expires_at", INSTANT),
        sa.Column("lease_until", INSTANT),
        sa.Column("look_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(32)),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("carrier_opt_out", sa.String(16)),
        sa.Column("reading", SEALED),
        sa.Column("level", sa.String(16)),
        sa.Column("unclear", sa.Boolean()),
        sa.Column("handled_at", INSTANT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_messages_site_id_sites"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_messages_contact_id_contacts"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_messages_staff_id_staff"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name="fk_messages_enrolment_id_enrolments"),
        sa.ForeignKeyConstraint(["checkin_id"], ["checkins.id"], name="fk_messages_checkin_id_checkins"),
        sa.UniqueConstraint("provider_id", name="uq_messages_provider_id"),
    )
    op.create_index("ix_messages_outbox", "messages", ["state", "lane", "due_at"])
    op.create_index("ix_messages_look", "messages", ["look_at"])
    op.create_index("ix_messages_contact", "messages", ["contact_id", "id"])
    op.create_index("ix_messages_phone_index", "messages", ["phone_index"])
    op.create_table(
        "attempts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.String(16)),
        sa.Column("code", sa.String(32)),
        sa.Column("provider_id", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_attempts_message_id_messages"),
    )
    op.create_index("ix_attempts_message_id", "attempts", ["message_id"])
    op.create_table(
        "receipts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_receipts_message_id_messages"),
        sa.UniqueConstraint(
            "message_id", "provider_id", "status", "code", name="uq_receipts_message_id_provider_id_status_code"
        ),
    )
    op.create_index("ix_receipts_message_id", "receipts", ["message_id"])
    op.create_table(
        "consents",
        sa.Column("id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("text_id", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("catalog_version", sa.String(16), nullable=False),
        sa.Column("message_id", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_consents_contact_id_contacts"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_consents_message_id_messages"),
    )
    op.create_index("ix_consents_contact_id", "consents", ["contact_id"])


def create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("case_number", sa.String(12), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("protocol_id", sa.String(64), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("next_page_at", INSTANT),
        sa.Column("enrolment_id", BIG),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("page_text", sa.String(32), nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("acknowledged_by", BIG),
        sa.Column("acknowledgement_expires_at", INSTANT),
        sa.Column("resolved_at", INSTANT),
        sa.Column("resolved_by", BIG),
        sa.Column("outcome", SEALED),
        sa.Column("outcome_kind", sa.String(24)),
        sa.Column("assigned_to", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_alerts_site_id_sites"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name="fk_alerts_enrolment_id_enrolments"),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["staff.id"], name="fk_alerts_acknowledged_by_staff"),
        sa.ForeignKeyConstraint(["resolved_by"], ["staff.id"], name="fk_alerts_resolved_by_staff"),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff.id"], name="fk_alerts_assigned_to_staff"),
    )
    op.create_index("ix_alerts_due", "alerts", ["next_page_at"])
    op.create_index("ix_alerts_enrolment_id", "alerts", ["enrolment_id"])
    op.create_index("ix_alerts_expiring", "alerts", ["acknowledgement_expires_at"])
    op.create_index(
        "uq_alerts_unresolved_subject",
        "alerts",
        ["site_id", "subject"],
        unique=True,
        sqlite_where=sa.text("state != 'resolved'"),
        postgresql_where=sa.text("state != 'resolved'"),
    )
    op.create_table(
        "reasons",
        sa.Column("id", BIG, nullable=False),
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("says", sa.String(300), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("message_id", BIG),
        sa.Column("checkin_id", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_reasons"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_reasons_alert_id_alerts"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_reasons_message_id_messages"),
        sa.ForeignKeyConstraint(["checkin_id"], ["checkins.id"], name="fk_reasons_checkin_id_checkins"),
    )
    op.create_index("ix_reasons_alert_id", "reasons", ["alert_id"])
    op.create_table(
        "pages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_pages_alert_id_alerts"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_pages_staff_id_staff"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_pages_message_id_messages"),
    )
    for column in ("alert_id", "staff_id", "message_id"):
        op.create_index(f"ix_pages_{column}", "pages", [column])


def create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("enrolment_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", SEALED, nullable=False),
        sa.Column("reached", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name="fk_notes_enrolment_id_enrolments"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_notes_staff_id_staff"),
    )
    op.create_index("ix_notes_enrolment_id", "notes", ["enrolment_id"])
    op.create_table(
        "corrections",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reading", SEALED, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_corrections_message_id_messages"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_corrections_staff_id_staff"),
    )
    op.create_index("ix_corrections_message_id", "corrections", ["message_id"])


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "seq"])
    op.create_index("ix_audit_actor", "audit", ["actor", "seq"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    # There from the start: it is the lock that the very first writers queue up for.
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    if op.get_context().dialect.name == "sqlite":
        guard_audit_on_sqlite()
    else:
        guard_audit_on_postgresql()


def guard_audit_on_sqlite() -> None:
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change} BEFORE {change.upper()} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        )
    # INSERT OR REPLACE removes the old row without asking the delete trigger.
    op.execute(
        "CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) "
        f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
    )


def guard_audit_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change()"
    )


def downgrade() -> None:
    # Newest first, so that nothing is dropped that another table points at; triggers and indexes go with their table.
    for table in (
        "heartbeats", "audit_head", "audit", "corrections", "notes", "pages", "reasons", "alerts", "consents", "receipts", "attempts",
        "messages", "checkins", "enrolments", "protocol_versions", "contacts", "patients", "shifts", "calendars",
        "site_policies", "staff", "accounts", "sites",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuses_change()")
