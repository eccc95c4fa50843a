"""What delivery needs under load and faults: pacing and holds that all workers share, alarms told once, duties that
one of many workers does, the token of a call, and indexes for what waits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

WAITING = sa.text("state IN ('queued', 'sending')")
QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_senders"),
    )
    op.create_table(
        "holds",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_holds"),
    )
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alarms"),
    )
    op.create_table(
        "duties",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("mark", INSTANT),
        sa.PrimaryKeyConstraint("name", name="pk_duties"),
    )
    op.add_column("pages", sa.Column("token", sa.String(64)))
    op.create_index("uq_pages_token", "pages", ["token"], unique=True)
    op.create_index("ix_messages_waiting", "messages", ["phone_index"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index("ix_messages_expiring", "messages", ["expires_at"], sqlite_where=QUEUED, postgresql_where=QUEUED)


def downgrade() -> None:
    op.drop_index("ix_messages_expiring", "messages")
    op.drop_index("ix_messages_waiting", "messages")
    op.drop_index("uq_pages_token", "pages")
    op.drop_column("pages", "token")
    for table in ("duties", "alarms", "holds", "senders"):
        op.drop_table(table)
