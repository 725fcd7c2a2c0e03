"""The fields of every line that this app writes: canonical-log's own, and those of delivery.

`python -m todo.log_fields` prints the table.
"""

from canonical_log.fields import ALL, markdown_table, register
from cloudwatch_spool import events

__all__ = ["register_delivery_fields"]

_OWN = (events.REPORT, events.GAP, events.DAMAGE, events.REJECTED)


def register_delivery_fields() -> None:
    """Makes the events of delivery known to `assert_schema` and to the table of fields."""
    register(
        {
            "name": field.name,
            "type": field.type,
            "unit": field.unit,
            "meaning": field.meaning,
            "events": field.events or ALL,
            "required": _required(field),
        }
        for field in events.FIELDS
    )


def _required(field: events.Field) -> tuple[str, ...]:
    """On lines of canonical-log's own, delivery's fields are only there once they are delivered."""
    return (field.events or _OWN) if field.is_required else ()


if __name__ == "__main__":
    register_delivery_fields()
    print(markdown_table(), end="")
