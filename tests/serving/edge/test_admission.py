"""How long the queue is follows from how long requests take."""

from types import SimpleNamespace

import pytest

from todo.serving.edge import admission
from todo.serving.edge.admission import Admission


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now_s=1000.0)
    monkeypatch.setattr(admission.time, "monotonic", lambda: clock.now_s)
    return clock


def request(clock):
    return SimpleNamespace(complete_s=clock.now_s, environ={})


def busy(queue, clock, service_s):
    """All threads in the app, after many requests that took so long."""
    for _ in range(200):
        assert queue.enter(request(clock))
        assert queue.begin()
        clock.now_s += service_s / queue.threads
        queue.finish(service_s)
    for _ in range(queue.threads):
        assert queue.enter(request(clock))
        assert queue.begin()


def fill(queue, clock):
    entered = 0
    while queue.enter(request(clock)):
        entered += 1
    return entered


@pytest.mark.parametrize(("service_s", "most"), [(0.01, 320), (0.1, 32), (1.0, 3), (10.0, 0)])
def test_as_many_may_wait_as_are_served_well_within_the_bound(clock, service_s, most):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, service_s)
    assert fill(queue, clock) == pytest.approx(most, abs=1)


def test_threads_that_have_been_stuck_for_as_long_as_one_may_wait_let_nobody_queue(clock):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 0.001)
    clock.now_s += 0.9
    assert fill(queue, clock) == 0


def test_a_short_stall_sends_nobody_away_who_would_be_served_in_time(clock):
    """As that of threads that connect to the database while a class comes in."""
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 0.01)
    clock.now_s += 0.1
    assert fill(queue, clock) == pytest.approx(280, abs=1)


def test_one_slow_request_among_many_quick_ones_sends_nobody_away(clock):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 0.01)
    queue.finish(2.0)
    assert queue.begin() is None
    assert queue.enter(request(clock))
    assert queue.begin()
    assert fill(queue, clock) > 100


def test_the_first_requests_of_all_may_take_longer(clock):
    """They connect to the database, while a class comes in."""
    queue = Admission(threads=4, queue_s=1.0)
    clock.now_s += 60
    for _ in range(queue.threads):
        assert queue.enter(request(clock))
        assert queue.begin()
    clock.now_s += 0.05
    for _ in range(queue.threads):
        queue.finish(0.05)
        assert queue.enter(request(clock))
        assert queue.begin()
    assert fill(queue, clock) > 150


def hold_all_threads(queue, clock, for_s):
    clock.now_s += for_s
    for _ in range(queue.threads):
        queue.finish(for_s)
        assert queue.enter(request(clock))
        assert queue.begin()


def test_after_a_lock_the_queue_is_soon_as_long_as_before(clock):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 0.01)
    hold_all_threads(queue, clock, 5.0)
    assert fill(queue, clock) > 50


def test_requests_that_all_became_slow_make_the_queue_short(clock):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 0.01)
    for _ in range(10):
        hold_all_threads(queue, clock, 5.0)
    assert fill(queue, clock) == 0


def test_a_free_thread_is_never_refused(clock):
    queue = Admission(threads=4, queue_s=1.0)
    busy(queue, clock, 10.0)
    queue.finish(10.0)
    assert queue.enter(request(clock))


def test_what_has_waited_too_long_leaves_in_its_order(clock):
    queue = Admission(threads=1, queue_s=1.0)
    busy(queue, clock, 0.01)
    first, second = request(clock), request(clock)
    assert queue.enter(first)
    assert queue.enter(second)
    assert queue.take_expired(clock.now_s + 0.9) == []
    assert queue.take_expired(clock.now_s + 1.1) == [first, second]


def test_being_overloaded_begins_with_a_refusal_and_ends_with_a_calm_second(clock):
    queue = Admission(threads=1, queue_s=0.01)
    busy(queue, clock, 1.0)
    assert queue.overloaded_s() == 0
    for _ in range(5):
        assert not queue.enter(request(clock))
        clock.now_s += 0.8
    assert queue.overloaded_s() == pytest.approx(4.0)
    clock.now_s += 1.1
    assert queue.overloaded_s() == 0
