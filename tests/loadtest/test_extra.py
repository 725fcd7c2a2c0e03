"""What works, and what is said, where the extra `insights` is not installed."""

import subprocess
import sys

import pytest

WITHOUT = (
    "import sys\n"
    "for name in ('duckdb', 'lark', 'pygal', 'rich'): sys.modules[name] = None\n"
    "from todo.cli import main\n"
    "main()\n"
)


@pytest.fixture
def todo(environment, tmp_path):
    """Call it with arguments for a finished `todo` that can import nothing of the extra."""

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT, *arguments],
            env=environment | {"TODO_STATE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_a_load_test_gets_as_far_as_its_target(todo):
    done = todo("load", "smoke", "--endpoint", "http://127.0.0.1:1")

    assert "nothing answers at http://127.0.0.1:1" in done.stderr


@pytest.mark.parametrize("arguments", [["report", "a-run"], ["trace", "an-id"], ["bottlenecks"]])
def test_what_needs_it_says_how_to_install_it(todo, arguments):
    done = todo(*arguments)

    assert done.returncode == 1
    assert "pip install 'taskoverflow[insights]'" in done.stderr
    assert "Traceback" not in done.stderr
