"""The README says what is so."""

import re
from pathlib import Path

import pytest

from todo.config import Settings, variable_names

README = (Path(__file__).parents[1] / "README.md").read_text()
MAKEFILE = (Path(__file__).parents[1] / "Makefile").read_text()


def between(name):
    return README.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


def settings_table():
    """The table of settings, as it must stand in the README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable, name in variable_names().items():
        field = Settings.model_fields[name]
        rows.append(f"| `{variable}` | {default_text(name, field.default)} | {field.description} |")
    return "\n".join(rows) + "\n"


def default_text(name, default):
    if name == "workers":
        return "one a CPU"
    if default is None:
        return ""
    return f"`{','.join(sorted(default))}`" if isinstance(default, frozenset) else f"`{default}`"


def test_the_settings_table_is_what_config_py_has():
    assert between("settings") == settings_table()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", README, re.MULTILINE))))
def test_every_make_target_that_is_named_exists(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
