"""The faults that `make test-terraform-mutations` tries."""

import tomllib

import pytest

from .conftest import HERE, ROOT

FAULTS = tomllib.loads((HERE / "faults.toml").read_text())["fault"]


@pytest.mark.parametrize("file", sorted({fault["file"] for fault in FAULTS}))
def test_each_fault_has_its_one_place_in_the_stack(file):
    text = (ROOT / "terraform" / file).read_text()
    places = {each["find"]: text.count(each["find"]) for each in FAULTS if each["file"] == file}

    assert {find: count for find, count in places.items() if count != 1} == {}


def test_no_fault_is_there_twice_or_changes_nothing():
    assert len({tuple(fault.values()) for fault in FAULTS}) == len(FAULTS)
    assert all(fault["find"] != fault["replace"] for fault in FAULTS)
