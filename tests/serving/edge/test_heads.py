"""The short way through a head says what gunicorn's parser says, for every head."""

import time

import pytest
from gunicorn.config import Config
from hypothesis import given
from hypothesis import strategies as st

from todo.serving.edge import heads
from todo.serving.edge.refused import Refused

CONFIG = Config()
CONFIG.set("secure_scheme_headers", {})
CONFIG.set("forwarder_headers", "")

NAMES = "Host host X-A x-a X_A Content-Length Content-Type Connection Expect Transfer-Encoding"
names = st.sampled_from([*NAMES.split(), "X A", "", "Cookie", "X-\xe9", "X-Forwarded-Proto"])
values = st.one_of(
    st.sampled_from(["localhost", "1", "+1", "0", "chunked", "close", "100-continue", "a, b", ""]),
    st.text(st.characters(max_codepoint=255), max_size=12),
)
targets = st.one_of(
    st.sampled_from(
        ["/", "//a", "/a?b=c", "/a#b", "/%41?x#y", "*", "http://h/p?q", "/a b", "/\xe9"]
    ),
    st.text(st.characters(max_codepoint=255), max_size=12).map(lambda text: "/" + text),
)


plain_fields = st.tuples(
    st.sampled_from(NAMES.split()),
    st.just(": "),
    st.sampled_from(["localhost", "1", "+1", "chunked", "gzip, chunked", "100-continue", "x"]),
)
odd_fields = st.tuples(names, st.sampled_from([":", ": ", ":\t", " :"]), values)


@st.composite
def raw_heads(draw):
    """Half of them plain, but for what their fields mean."""
    if draw(st.booleans()):
        line = draw(st.sampled_from(["GET / HTTP/1.1", "POST //a?b=c HTTP/1.1"]))
        fields = draw(st.lists(plain_fields, max_size=3))
    else:
        method = draw(st.sampled_from(["GET", "POST", "DELETE", "get", "PROPFIND", "A", ""]))
        version = draw(
            st.sampled_from(["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "x"])
        )
        line = f"{method} {draw(targets)} {version}"
        fields = draw(st.lists(odd_fields, max_size=4))
    raw = "\r\n".join([line, *("".join(field) for field in fields)]).encode("latin-1")
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def outcome(raw):
    try:
        head, environ = heads.read_head(raw, ("1.2.3.4", 5), ("here", "80"), {}, CONFIG)
    except Refused:
        return "refused"  # for which of several faults is not the point
    return head.method, head.version, head.should_close(), environ


@given(raw_heads())
def test_the_short_way_and_gunicorns_agree(raw):
    short = outcome(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "_plain", lambda _raw: None)
        assert short == outcome(raw)


SAME = b"GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nConnection: close\r\n"
AFTER_EACH_OTHER = {
    "the same": SAME,
    "fewer": b"GET / HTTP/1.1\r\nHost: a\r\n",
    "more": SAME + b"X-B: 2\r\n",
    "another value": SAME.replace(b"1\r", b"11\r"),
    "twice": SAME + b"X-A: 1\r\nx-a: 3\r\n",
    "two hosts": SAME + b"Host: a\r\n",
    "a length": SAME + b"Content-Length: 1\r\n",
    "two lengths": SAME + b"Content-Length: 1\r\nContent-Length: 1\r\n",
    "chunks": SAME + b"Transfer-Encoding: chunked\r\n",
    "a length and chunks": SAME + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "a URL": SAME.replace(b" /", b" http://b/c?d"),
    "an old one": SAME.replace(b"1.1", b"1.0"),
    "a malformed one": SAME + b"Host : b\r\n",
}


def test_a_head_means_the_same_whatever_came_before_it():
    for raw in AFTER_EACH_OTHER.values():
        heads._field.cache_clear()
        alone = outcome(raw + b"\r\n")
        for other in AFTER_EACH_OTHER.values():
            outcome(other + b"\r\n")
            assert outcome(raw + b"\r\n") == alone


def test_what_is_remembered_of_lines_is_bounded():
    heads._field.cache_clear()
    outcome(b"GET / HTTP/1.1\r\nX: " + b"a" * 30_000 + b"\r\n\r\n")
    assert heads._field.cache_info().currsize == 0
    for number in range(2000):
        outcome(b"GET / HTTP/1.1\r\nX: %d\r\n\r\n" % number)
    assert heads._field.cache_info().currsize < 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: " + b" " * 30_000 + b"\x00\r\n\r\n",
        b"GET /" + b"a" * 30_000 + b"\x00 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a" * 30_000 + b"\r\n\r\n",
    ],
    ids=["fields", "spaces", "target", "name"],
)
def test_no_head_takes_long_to_refuse(raw):
    before_s = time.thread_time()
    assert outcome(raw) == "refused"
    assert time.thread_time() - before_s < 1  # of this thread's own CPU, where it took minutes
