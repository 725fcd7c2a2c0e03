"""Functions of texts."""

from ..values import Cast, Kind, Value
from .function import MANY, Build, Function, number_of, text_of, text_test, texts, truth_of


def _is_empty(cast: Cast, value: Value) -> Value:
    return Value(f"coalesce({cast.text(value)} = '', true)", Kind.TRUTH)


def _is_blank(cast: Cast, value: Value) -> Value:
    blank = f"regexp_full_match({cast.text(value)}, '\\s*')"
    return Value(f"coalesce({blank}, true)", Kind.TRUTH)


def _trim(name: str, pattern: str) -> Build:
    """Off the ends go the characters of the second argument; without one, all white space."""

    def build(cast: Cast, value: Value, characters: Value | None = None) -> Value:
        if characters:
            return text_of(f"{name}({cast.text(value)}, {cast.text(characters)})")
        return text_of(f"regexp_replace({cast.text(value)}, '{pattern}', '', 'g')")

    return build


def _length(cast: Cast, value: Value) -> Value:
    return number_of(f"length({cast.text(value)})")


def _substr(cast: Cast, value: Value, start: Value, length: Value | None = None) -> Value:
    first = f"greatest({cast.number(start)}, 0)"
    count = f", TRY_CAST(greatest({cast.number(length)}, 0) AS BIGINT)" if length else ""
    return text_of(f"substring({cast.text(value)}, TRY_CAST({first} AS BIGINT) + 1{count})")


def _contains(cast: Cast, value: Value, part: Value, ignore_case: Value | None = None) -> Value:
    if ignore_case is None:
        return truth_of(f"contains({cast.text(value)}, {cast.text(part)})")
    whole, piece = (cast.column(text_of(cast.text(each))).sql for each in (value, part))
    loose = f"contains(lower({whole}), lower({piece}))"
    return truth_of(
        f"CASE WHEN {cast.truth(ignore_case)} THEN {loose} ELSE contains({whole}, {piece}) END"
    )


def _replace_pattern(cast: Cast, value: Value, pattern: Value, replacement: Value) -> Value:
    arguments = ", ".join(map(cast.text, (value, pattern, replacement)))
    return text_of(f"TRY(regexp_replace({arguments}, 'g'))")


def _split(cast: Cast, value: Value, separator: Value) -> Value:
    parts = f"string_split({cast.text(value)}, {cast.text(separator)})"
    return Value(f"to_json({parts})", Kind.STRUCTURE)


def _base64_encode(cast: Cast, value: Value) -> Value:
    return text_of(f"to_base64(encode({cast.text(value)}))")


def _base64_decode(cast: Cast, value: Value) -> Value:
    return text_of(f"TRY(decode(from_base64({cast.text(value)})))")


def _hex_to_ascii(cast: Cast, value: Value) -> Value:
    digits = f"regexp_replace({cast.text(value)}, '^0[xX]', '')"
    return text_of(f"TRY(decode(unhex({digits})))")


def _hex_to_dec(cast: Cast, value: Value) -> Value:
    digits = f"lower(regexp_replace({cast.text(value)}, '^(-?)0[xX]', '\\1'))"
    column = cast.column(text_of(digits)).sql
    sign = f"CASE WHEN starts_with({column}, '-') THEN -1 ELSE 1 END"
    amount = f"TRY_CAST('0x' || ltrim({column}, '-') AS UBIGINT)"
    return number_of(f"{sign} * {amount}::DOUBLE")


def _dec_to_hex(cast: Cast, value: Value) -> Value:
    whole = cast.column(Value(f"TRY_CAST(trunc({cast.number(value)}) AS HUGEINT)", Kind.NUMBER)).sql
    sign = f"CASE WHEN {whole} < 0 THEN '-0x' ELSE '0x' END"
    return text_of(f"{sign} || lower(hex(TRY_CAST(abs({whole}) AS UBIGINT)))")


FUNCTIONS = (
    Function("isEmpty", 1, 1, _is_empty),
    Function("isBlank", 1, 1, _is_blank),
    Function("concat", 1, MANY, texts("concat")),
    Function("trim", 1, 2, _trim("trim", "^\\s+|\\s+$")),
    Function("ltrim", 1, 2, _trim("ltrim", "^\\s+")),
    Function("rtrim", 1, 2, _trim("rtrim", "\\s+$")),
    Function("strlen", 1, 1, _length),
    Function("toUpper", 1, 1, texts("upper")),
    Function("toLower", 1, 1, texts("lower")),
    Function("substr", 2, 3, _substr),
    Function("replace", 3, 3, texts("replace")),
    Function("regexReplace", 3, 3, _replace_pattern),
    Function("strContains", 2, 3, _contains),
    Function("startsWith", 2, 2, text_test("starts_with")),
    Function("endsWith", 2, 2, text_test("ends_with")),
    Function("split", 2, 2, _split),
    Function("urlEncode", 1, 1, texts("url_encode")),
    Function("urlDecode", 1, 1, texts("url_decode")),
    Function("base64Encode", 1, 1, _base64_encode),
    Function("base64Decode", 1, 1, _base64_decode),
    Function("md5", 1, 1, texts("md5")),
    Function("sha256", 1, 1, texts("sha256")),
    Function("hexToAscii", 1, 1, _hex_to_ascii),
    Function("hexToDec", 1, 1, _hex_to_dec),
    Function("decToHex", 1, 1, _dec_to_hex),
)
