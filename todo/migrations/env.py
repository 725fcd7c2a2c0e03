"""What Alembic runs: the migrations, on the connection that `todo.migrate` hands over."""

from alembic import context

from todo.models import db
from todo.models.todo import Todo

assert Todo.metadata is db.metadata  # noqa: S101  # the import is what makes the table known


def is_compared(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    """All but the column that only PostgreSQL has, and that no model knows."""
    return (kind, name) != ("column", "as_json")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    include_object=is_compared,
    compare_type=True,
    compare_server_default=True,
    render_as_batch=True,  # SQLite cannot alter a table otherwise
)
with context.begin_transaction():
    context.run_migrations()
