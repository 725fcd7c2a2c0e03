"""The role that the app connects as: it may read and write todos, and nothing else."""

from typing import cast

from psycopg2.extensions import connection as DriverConnection
from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, text

from ..models.todo import Todo

__all__ = ["let_in"]


def let_in(connection: Connection, role: str, password: str) -> None:
    """Makes the role where there is none, with this password, and gives it the rights that the app
    needs of the newest schema; rights that it had beside them go.

    All of it is one transaction, which the caller ends. The server, and so its log, gets the
    password as it is stored, not as it is.
    """
    quote = connection.dialect.identifier_preparer.quote
    driver_connection = cast(DriverConnection, connection.connection.driver_connection)
    verifier = encrypt_password(password, role, driver_connection, "scram-sha-256")
    user, database = quote(role), quote(str(connection.engine.url.database))
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
        connection.execute(text(f"CREATE ROLE {user} LOGIN"))
    connection.execute(text(f"ALTER ROLE {user} LOGIN PASSWORD :it"), {"it": verifier})
    for statement in (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {user}",
        f"GRANT USAGE ON SCHEMA public TO {user}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quote(Todo.__tablename__)} TO {user}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}",
    ):
        connection.execute(text(statement))
