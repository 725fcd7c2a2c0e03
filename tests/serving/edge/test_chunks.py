"""A body in chunks is the same body, however the network cuts it."""

from hypothesis import given
from hypothesis import strategies as st

from todo.serving.edge.chunks import ChunkedBody

bodies = st.lists(st.binary(min_size=1, max_size=40), max_size=5)
extensions = st.sampled_from([b"", b";a", b" ; a=b", b';a="b;c"'])
trailers = st.sampled_from([b"", b"X-A: b\r\n", b"X-A: b\r\nX-C:\r\n"])


def encoded(parts, extension, trailer):
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return chunks + b"0" + extension + b"\r\n" + trailer + b"\r\n"


@given(bodies, extensions, trailers, st.lists(st.integers(1, 30), min_size=1))
def test_any_cut_gives_the_same_body_and_leaves_what_is_behind_it(parts, extension, trailer, cuts):
    wire = encoded(parts, extension, trailer)
    body, received, done = ChunkedBody(10_000), bytearray(), []
    position = 0
    while position < len(wire):
        size = cuts[len(done) % len(cuts)]
        received += wire[position : position + size]
        position += size
        done.append(body.take(received))
    received += b"GET /next"
    assert done[-1]
    assert not any(done[:-1])
    assert bytes(body.data) == b"".join(parts)
    assert bytes(received) == b"GET /next"


@given(st.integers(0, 100))
def test_what_is_beyond_the_limit_is_counted_and_not_kept(most):
    body = ChunkedBody(most)
    assert body.take(bytearray(encoded([b"x" * 60, b"y" * 40], b"", b"")))
    assert body.size == 100
    assert bytes(body.data) == (b"x" * 60 + b"y" * 40)[:most]
