"""The database: `db` is the Flask-SQLAlchemy object that every model belongs to."""

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, scoped_session

__all__ = ["db"]


class Base(DeclarativeBase):
    """What the models have in common: constraint names that a migration can refer to on every
    database.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Sessions(scoped_session[Session]):
    """Looks for the session of a context that ends only while there is any session."""

    def remove(self) -> None:
        if self.registry.registry:
            super().remove()


db = SQLAlchemy(model_class=Base)
db.session = _Sessions(db.session.session_factory, db.session.registry.scopefunc)
