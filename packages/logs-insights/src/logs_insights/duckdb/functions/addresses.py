"""Functions of IP addresses, which are strings of bits here: a subnet is a common prefix."""

from ..values import Cast, Kind, Value
from .function import Build, Function, number_of, text_of, truth_of

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")  # RFC 1918
_UNIQUE_LOCAL = ("fc00::/7",)  # its counterpart for IPv6, RFC 4193
# What else is not routed; IANA's special-purpose address registries, read 2026-11.
_RESERVED = (
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fe80::/10",
    "ff00::/8",
)

# What a connection must define before it runs the SQL of this module.
MACROS = (
    f"CREATE MACRO ipv4_bits(x) AS CASE WHEN regexp_full_match(x, '{_OCTET}(\\.{_OCTET}){{3}}')"
    " THEN list_aggregate(list_transform(string_split(x, '.'),"
    " lambda o: lpad(bin(o::INTEGER), 8, '0')), 'string_agg', '') END",
    "CREATE MACRO ipv6_groups(x) AS"
    " list_filter(string_split(coalesce(x, ''), ':'), lambda g: g <> '')",
    "CREATE MACRO ipv6_zeros(x) AS 8 - len(ipv6_groups(split_part(x, '::', 1)))"
    " - len(ipv6_groups(split_part(x, '::', 2)))",
    "CREATE MACRO ipv6_list(x) AS list_concat(list_concat(ipv6_groups(split_part(x, '::', 1)),"
    " list_transform(range(ipv6_zeros(x)), lambda i: '0')), ipv6_groups(split_part(x, '::', 2)))",
    "CREATE MACRO ipv6_bits(x) AS CASE WHEN regexp_full_match(x,"
    " '([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?(::)?([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?')"
    " AND (CASE WHEN contains(x, '::') THEN ipv6_zeros(x) > 0 ELSE ipv6_zeros(x) = 0 END) THEN"
    " list_aggregate(list_transform(ipv6_list(x),"
    " lambda g: lpad(bin(('0x' || g)::INTEGER), 16, '0')), 'string_agg', '') END",
    "CREATE MACRO ip_bits(x) AS coalesce(ipv4_bits(x), ipv6_bits(x))",
    "CREATE MACRO subnet_bits(x) AS left(ip_bits(split_part(x, '/', 1)),"
    " TRY_CAST(split_part(x, '/', 2) AS INTEGER))",
)


def bits(cast: Cast, value: Value, kind: str = "ip") -> str:
    """A column of the address's bits, null if it is none; `kind` is ip, ipv4 or ipv6."""
    address = cast.column(text_of(cast.text(value))).sql
    return cast.column(text_of(f"{kind}_bits({address})")).sql


def _is_valid(kind: str) -> Build:
    def build(cast: Cast, value: Value) -> Value:
        return Value(f"{bits(cast, value, kind)} IS NOT NULL", Kind.TRUTH)

    return build


def _is_in_subnet(kind: str) -> Build:
    """Whether the address is in the subnet, which is written as `10.0.0.0/8`."""

    def build(cast: Cast, value: Value, subnet: Value) -> Value:
        address = bits(cast, value, kind)
        written = cast.column(text_of(cast.text(subnet))).sql
        network = bits(cast, text_of(f"split_part({written}, '/', 1)"), kind)
        width = f"TRY_CAST(split_part({written}, '/', 2) AS INTEGER)"
        width = cast.column(Value(width, Kind.NUMBER)).sql
        return truth_of(
            f"length({address}) = length({network}) AND {width} BETWEEN 0 AND length({network})"
            f" AND left({address}, {width}) = left({network}, {width})"
        )

    return build


def _in_any(address: str, subnets: tuple[str, ...]) -> str:
    """SQL for whether the bits lie in one of the subnets; of IPv4 there are 32, of IPv6 128."""
    found = (
        f"length({address}) = {128 if ':' in subnet else 32}"
        f" AND starts_with({address}, subnet_bits('{subnet}'))"
        for subnet in subnets
    )
    return " OR ".join(f"({each})" for each in found)


def _is_private(cast: Cast, value: Value) -> Value:
    return truth_of(_in_any(bits(cast, value), _PRIVATE))


def _is_reserved(cast: Cast, value: Value) -> Value:
    return truth_of(_in_any(bits(cast, value), _RESERVED))


def _is_public(cast: Cast, value: Value) -> Value:
    return truth_of(f"NOT ({_in_any(bits(cast, value), (*_PRIVATE, *_UNIQUE_LOCAL, *_RESERVED))})")


def _to_number(cast: Cast, value: Value) -> Value:
    address = cast.column(text_of(cast.text(value))).sql
    octets = cast.define(
        f"CASE WHEN {bits(cast, value, 'ipv4')} IS NOT NULL"
        f" THEN string_split({address}, '.')::BIGINT[] END"
    )
    shifted = (f"{octets}[{place}] * {256 ** (4 - place)}" for place in range(1, 5))
    return number_of(" + ".join(shifted))


FUNCTIONS = (
    Function("isValidIp", 1, 1, _is_valid("ip")),
    Function("isValidIpv4", 1, 1, _is_valid("ipv4")),
    Function("isValidIpv6", 1, 1, _is_valid("ipv6")),
    Function("isIpInSubnet", 2, 2, _is_in_subnet("ip")),
    Function("isIpv4InSubnet", 2, 2, _is_in_subnet("ipv4")),
    Function("isIpv6InSubnet", 2, 2, _is_in_subnet("ipv6")),
    Function("ipv4ToNumber", 1, 1, _to_number),
    Function("isPrivateIP", 1, 1, _is_private),
    Function("isPublicIP", 1, 1, _is_public),
    Function("isReservedIP", 1, 1, _is_reserved),
)
