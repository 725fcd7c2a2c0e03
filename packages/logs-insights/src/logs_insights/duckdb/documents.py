"""SQL for the values in an event's JSON, of which only the first fields are discovered."""

from . import plaintext
from .values import quoted

_MAX_FIELDS = 200  # of one event; AWS, "Supported logs and discovered fields", read 2026-11
_MIN_WIDE_BYTES = _MAX_FIELDS * 6  # 200 fields take at least that: "a":1,

# What a connection must define before it runs the SQL of this module.
MACROS = (
    "CREATE MACRO leaf_at(x, p) AS leaf_text(json_type(x, p), json_extract_string(x, p))",
    "CREATE MACRO looks_json(x) AS starts_with(x, '{') AND ends_with(x, '}')",
    "CREATE MACRO key_pointer(k) AS '/' || replace(replace(k, '~', '~0'), '/', '~1')",
    "CREATE MACRO is_leaf(x) AS json_type(x) NOT IN ('OBJECT', 'ARRAY')",
    "CREATE MACRO leaves(x) AS CASE WHEN is_leaf(x) THEN 1"
    " ELSE len(list_filter(json_extract(x, '$..*'), lambda each: is_leaf(each))) END",
    "CREATE MACRO leaves_by_key(x) AS list_transform(json_keys(x), lambda k:"
    " leaves(json_extract(x, key_pointer(k))))",
    # The list of one list is there to count only once: a macro's argument is evaluated wherever it
    # is named.
    "CREATE MACRO kept_keys(x) AS list_transform([leaves_by_key(x)], lambda counts:"
    f" list_filter(json_keys(x), lambda k, place: list_sum(counts[1:place]) <= {_MAX_FIELDS}))[1]",
    "CREATE MACRO with_first_fields(x) AS '{' || array_to_string(list_transform("
    "kept_keys(x), lambda k: to_json(k)::VARCHAR || ':' ||"
    " json_extract(x, key_pointer(k))::VARCHAR), ',') || '}'",
    "CREATE MACRO is_wide(x) AS strlen(x) >= "
    f"{_MIN_WIDE_BYTES} AND strlen(x) - strlen(replace(x, ',', '')) >= {_MAX_FIELDS}",
    "CREATE MACRO flat_name(k) AS replace(replace(replace(k[3:], '[', '.'), ']', ''), '\"', '')",
    "CREATE MACRO flat_fields(x) AS (SELECT list({'name': flat_name(t.fullkey), 'value':"
    " leaf_text(t.type, json_extract_string(t.atom, '$'))}) FROM json_tree(x) AS t"
    " WHERE t.atom IS NOT NULL)",
    *plaintext.MACROS,
    "CREATE MACRO document(x) AS CASE WHEN looks_json(x) AND json_valid(x) THEN x"
    " ELSE embedded_json(x) END",
    "CREATE MACRO moment(x) AS CASE WHEN TRY_CAST(x AS DOUBLE) BETWEEN 1e8 AND 1e11"
    " THEN make_timestamp((x::DOUBLE * 1e6)::BIGINT) ELSE to_time(x) END",
)


def values_sql(document: str, pointers: list[str]) -> str:
    """A list of the texts at the pointers in the SQL of a document."""
    listed = ", ".join(map(quoted, pointers))
    narrowed = f"json_extract_string(with_first_fields({document}), [{listed}])"
    extracted = f"json_extract_string({document}, [{listed}])"
    return f"CASE WHEN is_wide({document}) THEN {narrowed} ELSE {extracted} END"
