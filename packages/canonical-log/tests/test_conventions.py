"""What a field is called in OpenTelemetry is the name of an attribute that is there."""

import pkgutil
from importlib import import_module

from opentelemetry.semconv import attributes
from opentelemetry.semconv._incubating import attributes as incubating

from canonical_log.conventions import ECS, OPENTELEMETRY

# https://opentelemetry.io/docs/specs/otel/logs/data-model/, and of logs in other formats
OF_RECORDS = {
    "Timestamp",
    "SeverityText",
    "EventName",
    "InstrumentationScope",
    "Body",
    "trace_id",
    "span_id",
}
WITH_KEYS = {"http.request.header.*": "http.request.header"}


def attribute_names():
    return {
        value
        for package in (attributes, incubating)
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
        for value in vars(import_module(found.name)).values()
        if isinstance(value, str)
    }


def test_each_name_of_opentelemetry_is_there():
    known = attribute_names() | OF_RECORDS
    names = [name for listed in OPENTELEMETRY.values() for name in listed.split(", ")]
    assert [name for name in names if WITH_KEYS.get(name, name) not in known] == []


def test_what_is_only_a_metric_or_in_neither_has_no_name():
    for field in ("db_duration_ms", "http_client_duration_ms", "parent_span_id"):
        assert field not in OPENTELEMETRY
    assert "parent_span_id" not in ECS
    assert OPENTELEMETRY["event_id"] == "log.record.uid"
