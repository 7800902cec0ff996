"""Alembic's entry point: run on the connection that ``migrate`` hands over."""

from alembic import context
from nbassess_hub.store.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
