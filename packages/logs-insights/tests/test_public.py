"""What a user of the package relies on: its names, its README, its types."""

import re
import subprocess
import sys
from pathlib import Path

import logs_insights

README = Path(__file__).parents[1] / "README.md"


def test_every_public_name_is_there_and_documented():
    for name in logs_insights.__all__:
        documented = getattr(logs_insights, name)
        assert name.isupper() or documented.__doc__


def test_the_first_example_of_the_readme_prints_what_it_shows(tmp_path: Path):
    text = README.read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```\n\n    (.*?)\n", text, re.DOTALL)

    ran = subprocess.run(
        [sys.executable, "-c", example[1]], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == example[2]


def test_importing_the_package_imports_no_boto():
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, logs_insights; print('botocore' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "False"
