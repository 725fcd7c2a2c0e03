"""The command `todo` itself: its help where a word is wrong, and completion in the shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from todo.cli import todo
from todo.serving.folder_lock import locked_folder

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("given", "meant"), [("serv", "serve"), ("bottleneck", "bottlenecks"), ("Trace", "trace")]
)
def test_a_command_that_is_none_is_answered_with_the_nearest(given, meant):
    ran = CliRunner().invoke(todo, [given])
    assert ran.exit_code == 2
    assert f"No such command '{given}'. Did you mean {meant}?" in ran.output


def test_nothing_near_is_suggested_where_nothing_is():
    assert "Did you mean" not in CliRunner().invoke(todo, ["xylophone"]).output


@pytest.mark.parametrize(
    ("words", "completed"), [("bott", "bottlenecks"), ("insights --out", "--output")]
)
def test_bash_completes_commands_and_options_by_the_script(words, completed, environment):
    bash = shutil.which("bash")
    press_tab = f"""
        eval "$(todo completion bash)"
        COMP_WORDS=(todo {words}) COMP_CWORD={len(words.split())}
        _todo_completion todo
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        [bash, "-c", press_tab],
        env=environment | path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.split() == [completed]


def test_without_a_name_the_script_is_for_the_shell_that_is_used():
    run = CliRunner().invoke
    assert "compdef" in run(todo, ["completion"], env={"SHELL": "/usr/bin/zsh"}).output
    refused = run(todo, ["completion"], env={"SHELL": "/bin/dash"})
    assert (refused.exit_code, "bash, fish, zsh" in refused.output) == (2, True)


@pytest.mark.parametrize("is_running", [True, False])
def test_a_load_test_goes_to_the_server_of_the_folder_else_to_the_port(tmp_path, is_running):
    settings = {"TODO_STATE_DIR": str(tmp_path), "TODO_PORT": "1"}
    if is_running:
        with locked_folder(tmp_path, "http://127.0.0.1:9"):
            ran = CliRunner().invoke(todo, ["load", "smoke"], env=settings)
    else:
        ran = CliRunner().invoke(todo, ["load", "smoke"], env=settings)
    assert f"nothing answers at http://127.0.0.1:{9 if is_running else 1} " in ran.output
