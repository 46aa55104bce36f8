"""What Alembic runs for every command: it works on the connection that it is given."""

from alembic import context

from bot.storage.schema import metadata

# The connection is in a transaction already, so a migration that fails leaves the database as it was.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
