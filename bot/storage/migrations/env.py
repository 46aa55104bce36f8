"""The script that Alembic runs for every command. It uses the connection that it is given."""

from alembic import context

from bot.storage.schema import metadata

# The connection is in a transaction already, so a failed migration leaves the database unchanged.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
