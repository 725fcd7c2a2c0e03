"""SQL for what CloudWatch discovers in a line that is no JSON: the fields of Lambda, VPC flow and
Route 53 logs, JSON after a prefix, and the time that the line begins with.

The names are those of AWS, "Supported logs and discovered fields", read 2026-11.
"""

from .values import quoted

_TIME = r"(?:\d{4}-\d\d-\d\dT\S+\s+)?"  # as CloudWatch writes it before an exported event
_TABBED_ID = r"\t([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\t"
_FLOW = rf"^{_TIME}(\d+ \S+ eni-\S+(?: \S+){{9}} \S+ (?:OK|NODATA|SKIPDATA))$"
_ROUTE_53 = rf"^{_TIME}(\d+\.\d+ \d{{4}}-\d\d-\d\dT\S+Z Z\S+(?: \S+){{7}})$"

_FLOW_FIELDS = (
    *("version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort"),
    *("protocol", "packets", "bytes", "startTime", "endTime", "action", "logStatus"),
)
_ROUTE_53_FIELDS = (
    *("version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode"),
    *("protocol", "edgeLocation", "resolverIp", "ednsClientSubnet"),
)

# Times that lines begin with.
_ISO = (
    r"^(?:<\d+>1 )?\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"(?: ?[+-]\d\d:?\d\d\b|Z\b)?)"
)
_LONG = r"^\[?(\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?"
_ACCESS = r"^\S+ \S+ \S+ \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
_SYSLOG = r"^(?:<\d+>)?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d)"


def _found(pattern: str, group: int = 1) -> str:
    return f"nullif(regexp_extract(x, {quoted(pattern)}, {group}), '')"


def _words(pattern: str) -> str:
    return f"string_split({_found(pattern)}, ' ')"


def _report(pattern: str) -> str:
    return f"CASE WHEN lambda_type(x) = 'REPORT' THEN {_found(pattern)} END"


_LAMBDA = {
    "@type": "lambda_type(x)",
    "@requestId": f"coalesce({_found('RequestId: ([0-9A-Za-z-]+)')}, {_found(_TABBED_ID)})",
    "@duration": _report(r"\sDuration: ([0-9.]+) ms"),
    "@billedDuration": _report(r"Billed Duration: ([0-9.]+) ms"),
    "@initDuration": _report(r"Init Duration: ([0-9.]+) ms"),
    "@memorySize": f"millions({_report('Memory Size: ([0-9]+) MB')})",
    "@maxMemoryUsed": f"millions({_report('Max Memory Used: ([0-9]+) MB')})",
    "@xrayTraceId": _found(r"XRAY TraceId: (\S+)"),
    "@xraySegmentId": _found(r"SegmentId: (\S+)"),
}


def _definitions() -> dict[str, str]:
    definitions = dict(_LAMBDA)
    for words, names in (("flow_words", _FLOW_FIELDS), ("route_53_words", _ROUTE_53_FIELDS)):
        for place, name in enumerate(names, 1):
            word = f"{words}(x)[{place}]"
            known = definitions.get(name)
            definitions[name] = f"coalesce({known}, {word})" if known else word
    return definitions


_DISCOVERED = _definitions()
FIELDS = frozenset(_DISCOVERED)


def field_sql(name: str, line: str) -> str:
    """SQL for a field of FIELDS in the text that the SQL `line` yields; null if it has none."""
    return f"{_macro(name)}({line})"


def _macro(name: str) -> str:
    return f'"text {name}"'


# What a connection must define before it runs the SQL of this module.
MACROS = (
    f"CREATE MACRO iso_time(x) AS translate({_found(_ISO)}, ',/', '.-')",
    "CREATE MACRO utc_text(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ')",
    f"CREATE MACRO long_time(x) AS utc_text(try_strptime({_found(_LONG)}, '%d %b %Y %H:%M:%S')"
    f" + to_microseconds(rpad(regexp_extract(x, {quoted(_LONG)}, 2), 6, '0')::BIGINT))",
    f"CREATE MACRO access_time(x) AS utc_text(try_strptime({_found(_ACCESS)},"
    " '%d/%b/%Y:%H:%M:%S %z')::TIMESTAMP)",
    f"CREATE MACRO flow_words(x) AS {_words(_FLOW)}",
    f"CREATE MACRO route_53_words(x) AS {_words(_ROUTE_53)}",
    "CREATE MACRO text_time(x) AS coalesce(iso_time(x), (TRY_CAST(flow_words(x)[11] AS BIGINT) *"
    " 1000)::VARCHAR, route_53_words(x)[2], long_time(x), access_time(x))",
    # The year that a syslog line leaves out is that of the file, or the one before.
    f"CREATE MACRO syslog_in(x, year) AS try_strptime(year || ' ' || {_found(_SYSLOG, 1)} || ' '"
    f" || {_found(_SYSLOG, 2)} || ' ' || {_found(_SYSLOG, 3)}, '%Y %b %d %H:%M:%S')",
    "CREATE MACRO syslog_time(x, modified) AS CASE WHEN syslog_in(x, year(modified)) <= modified +"
    " INTERVAL 1 DAY THEN syslog_in(x, year(modified)) ELSE syslog_in(x, year(modified) - 1) END",
    r"CREATE MACRO outer_braces(x) AS regexp_extract(x, '(?s)\{.*\}')",
    r"CREATE MACRO first_braces(x) AS regexp_extract(x, '\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}')",
    "CREATE MACRO embedded_json(x) AS CASE WHEN NOT contains(x, '{') THEN NULL"
    " WHEN json_valid(outer_braces(x)) THEN outer_braces(x)"
    " WHEN json_valid(first_braces(x)) THEN first_braces(x) END",
    f"CREATE MACRO lambda_type(x) AS {_found(rf'^{_TIME}(START|END|REPORT) RequestId: ')}",
    "CREATE MACRO millions(x) AS (TRY_CAST(x AS BIGINT) * 1000000)::VARCHAR",
    *(f"CREATE MACRO {_macro(name)}(x) AS {sql}" for name, sql in _DISCOVERED.items()),
)
