"""The join of both sides by correlation ID: the table `joined`, a row for each request that either
side knows. `worked` has the canonical lines of those that got a thread.
"""

import duckdb

__all__ = ["join"]

# The parts of the time that a client waited add up to it: the application may log a little more, up
# to its last byte.
#
# `side` is where a request is known: an answered request without its line is lost, since the
# application writes one for every request. A request that k6 gave up, or that was refused, may
# never have reached the application.
_JOINED = """
CREATE TABLE joined AS
SELECT *, CASE WHEN server_ms > total_ms THEN 0 ELSE total_ms - server_ms END AS queue_ms,
    total_ms - queue_ms AS inside_ms,
    CASE WHEN database_ms > inside_ms THEN inside_ms ELSE database_ms END AS share_ms,
    inside_ms - share_ms AS application_ms
FROM (
    SELECT client.*, logged.* EXCLUDE (id), coalesce(client.id, logged.id) AS request_id,
        CASE WHEN client.id IS NULL THEN 'log only'
            WHEN logged.id IS NOT NULL AND finished THEN 'both'
            WHEN logged.id IS NOT NULL THEN 'unfinished, logged'
            WHEN NOT finished THEN 'unfinished'
            WHEN status = 0 THEN 'unanswered'
            WHEN status < 400 AND quiet THEN 'quiet'
            ELSE 'lost' END AS side
    FROM client FULL JOIN logged ON client.id = logged.id
)
"""

# A worker writes its lines in lanes of the spool; the samples of its requests say whose a lane is.
_WORKERS = """
UPDATE logged SET writer = lanes.process FROM (
    SELECT logged.writer AS lane, any_value(stacks.writer) AS process
    FROM stacks JOIN logged ON stacks.id = logged.id GROUP BY lane
) AS lanes WHERE logged.writer = lanes.lane
"""

# The server sends these away by itself; they have a line, but no thread has worked on them.
_WORKED = """
CREATE VIEW worked AS
SELECT * FROM logged WHERE coalesce(outcome, '') NOT IN ('shed', 'refused')
"""


def join(database: duckdb.DuckDBPyConnection) -> None:
    """Makes the table joined from client and logged, and the view worked."""
    database.execute(_WORKERS)
    database.execute(_WORKED)
    database.execute(_JOINED)
