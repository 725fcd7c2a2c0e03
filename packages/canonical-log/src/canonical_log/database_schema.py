"""The fields that tell of a database: of a statement, and of what a piece of work sent in all."""

from .fields import CONNECTION, ENDS, QUERY, Field

__all__ = ["DATABASE_FIELDS"]

_STATEMENT = (QUERY,)
_DATABASE = (QUERY, CONNECTION)

DATABASE_FIELDS = (
    Field("db_query_count", "integer", ENDS, "statements that it ran", required=ENDS),
    Field("db_time_ms", "number", ENDS, "time that they took; absent without any", unit="ms"),
    Field(
        "db_commit_ms",
        "number",
        ENDS,
        "time of its COMMITs and ROLLBACKs; absent without",
        unit="ms",
    ),
    Field("db_connect_ms", "number", ENDS, "time to open connections; absent without", unit="ms"),
    Field(
        "db_pool_wait_ms",
        "number",
        ENDS,
        "time to get open connections from the pool; absent without",
        unit="ms",
    ),
    Field(
        "db_dup_count",
        "integer",
        ENDS,
        "statements beyond the first of their fingerprint; absent when 0",
    ),
    Field("db_slow_count", "integer", ENDS, "statements over the threshold; absent when 0"),
    Field(
        "db_n_plus_one",
        "boolean",
        ENDS,
        "true when more than 5 alike came from one place, or took over 50 ms; else absent",
    ),
    Field("db_n_plus_one_count", "integer", ENDS, "how many; of the fingerprint that had the most"),
    Field("db_n_plus_one_fingerprint", "string", ENDS, "that fingerprint"),
    Field("db_n_plus_one_origin", "string", ENDS, "file:line function of the app they came from"),
    Field(
        "db_statement",
        "string",
        _STATEMENT,
        "as sent, placeholders for values, literals masked",
        required=_STATEMENT,
    ),
    Field(
        "db_fingerprint",
        "string",
        _STATEMENT,
        "alike for statements that differ in values only",
        required=_STATEMENT,
    ),
    Field(
        "db_operation",
        "string",
        _DATABASE,
        "the statement's first word; of a connection POOL_WAIT, CONNECT, COMMIT or ROLLBACK",
        required=_DATABASE,
    ),
    Field("db_table", "string", _STATEMENT, "its first table; absent without"),
    Field(
        "db_rowcount",
        "integer",
        _STATEMENT,
        "rows found or changed; absent when the driver cannot tell",
    ),
    Field(
        "db_duration_ms",
        "number",
        _DATABASE,
        "from sending it to its answer; of a connection, the wait",
        unit="ms",
        required=_DATABASE,
    ),
    Field(
        "db_sqlstate", "string", _STATEMENT, "PostgreSQL's error code, of a statement that failed"
    ),
    Field(
        "db_origin",
        "string",
        _STATEMENT,
        "file:line function of the app that sent it; of slow and of repeated ones",
    ),
    Field("db_executemany", "boolean", _STATEMENT, "true for a batch of parameters; else absent"),
    Field("db_parameters", "string", _STATEMENT, "opt in: the values that were sent"),
)
