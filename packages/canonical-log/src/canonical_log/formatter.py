"""Log records as JSON, one line each. Whatever a record holds, formatting it never raises."""

import logging
import re
import time
from collections.abc import Iterable
from typing import Any

import orjson
from pythonjsonlogger.orjson import OrjsonFormatter

from .context import bound_fields, copied_work, current_work, unreserved
from .event_record import EventRecord
from .exceptions import MAX_STACK_BYTES, exception_fields
from .fields import EXCEPTION, LOG, is_reserved
from .masking import Masking
from .redaction import redact_mapping, redact_parameters
from .spans import active_span
from .text import cut_middle, readable
from .timestamps import rfc3339

__all__ = ["MAX_LINE_BYTES", "JsonFormatter", "plain_fields"]

MAX_LINE_BYTES = 64 * 1024
_BEGINNING_BYTES = 100  # more than a line's time and level take
_ENCODED_LEVELS = {
    name: f'"level":"{name}",' for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
}
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
    # What OpenTelemetry's instrumentation of logging adds, which has fields of its own here.
    "otelSpanID",
    "otelTraceID",
    "otelTraceSampled",
    "otelServiceName",
}


class JsonFormatter(OrjsonFormatter):
    """python-json-logger's formatter for the schema of `fields`: flat, redacted by name, at most 64
    KiB a line.
    """

    def __init__(self, *arguments: Any, mask: Iterable[str] = (), **options: Any) -> None:
        """`mask` names kinds of values that are replaced wherever they stand: some of
        `canonical_log.masking.KINDS`. The rest is of python-json-logger's formatter.

        Raises ValueError for a kind that does not exist.
        """
        super().__init__(*arguments, **options)
        kinds = tuple(mask)
        self._masking = Masking(kinds) if kinds else None

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line feed at its end."""
        if type(record) is EventRecord and not self._masking:
            event_line = self._event_line(record)
            if event_line:
                return event_line
        try:
            fields = {"timestamp": rfc3339(record.created), "level": record.levelname}
            fields |= record.fields if type(record) is EventRecord else plain_fields(record)
        except (
            Exception
        ) as error:  # a record that was made by hand, or an extra that cannot even be looked at
            fields = _broken_fields(record, error)
        if self._masking:
            fields = self._masking.line(fields, self.json_default)
        line = self._encode(fields)
        if len(line) > MAX_LINE_BYTES:
            line = self._encode_cut(fields)
        return line.decode()

    def _event_line(self, record: EventRecord) -> str | None:
        """The line of an event by the short way, which nearly all can go; None for another."""
        try:
            fields = orjson.dumps(record.fields, self.json_default)
            if len(fields) > MAX_LINE_BYTES - _BEGINNING_BYTES:
                return None
            level = _ENCODED_LEVELS[record.levelname]
            return f'{{"timestamp":"{rfc3339(record.created)}",{level}{fields.decode()[1:]}'
        except Exception:  # what JSON cannot hold, or a level of the app's own
            return None

    def _encode(self, fields: dict[str, Any]) -> bytes:
        try:
            return orjson.dumps(fields, self.json_default, orjson.OPT_NON_STR_KEYS)
        except (
            Exception
        ):  # one value is cyclic, a lone surrogate, beyond 64 bits, or its __str__ raises
            return orjson.dumps(
                {readable(name): self._encodable(value) for name, value in fields.items()}
            )

    def _encodable(self, value: Any) -> Any:
        try:
            return orjson.Fragment(orjson.dumps(value, self.json_default, orjson.OPT_NON_STR_KEYS))
        except Exception:  # this is the one
            return readable(value)

    def _encode_cut(self, fields: dict[str, Any]) -> bytes:
        """The line with every long value cut, harder until it fits; at the worst the schema's own
        fields remain.
        """
        for longest in (16_000, 4_000, 1_000, 100):
            cut = {name: self._cut(value, longest) for name, value in fields.items()} | {
                "truncated": True
            }
            line = self._encode(cut)
            if len(line) <= MAX_LINE_BYTES:
                return line
        return self._encode({name: value for name, value in cut.items() if is_reserved(name)})

    def _cut(self, value: Any, longest: int) -> Any:
        if isinstance(value, str):
            return value[:longest]
        return value if len(self._encode({"": value})) <= longest else readable(value)[:longest]


def plain_fields(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a line that code wrote by the ordinary calls of `logging`."""
    error = record.exc_info[1] if record.exc_info else None
    state = current_work()
    if state is None:
        state = copied_work()
    elif not state.is_of(record):
        state = None
    if state:
        is_told = error is not None and state.is_told_by(record, error)
        fields = state.begin_line(EXCEPTION if is_told else LOG)
    else:
        fields = {"event": LOG, **active_span()}
    fields["logger"] = record.name
    extra = dict(bound_fields() or {})
    extra |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if isinstance(record.msg, dict) and not record.args:
        extra |= record.msg
    else:
        text = redact_parameters(_message(record))
        fields["message"] = state.without_secrets(text) if state else text
    fields |= redact_mapping(unreserved(extra)) if extra else {}
    if error and record.exc_info:
        told = exception_fields(error, record.exc_info[2])
        fields |= state.without_secrets_in(told) if state else told
    if record.stack_info:
        fields["stack_info"] = cut_middle(str(record.stack_info), MAX_STACK_BYTES)
    return fields


def _broken_fields(record: logging.LogRecord, error: Exception) -> dict[str, Any]:
    return {
        "timestamp": rfc3339(time.time()),
        "level": readable(record.levelname),
        "event": LOG,
        "logger": readable(record.name),
        "message": f"{readable(record.msg)} (the record raised {type(error).__name__})",
    }


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
        # The development server writes for terminals.
        return _COLOURS.sub("", text) if record.name == "werkzeug" else text
    except (
        Exception
    ) as error:  # the text and its arguments do not fit together, or one cannot be printed
        return f"{readable(record.msg)} (its arguments raised {type(error).__name__})"
