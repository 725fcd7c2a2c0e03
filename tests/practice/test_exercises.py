"""Each exercise is complete, and its solution fits."""

import ast
import importlib.util

import pytest

from todo.practice.course import EXERCISES
from todo.practice.exercise import MARKER

FILES = sorted(EXERCISES.glob("exercise_*.py"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def exercise(request):
    spec = importlib.util.spec_from_file_location("exercise", request.param)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, request.param.read_text(encoding="utf-8").partition(MARKER)


def test_there_are_five():
    assert len(FILES) == 5


def test_the_learners_part_says_nothing_of_the_solution(exercise):
    module, (shown, marker, hidden) = exercise

    assert marker
    assert "LAYER" in hidden
    assert "LAYER" not in shown
    assert module.LEARNED not in shown
    assert module.ROUTE in module.RATES


def test_the_solution_fits_the_learners_part(exercise):
    module, (shown, _, _) = exercise
    for broken, _ in module.SOLUTION:
        assert shown.count(broken) == 1
    for broken, right in module.SOLUTION:
        shown = shown.replace(broken, right)
    ast.parse(shown)
