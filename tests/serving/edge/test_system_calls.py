"""Calls on a socket that wait for nothing: what they give, and what they raise."""

import socket
import struct

import pytest

from todo.serving.edge.system_calls import receive, send


@pytest.fixture
def pair():
    own, other = socket.socketpair()
    own.setblocking(False)
    with own, other:
        yield own, other


def fill(own):
    while True:
        send(own, b"x" * 100_000)


def test_what_is_sent_is_received(pair):
    own, other = pair
    assert send(own, b"a\x00b") == 3
    assert other.recv(10) == b"a\x00b"
    other.sendall(b"c\x00d")
    assert receive(own) == b"c\x00d"


def test_each_gets_a_copy_of_its_own(pair):
    own, other = pair
    other.sendall(b"first")
    first = receive(own)
    other.sendall(b"other")
    assert (first, receive(own)) == (b"first", b"other")


def test_nothing_is_waited_for(pair):
    own, _ = pair
    with pytest.raises(BlockingIOError):
        receive(own)
    with pytest.raises(BlockingIOError):
        fill(own)


def test_a_part_of_something_larger_is_sent(pair):
    own, other = pair
    assert send(own, memoryview(b"hello")[2:]) == 3
    assert other.recv(10) == b"llo"


def test_the_end_is_nothing_and_a_dead_connection_an_error(pair):
    own, other = pair
    other.close()
    assert receive(own) == b""
    with pytest.raises(BrokenPipeError):
        send(own, b"x")


def test_a_connection_that_was_reset_says_so():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        own, _ = server.accept()
        with own:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            with pytest.raises(ConnectionResetError):
                receive(own)
