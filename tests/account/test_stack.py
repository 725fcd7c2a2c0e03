"""What an apply and a destroy do in an account, by what AWS's models allow."""

from .account import SHAPES
from .holdings import LISTED, PARTS

MAKES = ("Allocate", "Change", "Create", "Put", "Register", "Request", "Run", "Start", "Subscribe")


def test_aws_would_take_every_call(life):
    calls = life.calls + life.task_calls

    assert [f"{call['operation']}{each}" for call in calls for each in call["problems"]] == []
    assert len(calls) > 100


def test_no_call_is_answered_with_a_failure_of_motos(life):
    assert [call for call in life.calls + life.task_calls if call["status"] >= 500] == []


def test_a_second_plan_changes_nothing(life):
    assert "No changes." in life.plan, life.plan


def test_what_is_destroyed_leaves_the_account_as_it_was(life):
    assert life.left == set()


def test_all_that_is_made_is_looked_for(life_of):
    """Without it the account would seem empty of what nobody lists."""
    lives = [life_of(shape) for shape in SHAPES]
    makes = {
        (call["service"], call["operation"])
        for life in lives
        for call in life.calls
        if call["operation"].startswith(MAKES)
    }

    assert [(service, each) for service, each in sorted(makes) if not is_known(service, each)] == []
    assert {listing for life in lives for listing, _ in life.made} == {
        listing for listings in LISTED.values() for listing in listings.values()
    }


def is_known(service, operation):
    return operation in LISTED.get(service, {}) or operation in PARTS.get(service, ())
