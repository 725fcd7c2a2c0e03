"""The fields of every line that this app writes: canonical-log's own, and those of delivery.

`python -m todo.log_fields` prints the table.
"""

from canonical_log.fields import ALL, markdown_table, register

__all__ = ["DELIVERY_FIELDS", "register_delivery_fields"]

REPORT, GAP, DAMAGE, REJECTED = "delivery", "delivery_gap", "delivery_damage", "delivery_rejected"
_DELIVERY = (REPORT, GAP, DAMAGE, REJECTED)

# Name, type, unit, meaning, the events that have it, and those whose every line has it.
DELIVERY_FIELDS = (
    ("logger", "string", "", "the logger's name", _DELIVERY, ()),
    ("message", "string", "", "the text, with its arguments in it", _DELIVERY, ()),
    ("event_id", "string", "", "alike on two copies of one line", ALL, _DELIVERY),
    (
        "delivery_clamped",
        "string",
        "",
        "why CloudWatch refused the line's own time; absent when it took it",
        ALL,
        (),
    ),
    (
        "format_error",
        "string",
        "",
        "why the line could not be formatted; else absent",
        ("log",),
        (),
    ),
    (
        "arguments",
        "string",
        "",
        "with format_error: what was to be put into the message",
        ("log",),
        (),
    ),
    ("part", "integer", "", "which part this is of a line over 1 MB; else absent", ALL, ()),
    ("parts", "integer", "", "how many there are", ALL, ()),
    ("part_of", "string", "", "the event_id of the line", ALL, ()),
    ("part_text", "string", "", "the part; joined, they are the line", ALL, ()),
    ("behind_events", "integer", "", "lines that wait in the spool", (REPORT,), (REPORT,)),
    ("behind_seconds", "number", "s", "age of the oldest of them", (REPORT,), (REPORT,)),
    ("spool_bytes", "integer", "bytes", "size of the spool", (REPORT,), (REPORT,)),
    (
        "started_at",
        "number",
        "s since 1970",
        "when the shipper started, in seconds since 1970",
        (REPORT,),
        (),
    ),
    ("events_shipped", "integer", "", "since then, as are the next seven", (REPORT,), ()),
    ("bytes_shipped", "integer", "bytes", "", (REPORT,), ()),
    ("batches_shipped", "integer", "", "calls of PutLogEvents that were accepted", (REPORT,), ()),
    ("retries", "integer", "", "calls that were not", (REPORT,), (REPORT,)),
    ("events_clamped", "integer", "", "sent again under CloudWatch's time", (REPORT,), ()),
    (
        "events_quarantined",
        "integer",
        "",
        "refused for good, kept in rejected.ndjson",
        (REPORT,),
        (),
    ),
    ("events_dropped", "integer", "", "dropped at the spool's cap", (REPORT,), (REPORT,)),
    ("events_damaged", "integer", "", "unreadable in the spool", (REPORT,), ()),
    ("problem", "string", "", "the error that delivery waits on; absent without", (REPORT,), ()),
    (
        "clock_skew_s",
        "number",
        "s",
        "how far this host's clock is ahead of CloudWatch's",
        (REPORT,),
        (),
    ),
    ("dropped_count", "integer", "", "lines that the spool had no room for", (GAP,), (GAP,)),
    ("dropped_writer", "string", "", "whose, as in event_id", (GAP,), (GAP,)),
    (
        "dropped_first_sequence",
        "integer",
        "",
        "the numbers of the first and the last, as in event_id",
        (GAP,),
        (),
    ),
    ("dropped_last_sequence", "integer", "", "", (GAP,), ()),
    (
        "dropped_from_ms",
        "integer",
        "ms since 1970",
        "their times, in milliseconds since 1970",
        (GAP,),
        (),
    ),
    ("dropped_to_ms", "integer", "ms since 1970", "", (GAP,), ()),
    (
        "dropped_debug",
        "integer",
        "",
        "how many there were of each level; absent when 0",
        (GAP,),
        (),
    ),
    ("dropped_info", "integer", "", "", (GAP,), ()),
    ("dropped_warning", "integer", "", "", (GAP,), ()),
    ("dropped_error", "integer", "", "", (GAP,), ()),
    ("dropped_critical", "integer", "", "", (GAP,), ()),
    ("damaged_count", "integer", "", "lines that could not be read back", (DAMAGE,), (DAMAGE,)),
    ("damaged_segment", "string", "", "from which file", (DAMAGE,), (DAMAGE,)),
    (
        "rejected_bytes",
        "integer",
        "bytes",
        "size of the line that CloudWatch refused",
        (REJECTED,),
        (REJECTED,),
    ),
    ("rejected_event_id", "string", "", "its event_id", (REJECTED,), (REJECTED,)),
)


def register_delivery_fields() -> None:
    """Makes the events of delivery known to `assert_schema` and to the table of fields."""
    names = ("name", "type", "unit", "meaning", "events", "required")
    register(dict(zip(names, row, strict=True)) for row in DELIVERY_FIELDS)


if __name__ == "__main__":
    register_delivery_fields()
    print(markdown_table(), end="")
