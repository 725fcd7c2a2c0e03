"""A new connection when there are as many as there may be."""

import select
import socket
from contextlib import closing

import pytest

from todo.config import load_settings
from todo.serving.edge.connection import Connection, Waiting
from todo.serving.edge.connections import Connections
from todo.serving.edge.limits import Limits
from todo.serving.edge.listener import Listener

LIMITS = {"TODO_MAX_CONNECTIONS": 16, "TODO_MAX_CONNECTIONS_PER_ADDRESS": 100}


class Exchange:
    """Closes what it is told to; `meanwhile` is what another thread does after the first."""

    def __init__(self, connections, meanwhile):
        self.connections = connections
        self.meanwhile = [meanwhile]
        self.resumed = []

    def close(self, connection):
        self.connections.close(connection)
        if self.meanwhile:
            self.meanwhile.pop()()

    def resume(self, connection):
        self.resumed.append(connection)


@pytest.fixture
def poller():
    with closing(select.epoll()) as poller:
        yield poller


@pytest.fixture
def fill(poller):
    """Call it for one more connection that waits."""
    ends = []

    def fill(connections):
        own, other = socket.socketpair()
        ends.extend((own, other))
        connection = Connection(own, ("1.2.3.4", len(ends)), ("here", "80"))
        assert connections.add(connection)
        connections.wait(connection, Waiting.FOR_NEXT, 1e12)

    yield fill
    for end in ends:
        end.close()


def test_a_new_one_gets_in_though_another_thread_takes_the_room_that_was_made(poller, fill):
    limits = Limits.from_settings(load_settings(LIMITS), 2, 75)
    connections = Connections(poller, limits)
    exchange = Exchange(connections, meanwhile=lambda: fill(connections))
    for _ in range(16):
        fill(connections)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listener = Listener(listening, poller, connections, exchange, 10)
        poller.register(listener.descriptor)
        with socket.create_connection(listening.getsockname()) as client:
            listener.accept()
            [connection] = exchange.resumed
            assert connection.peer == client.getsockname()
            connections.close(connection)
