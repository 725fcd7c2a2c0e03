"""The README says what is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from todo.config import Settings, variable_names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


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


def test_the_cost_table_is_what_cost_py_computes():
    assert between("cost").strip() in subprocess.check_output(
        [sys.executable, "terraform/cost.py"], cwd=ROOT, text=True
    )


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"(?:`|^)make ([a-z][a-z0-9-]*)", README, re.MULTILINE)))
)
def test_every_make_target_that_is_named_exists(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_the_commands_do_what_is_shown(server):
    shown = re.findall(r"```console\n\$ (.*?)\n(.*?)\n```", README, re.DOTALL)
    assert len(shown) >= 2
    for command, output in shown:
        here = command.replace("localhost:6400", server.url.removeprefix("http://"))
        ran = subprocess.run(
            ["bash", "-c", here], capture_output=True, text=True, timeout=60, check=True
        )
        assert anonymous(ran.stdout.replace("\r", "").rstrip()) == anonymous(output)


def test_the_log_lines_at_the_top_are_what_make_run_prints(serve, database, tmp_path, wait_until):
    shown = [json.loads(line) for line in between("after").splitlines() if line.startswith("{")]
    paths = {"TODO_SPOOL_DIR": str(tmp_path / "spool"), "TODO_ARCHIVE_DIR": str(tmp_path / "logs")}
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **paths) as server:
        server.post("/api/v1/todos", {"title": "Write the report"})
        correlation_id = server.get("/api/v1/todos?limit=2").headers["X-Correlation-ID"]

        def lines():
            return [
                json.loads(line)
                for line in server.output.read_text().splitlines()
                if correlation_id in line
            ]

        wait_until(lambda: len(lines()) == 3, within_s=10)
    assert [list(line) for line in lines()] == [list(line) for line in shown]
    assert lines()[1]["db_statement"] == shown[1]["db_statement"]


def anonymous(text):
    """The text without what differs from run to run."""
    for pattern in (r"\d{4}-\d\d-\d\dT[\d:.]+", r"[0-9a-f]{32}", r"Date: .*"):
        text = re.sub(pattern, "...", text)
    return text
