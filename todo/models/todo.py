"""The todo: one row of the table `todos`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Index, String, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from . import db

__all__ = ["MAX_ID", "Todo"]

MAX_ID = 2**31 - 1  # of PostgreSQL's type integer


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _created_at(context: DefaultExecutionContext) -> Any:
    return context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]  # SQLAlchemy's own


class Todo(db.Model):  # type: ignore[name-defined,misc]  # made at run time
    """Something to do. Times are UTC without an offset; `updated_at` moves with every UPDATE."""

    __tablename__ = "todos"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str | None] = mapped_column(String(120))
    completed: Mapped[bool] = mapped_column(default=False, server_default=false())
    deadline_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=_created_at, onupdate=_utc_now)

    # The list is read newest first, which is by descending id. Both indexes keep that order and
    # hold what the filters ask for, so that a page is read off an index without a sort.
    __table_args__ = (
        Index(None, "completed", "id", "deadline_at"),
        Index(None, "id", "deadline_at", postgresql_where=text("deadline_at IS NOT NULL")),
    )

    def to_dict(self) -> dict[str, Any]:
        """The todo as the API shows it, with times as ISO 8601 text."""
        values = {column.name: getattr(self, column.name) for column in self.__table__.columns}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }
