"""IP addresses as strings of bits, so that a subnet is a common prefix."""

from .values import Kind, Value, text

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

# What a connection must define before it runs the SQL of this module.
MACROS = (
    f"CREATE MACRO ipv4_bits(x) AS CASE WHEN regexp_full_match(x, '{_OCTET}(\\.{_OCTET}){{3}}') THEN"
    " list_aggregate(list_transform(string_split(x, '.'), lambda o: lpad(bin(o::INTEGER), 8, '0')),"
    " 'string_agg', '') END",
    "CREATE MACRO ipv6_groups(x) AS list_filter(string_split(coalesce(x, ''), ':'), lambda g: g <> '')",
    "CREATE MACRO ipv6_zeros(x) AS 8 - len(ipv6_groups(split_part(x, '::', 1)))"
    " - len(ipv6_groups(split_part(x, '::', 2)))",
    "CREATE MACRO ipv6_list(x) AS list_concat(list_concat(ipv6_groups(split_part(x, '::', 1)),"
    " list_transform(range(ipv6_zeros(x)), lambda i: '0')), ipv6_groups(split_part(x, '::', 2)))",
    "CREATE MACRO ipv6_bits(x) AS CASE WHEN regexp_full_match(x,"
    " '([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?(::)?([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?')"
    " AND (CASE WHEN contains(x, '::') THEN ipv6_zeros(x) > 0 ELSE ipv6_zeros(x) = 0 END) THEN"
    " list_aggregate(list_transform(ipv6_list(x), lambda g: lpad(bin(('0x' || g)::INTEGER), 16, '0')),"
    " 'string_agg', '') END",
    "CREATE MACRO ip_bits(x) AS coalesce(ipv4_bits(x), ipv6_bits(x))",
)


def is_valid(kind: str, value: Value) -> Value:
    """Whether the value is an address; `kind` is ip, ipv4 or ipv6."""
    return Value(f"{kind}_bits({text(value)}) IS NOT NULL", Kind.TRUTH)


def is_in_subnet(kind: str, value: Value, subnet: Value) -> Value:
    """Whether the address is in the subnet, which is written as `10.0.0.0/8`."""
    address = f"{kind}_bits({text(value)})"
    network = f"{kind}_bits(split_part({text(subnet)}, '/', 1))"
    width = f"TRY_CAST(split_part({text(subnet)}, '/', 2) AS INTEGER)"
    same_family = f"length({address}) = length({network})"
    fits = f"{width} BETWEEN 0 AND length({network})"
    prefix = f"left({address}, {width}) = left({network}, {width})"
    return Value(f"coalesce({same_family} AND {fits} AND {prefix}, false)", Kind.TRUTH)
