"""The programs beside the Terraform code, which are in no package."""

import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "terraform"


@pytest.fixture
def program(monkeypatch):
    """Call it for a program of the folder terraform/, by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(FOLDER / "scripts"))
    loaded = []

    def load(name):
        loaded.append(name)
        return importlib.import_module(name)

    yield load
    for name in [*loaded, "session", "tasks"]:
        sys.modules.pop(name, None)
