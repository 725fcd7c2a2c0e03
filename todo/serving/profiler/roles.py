"""What code is for, by where it is and what it is called: so a thread's stack tells what it waits
for.
"""

__all__ = ["CALLS", "ROLES"]

# What a thread that is not running waits for, by the code that it is in: the end of a file's path
# (or a folder in it), and the functions, where not all.
ROLES: tuple[tuple[str, str, frozenset[str]], ...] = (
    (
        "database",
        "sqlalchemy/engine/default.py",
        frozenset({"do_execute", "do_executemany", "do_execute_no_params", "do_rollback"}),
    ),
    ("commit", "sqlalchemy/engine/default.py", frozenset({"do_commit"})),
    ("connect", "sqlalchemy/engine/default.py", frozenset({"connect"})),
    ("connect", "psycopg2/__init__.py", frozenset({"connect"})),
    ("database", "/canonical_log/sqlalchemy/cursors.py", frozenset()),
    ("database", "/psycopg2/", frozenset()),
    ("database", "/psycopg/", frozenset()),
    ("pool", "sqlalchemy/pool/impl.py", frozenset({"_do_get"})),
    ("pool", "psycopg2/pool.py", frozenset()),
    ("logging", "/logging/", frozenset()),
    ("logging", "/canonical_log/", frozenset()),
    ("logging", "/cloudwatch_spool/", frozenset()),
    ("logging", "/pythonjsonlogger/", frozenset()),
    ("logging", "/watchtower/", frozenset()),
    ("client", "/gunicorn/", frozenset()),
    ("client", "/serving/edge/", frozenset()),
    ("upstream", "/socket.py", frozenset()),
    ("upstream", "/ssl.py", frozenset()),
    ("upstream", "/selectors.py", frozenset()),
    ("upstream", "/subprocess.py", frozenset()),
    ("upstream", "/http/client.py", frozenset()),
    ("upstream", "/urllib/request.py", frozenset()),
    ("upstream", "/urllib3/", frozenset()),
    ("upstream", "/httpcore/", frozenset()),
    ("upstream", "/redis/", frozenset()),
    ("lock", "/threading.py", frozenset()),
    ("lock", "/queue.py", frozenset()),
    ("lock", "/multiprocessing/synchronize.py", frozenset()),
    ("wait", "/concurrent/futures/_base.py", frozenset()),
)
# The same by the name of a function written in C, which has no frame of its own.
CALLS = {
    "acquire": "lock",
    "sleep": "sleep",
    "execute": "database",
    "executemany": "database",
    "fetchall": "database",
    "fetchone": "database",
    "commit": "commit",
    "recv": "upstream",
    "recv_into": "upstream",
    "sendall": "upstream",
    "connect": "upstream",
    "getaddrinfo": "upstream",
    "select": "upstream",
    "poll": "upstream",
}
