"""The fields of every line that this app writes: canonical-log's own, those of delivery, and those
of profiling. They are complete in `canonical_log.fields` once this module is imported.

`python -m todo.log_fields` prints the table.
"""

from canonical_log.fields import ALL, Field, events, fields_of, markdown_table, register
from cloudwatch_spool import events as delivery

from .profile_fields import FIELDS as PROFILE_FIELDS

__all__ = ["events", "fields_of", "markdown_table"]

_DELIVERY = (delivery.REPORT, delivery.GAP, delivery.DAMAGE, delivery.REJECTED)


def _of_delivery(field: delivery.Field) -> Field:
    """On lines of canonical-log's own, delivery's fields are only there once they are delivered."""
    required = (field.events or _DELIVERY) if field.is_required else ()
    return Field(
        field.name, field.type, field.events or ALL, field.meaning, field.unit, tuple(required)
    )


register(map(_of_delivery, delivery.FIELDS))
register(PROFILE_FIELDS)

if __name__ == "__main__":
    print(markdown_table(), end="")
