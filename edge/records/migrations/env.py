"""How Alembic reaches the database: over the connection that `edge.records.database` hands it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
