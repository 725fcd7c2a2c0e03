"""What is said of an event, in one line."""

from .frames import Record

__all__ = ["span_text", "work_text"]

_WAITS = {
    "CONNECT": "connecting to the database",
    "POOL_WAIT": "waiting for a connection of the pool",
}


def span_text(event: Record, kind: str) -> str:
    """Of an event whose span is of this kind."""
    if kind == "query":
        failure = f" -- {event['db_sqlstate']}" if "db_sqlstate" in event else ""
        return " ".join(event.get("db_statement", "").split()) + failure
    if kind == "connection":
        return _WAITS.get(event.get("db_operation", ""), event.get("db_operation", ""))
    if kind == "http_client":
        outcome = event.get("http_client_status") or event.get("exception_type", "")
        asked = f"{event.get('http_client_method', '')} {event.get('http_client_url', '')}"
        return f"{asked} -- {outcome}"
    if kind in ("job", "work"):
        return work_text(event)
    if kind == "exception":
        described = (
            f"{event.get('exception_type', 'exception')}: {event.get('exception_message', '')}"
        )
        return described + (
            f" ({event['exception_location']})" if "exception_location" in event else ""
        )
    return f"{event.get('level', '')} {event.get('logger', '')}: {event.get('message', '')}".strip()


def work_text(event: Record) -> str:
    """What is told of a job or other work, by an event of its own."""
    name = event.get("work_name", "?")
    if "job_system" not in event:
        return f"work {name}"
    attempt = f", attempt {event['job_attempt']}" if event.get("job_attempt", "1") != "1" else ""
    return f"{event['job_system']} job {name}{attempt}"
