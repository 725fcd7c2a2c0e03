"""Which connections have to go, and in whose hands one is."""

import select
import socket
from contextlib import closing

import pytest

from todo.config import load_settings
from todo.serving.edge.connection import Connection, Waiting
from todo.serving.edge.connections import Connections
from todo.serving.edge.limits import Limits

FAR_S = 1e12


@pytest.fixture
def connections():
    limits = Limits.from_settings(
        load_settings({"TODO_MAX_CONNECTIONS": 16, "TODO_MAX_CONNECTIONS_PER_ADDRESS": 100}), 2, 75
    )
    with closing(select.epoll()) as poller:
        yield Connections(poller, limits)


@pytest.fixture
def add(connections):
    """Call it for a connection that waits for something, until a moment."""
    ends = []

    def add(waiting, deadline_s=FAR_S, received=b"", unread=b"", has_asked=True, age_s=0):
        own, other = socket.socketpair()
        ends.extend((own, other))
        other.sendall(unread)
        connection = Connection(own, ("1.2.3.4", len(ends)), ("here", "80"))
        connection.received += received
        connection.has_asked = has_asked
        connection.opened_s -= age_s
        assert connections.add(connection)
        connections.wait(connection, waiting, deadline_s)
        return connection

    yield add
    for end in ends:
        end.close()


def test_one_that_is_taken_is_nobody_elses(connections, add):
    connection = add(Waiting.FOR_NEXT, deadline_s=1)
    assert connections.take(connection.descriptor) is connection
    assert connections.take(connection.descriptor) is None
    assert connections.overdue(now_s=2) == []
    connections.wait(connection, Waiting.FOR_NEXT, 1)
    assert connections.overdue(now_s=2) == [connection]


def test_the_idle_go_before_those_that_send_and_those_before_readers(connections, add):
    readers = [add(Waiting.FOR_READER, 1) for _ in range(5)]
    senders = [add(Waiting.FOR_BODY, 2) for _ in range(5)]
    idle = [add(Waiting.FOR_NEXT, 9 - number) for number in range(6)]
    gone = []
    for _ in range(16):
        [going] = connections.to_make_room()
        connections.close(going)
        gone.append(going)
        add(Waiting.FOR_READER)
    assert gone == [*reversed(idle), *senders, *readers]


def test_who_has_never_asked_goes_before_who_is_kept_but_has_a_moment(connections, add):
    kept = [add(Waiting.FOR_NEXT, 1, age_s=60) for _ in range(6)]
    silent = [add(Waiting.FOR_HEAD, 2, has_asked=False, age_s=60) for _ in range(6)]
    sending = [add(Waiting.FOR_BODY, 3, has_asked=False, age_s=60) for _ in range(3)]
    add(Waiting.FOR_HEAD, 0, has_asked=False, age_s=-1e9)
    gone = []
    for _ in range(15):
        [going] = connections.to_make_room()
        connections.close(going)
        gone.append(going)
        add(Waiting.FOR_READER)
    assert gone == [*silent, *sending, *kept]


def test_who_has_sent_something_that_is_unread_goes_last(connections, add):
    asking = add(Waiting.FOR_NEXT, 1, unread=b"GET")
    for _ in range(15):
        add(Waiting.FOR_READER)
    for _ in range(30):
        [going] = connections.to_make_room()
        assert going is not asking
        connections.close(going)
        add(Waiting.FOR_READER)


def test_no_thread_adds_one_more_than_there_may_be(connections, add):
    for _ in range(16):
        add(Waiting.FOR_NEXT)
    own, other = socket.socketpair()
    with own, other:
        assert not connections.add(Connection(own, ("1.2.3.4", 1), ("here", "80")))
    assert len(connections) == 16


def test_nobody_goes_while_there_is_room(connections, add):
    for _ in range(15):
        add(Waiting.FOR_NEXT)
    assert connections.to_make_room() == []


def test_those_that_hold_memory_go_when_they_hold_too_much_together(connections, add):
    mebibyte = b"x" * (1 << 20)
    idle = add(Waiting.FOR_NEXT)
    holding = [add(Waiting.FOR_BODY, number, mebibyte * 7) for number in range(9)]
    assert connections.over_the_memory() == []
    holding.append(add(Waiting.FOR_BODY, 100, mebibyte * 7))
    gone = connections.over_the_memory()
    assert gone == holding[:6]
    assert idle not in gone


@pytest.mark.parametrize(
    ("settings", "per_address"),
    [
        ({"TODO_PROXY_HOPS": 0}, 2048),
        ({"TODO_PROXY_HOPS": 1}, 4096),
        ({"TODO_PROXY_HOPS": 1, "TODO_MAX_CONNECTIONS_PER_ADDRESS": 7}, 7),
        ({"TODO_PROXY_HOPS": 0, "TODO_MAX_CONNECTIONS": 100}, 50),
    ],
)
def test_one_address_may_have_half_of_them_unless_it_is_a_proxys(settings, per_address):
    limits = Limits.from_settings(load_settings(settings), 4, 75)
    assert limits.connections_per_address == per_address
