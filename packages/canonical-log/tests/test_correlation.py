"""Where a request's id comes from, held to the specifications' own examples."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical_log.correlation import identify, outgoing_headers, parse_amzn_root, parse_traceparent

# From https://www.w3.org/TR/trace-context/ and from its test suite.
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
# From AWS's page "Request tracing for your Application Load Balancer".
ROOT = "1-67891233-abcdef012345678912345678"
AMZN_EXAMPLES = [
    f"Root={ROOT}",
    f"Self=1-67891234-12456789abcdef012345678;Root={ROOT}",
    f"Self=1-67891234-12456789abcdef012345678;Root={ROOT};CalledFrom=app",
]


@pytest.mark.parametrize("flags", ["00", "01", "ff"])
def test_a_traceparent_is_read(flags):
    assert parse_traceparent(f"00-{TRACE}-{SPAN}-{flags}") == (TRACE, SPAN, int(flags, 16))


@pytest.mark.parametrize("version", ["01", "cc", "fe"])
@pytest.mark.parametrize("rest", ["", "-", "-what-the-future-will-be-like"])
def test_a_later_version_is_read_by_its_first_four_parts(version, rest):
    assert parse_traceparent(f"{version}-{TRACE}-{SPAN}-01{rest}") == (TRACE, SPAN, 1)


@pytest.mark.parametrize(
    "value",
    [
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01-what-the-future-will-be-like",
        f"cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN.upper()}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN[:-1]}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-0x",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"{TRACEPARENT},{TRACEPARENT}",
        f"{TRACEPARENT}\n",
        "",
    ],
)
def test_a_traceparent_that_the_specification_forbids_is_ignored(value):
    assert parse_traceparent(value) is None
    assert identify({"HTTP_TRACEPARENT": value}).replaced


@pytest.mark.parametrize("value", AMZN_EXAMPLES)
def test_the_root_of_a_load_balancers_header_is_read(value):
    assert parse_amzn_root(value) == ROOT
    identity = identify({"HTTP_X_AMZN_TRACE_ID": value})
    assert (identity.amzn_root, identity.trace_id) == (ROOT, "67891233abcdef012345678912345678")
    assert identity.correlation_id == identity.trace_id


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "=",
        "Root",
        "Root=",
        "Root=1-2",
        f"Self={ROOT}",
        f"Root={ROOT.upper()}",
        f"Root=2{ROOT[1:]}",
        f"{ROOT}",
    ],
)
def test_a_root_that_is_malformed_or_missing_is_ignored(value):
    assert parse_amzn_root(value) is None


def test_a_root_of_zeros_is_ignored_since_no_trace_can_have_it():
    assert parse_amzn_root("Root=1-00000000-" + "0" * 24) is None


def test_the_first_acceptable_header_decides():
    environ = {
        "HTTP_X_CORRELATION_ID": "one",
        "HTTP_X_REQUEST_ID": "two",
        "HTTP_TRACEPARENT": TRACEPARENT,
        "HTTP_X_AMZN_TRACE_ID": f"Root={ROOT}",
    }
    found = []
    while environ:
        found.append(identify(environ).correlation_id)
        del environ[next(iter(environ))]
    assert found == ["one", "two", TRACE, ROOT.replace("-", "")[1:]]


def test_the_order_of_the_headers_can_be_set():
    environ = {"HTTP_X_CORRELATION_ID": "one", "HTTP_X_AMZN_CF_ID": "edge"}
    assert identify(environ, ("X-Amz-Cf-Id", "X-Amzn-Cf-Id")).correlation_id == "edge"


def test_trace_and_root_are_known_beside_an_id_of_its_own():
    environ = {
        "HTTP_X_CORRELATION_ID": "one",
        "HTTP_TRACEPARENT": TRACEPARENT,
        "HTTP_X_AMZN_TRACE_ID": f"Root={ROOT}",
    }
    identity = identify(environ)
    assert (identity.correlation_id, identity.trace_id, identity.amzn_root) == ("one", TRACE, ROOT)


@pytest.mark.parametrize("value", ["a", "A.b_c-9", "x" * 128])
def test_an_acceptable_id_is_kept(value):
    assert identify({"HTTP_X_REQUEST_ID": value}) == (value, False, None, None)


@pytest.mark.parametrize(
    "value",
    ["", " ", "a b", "x" * 129, "é", "a\nb", 'a"b', "${jndi:ldap://x}", "a;b", "a/b", "٣", "a\n"],
)
def test_any_other_id_is_replaced_and_flagged(value):
    identity = identify({"HTTP_X_REQUEST_ID": value})
    assert identity.replaced
    assert re.fullmatch("[0-9a-f]{32}", identity.correlation_id)


def test_a_bad_id_is_flagged_though_the_next_header_has_a_good_one():
    assert identify({"HTTP_X_CORRELATION_ID": "a b", "HTTP_X_REQUEST_ID": "good"})[:2] == (
        "good",
        True,
    )


def test_a_new_id_is_valid_as_a_trace_id_and_never_the_same():
    first, second = identify({}), identify({})
    assert first.correlation_id != second.correlation_id
    assert not first.replaced
    assert parse_traceparent(f"00-{first.correlation_id}-{SPAN}-01")


HEADERS = ["HTTP_X_CORRELATION_ID", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT", "HTTP_X_AMZN_TRACE_ID"]


@given(st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=200)))
def test_whatever_comes_the_id_is_safe(environ):
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", identify(environ).correlation_id)


@pytest.mark.parametrize(
    "header", ["X-Correlation-ID", "X-Request-ID", "traceparent", "X-Amzn-Trace-Id", "X-Run-ID"]
)
def test_a_bad_value_never_reaches_a_line_or_the_answer(hello, lines, header):
    answer = hello.get("/hello/anna", headers={header: 'evil" {value}'})
    assert "evil" not in str(lines()) + str(answer.headers)


def test_the_canonical_line_has_the_ids_of_the_trace_headers(hello, lines):
    hello.get(
        "/hello/anna", headers={"traceparent": TRACEPARENT, "X-Amzn-Trace-Id": AMZN_EXAMPLES[1]}
    )
    [line] = lines("request_finished")
    assert line["trace_id"] == line["traceId"] == line["correlation_id"] == TRACE
    assert (line["parent_span_id"], line["xray_trace_id"]) == (SPAN, ROOT)


def test_a_replaced_id_is_flagged_on_the_canonical_line(hello, lines):
    hello.get("/hello/anna", headers={"X-Request-ID": "a b"})
    hello.get("/hello/anna", headers={"X-Request-ID": "a"})
    assert [line.get("correlation_id_replaced") for line in lines("request_finished")] == [
        True,
        None,
    ]


def test_an_acceptable_run_id_is_on_the_canonical_line(hello, lines):
    hello.get("/hello/anna", headers={"X-Run-ID": "load-1"})
    assert lines("request_finished")[0]["run_id"] == "load-1"


def test_outgoing_headers_go_on_with_the_trace_in_a_child_span():
    environ = {"HTTP_TRACEPARENT": TRACEPARENT, "HTTP_X_REQUEST_ID": "one"}
    headers = outgoing_headers(identify(environ), environ)
    child = parse_traceparent(headers["traceparent"])
    assert headers["X-Correlation-ID"] == "one"
    assert (child.trace_id, child.flags) == (TRACE, 1)
    assert child.parent_span_id != SPAN


@pytest.mark.parametrize("value", ["short", "0" * 32, "A" * 32])
def test_outgoing_headers_make_a_trace_where_the_id_cannot_be_one(value):
    environ = {"HTTP_X_REQUEST_ID": value}
    first, second = (outgoing_headers(identify(environ), environ) for _ in range(2))
    assert first["X-Correlation-ID"] == value
    spans = [parse_traceparent(headers["traceparent"]) for headers in (first, second)]
    assert spans[0].trace_id == spans[1].trace_id
    assert spans[0].parent_span_id != spans[1].parent_span_id


@pytest.mark.parametrize(
    ("environ", "flags"),
    [
        ({}, 1),
        ({"HTTP_TRACEPARENT": f"00-{TRACE}-{SPAN}-00"}, 0),
        ({"HTTP_TRACEPARENT": f"00-{TRACE}-{SPAN}-01"}, 1),
        ({"HTTP_X_AMZN_TRACE_ID": f"Root={ROOT}"}, 1),
        ({"HTTP_X_AMZN_TRACE_ID": f"Root={ROOT};Sampled=0"}, 0),
        ({"HTTP_X_AMZN_TRACE_ID": f"Root={ROOT};Parent={SPAN};Sampled=1"}, 1),
        (
            {
                "HTTP_TRACEPARENT": f"00-{TRACE}-{SPAN}-01",
                "HTTP_X_AMZN_TRACE_ID": f"Root={ROOT};Sampled=0",
            },
            1,
        ),
    ],
)
def test_whether_a_trace_is_recorded_is_as_the_caller_decided(environ, flags):
    headers = outgoing_headers(identify(environ), environ)
    assert parse_traceparent(headers["traceparent"]).flags == flags


def test_tracestate_and_baggage_are_passed_on():
    environ = {
        "HTTP_TRACEPARENT": TRACEPARENT,
        "HTTP_TRACESTATE": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "HTTP_BAGGAGE": "userId=alice,serverNode=DF%2028",
    }
    headers = outgoing_headers(identify(environ), environ)
    assert headers["tracestate"] == environ["HTTP_TRACESTATE"]
    assert headers["baggage"] == environ["HTTP_BAGGAGE"]
    del environ["HTTP_TRACEPARENT"]
    assert "tracestate" not in outgoing_headers(identify(environ), environ)


@pytest.mark.parametrize("value", ["", "a=b\nc: d", "é=1", "x" * 8193, 7])
def test_what_is_no_text_for_a_header_is_not_passed_on(value):
    environ = {"HTTP_TRACEPARENT": TRACEPARENT, "HTTP_TRACESTATE": value, "HTTP_BAGGAGE": value}
    headers = outgoing_headers(identify(environ), environ)
    assert headers.keys() == {"X-Correlation-ID", "traceparent"}


def test_processes_that_are_forked_make_different_ids():
    code = (
        "import os; from canonical_log.correlation import identify; identify({})\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0: print(identify({}).correlation_id, flush=True); os._exit(0)\n"
        "    os.wait()\n"
        "print(identify({}).correlation_id)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert len(set(printed.split())) == 4
