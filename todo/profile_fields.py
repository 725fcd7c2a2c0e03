"""The events that profiling writes, and their fields."""

from canonical_log.fields import Field

__all__ = ["DATABASE", "FIELDS", "PLAN", "STACK", "WORKER"]

STACK, WORKER = "profile_stack", "profile_worker"
DATABASE, PLAN = "profile_database", "profile_plan"
_ANY = (STACK, WORKER, DATABASE, PLAN)
_THREADS = (STACK, WORKER)

# Name, type, unit, meaning, the events that have it, and those whose every line has it.
_ROWS = (
    ("run_id", "string", "", "the load test during which it was seen", _ANY, _ANY),
    ("correlation_id", "string", "", "the request; absent where several are added up", _ANY, ()),
    ("http_method", "string", "", "of the request that the thread served", (STACK,), ()),
    ("http_route", "string", "", "its route; absent for a thread that served none", (STACK,), ()),
    (
        "profile_process",
        "string",
        "",
        "alike in one worker process",
        (STACK, WORKER),
        (STACK, WORKER),
    ),
    ("profile_state", "string", "", "what the thread did: cpu, gil, lock, ...", (STACK,), (STACK,)),
    ("profile_ms", "number", "ms", "for how long", (STACK, DATABASE), (STACK, DATABASE)),
    ("profile_location", "string", "", "file:line function in the app", (STACK,), (STACK,)),
    ("profile_call", "string", "", "what was called there, where it is known", (STACK,), ()),
    ("profile_stack", "string", "", "the frames, outermost first, by `;`", (STACK,), (STACK,)),
    ("profile_connection", "boolean", "", "true with a database connection in hand", (STACK,), ()),
    ("profile_elapsed_ms", "number", "ms", "what the line is about", (WORKER,), (WORKER,)),
    ("profile_cpu_ms", "number", "ms", "CPU time of the whole process", (WORKER,), (WORKER,)),
    ("profile_late_ms", "number", "ms", "mean wait for the GIL", (WORKER,), (WORKER,)),
    ("profile_gc_ms", "number", "ms", "CPU time of garbage collection", (WORKER,), (WORKER,)),
    ("profile_rss_bytes", "integer", "bytes", "resident memory", (WORKER,), (WORKER,)),
    ("profile_host_percent", "number", "%", "how busy the host's cores were", (WORKER,), ()),
    ("profile_threads", "integer", "", "threads that the worker serves with", (WORKER,), (WORKER,)),
    ("profile_log_lines", "integer", "", "log records besides the events", (WORKER,), (WORKER,)),
    ("db_fingerprint", "string", "", "of the statement", (DATABASE, PLAN), ()),
    ("db_statement", "string", "", "with its literals masked", (DATABASE, PLAN), ()),
    ("db_session_state", "string", "", "as in pg_stat_activity", (DATABASE,), (DATABASE,)),
    ("db_wait", "string", "", "type:event of the wait; absent on a CPU", (DATABASE,), ()),
    ("db_blocked_by", "string", "", "the correlation ID that holds the lock", (DATABASE,), ()),
    ("db_blocker_statement", "string", "", "the last statement of the holder", (DATABASE,), ()),
    ("db_blocker_state", "string", "", "its session's state", (DATABASE,), ()),
    ("db_plan", "string", "", "the generic plan's nodes, outermost first", (PLAN,), (PLAN,)),
    ("db_finding", "string", "", "what is wrong with it, in words; absent without", (PLAN,), ()),
)
FIELDS = tuple(
    Field(name, kind, events, meaning, unit, required)
    for name, kind, unit, meaning, events, required in _ROWS
)
"""For `canonical_log.fields.register`."""
