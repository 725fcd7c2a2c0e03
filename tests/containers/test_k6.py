"""The k6 scripts that prove the API's contract, against the containers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .stack import CHECKOUT, until

K6 = str(Path(sys.executable).with_name("k6"))


@pytest.mark.parametrize("script", ["contract", "smoke"])
def test_the_script_keeps_its_promises_and_its_run_is_in_the_archive(stack, script):
    run_id = f"{script}-{os.urandom(4).hex()}"
    command = [K6, "run", "--quiet", "--env", f"ENDPOINT={stack.url}", "--env", f"RUN_ID={run_id}"]
    done = subprocess.run(
        [*command, str(CHECKOUT / "k6" / f"{script}.js")],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    until(lambda: stack.behind_events() == 0, within_s=30)
    assert [
        e
        for e in stack.archived()
        if e.get("run_id") == run_id and e["event"] == "request_finished"
    ]
