"""In which order a thread does what there is to do."""

import os
import select
import socket
from contextlib import closing

from gunicorn.config import Config

from todo.config import load_settings
from todo.serving.edge.admission import Admission
from todo.serving.edge.connection import Connection, Waiting
from todo.serving.edge.connections import Connections
from todo.serving.edge.limits import Limits
from todo.serving.edge.loop import Loop


class Exchange:
    def __init__(self, done):
        self.done = done

    def resume(self, _connection):
        self.done.append("kept")


def test_who_comes_anew_does_not_wait_behind_all_that_are_kept():
    done, ends = [], []
    limits = Limits.from_settings(load_settings({}), 1, 75)
    new = os.eventfd(0)
    with closing(select.epoll()) as poller:
        connections = Connections(poller, limits)
        loop = Loop(None, Config(), poller, connections, Exchange(done))
        loop._admission = Admission(1, 1.0)
        for number in range(40):
            own, other = socket.socketpair()
            ends.extend((own, other))
            connection = Connection(own, ("1.2.3.4", number), ("here", "80"))
            assert connections.add(connection)
            connections.wait(connection, Waiting.FOR_NEXT, 1e12)
            other.send(b"GET")
        loop.listen(new, lambda: done.append("new"))
        os.eventfd_write(new, 1)
        loop._turn()
    for end in ends:
        end.close()
    os.close(new)
    assert done[:2] == ["new", "kept"]
