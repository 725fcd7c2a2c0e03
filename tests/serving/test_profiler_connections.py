"""The profiler knows which thread has a connection in hand."""

import threading

import pytest
from sqlalchemy import create_engine

from todo.serving.profiler.requests import ActiveRequests


@pytest.fixture
def held(tmp_path):
    """Opens connections, and whether this thread is known to have one."""
    requests = ActiveRequests()
    requests.watch_pools()
    engine = create_engine(f"sqlite:///{tmp_path}/database")
    yield engine.connect, lambda: requests.holds_connection(threading.get_ident())
    engine.dispose()


def test_a_thread_has_one_until_its_last_is_given_back(held):
    connect, is_holding = held
    assert not is_holding()
    with connect():
        with connect():
            assert is_holding()
        assert is_holding()
    assert not is_holding()


def test_a_connection_that_another_thread_gives_back_is_in_no_hand(held):
    connect, is_holding = held
    thread = threading.Thread(target=connect().close)
    thread.start()
    thread.join()
    assert not is_holding()


def test_a_connection_that_is_thrown_away_is_in_no_hand(held):
    connect, is_holding = held
    with connect() as connection:
        connection.invalidate()
        assert not is_holding()
