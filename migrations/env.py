"""Runs the migrations on the connection that `service.store.schema` hands over, within its transaction."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrate with `aftercell migrate`; the alembic command only makes and lists revisions")

context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
