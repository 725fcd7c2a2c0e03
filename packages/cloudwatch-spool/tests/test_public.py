"""What a user of the package sees: its names, its first example, its wheel."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import cloudwatch_spool

PACKAGE = Path(__file__).parents[1]


def test_the_first_example_of_the_readme_prints_what_it_shows(tmp_path: Path) -> None:
    readme = (PACKAGE / "README.md").read_text()
    example, shown = re.search(r"```python\n(.*?)```\n\n    (.*?)\n", readme, re.DOTALL).groups()
    command = [sys.executable, "-c", example]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert printed.stdout == shown + "\n"


def test_every_public_name_is_there_and_documented() -> None:
    for name in cloudwatch_spool.__all__:
        value = getattr(cloudwatch_spool, name)
        assert isinstance(value, int) or value.__doc__


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{version('cloudwatch-spool')}]" in (PACKAGE / "CHANGELOG.md").read_text()
