"""A CloudWatch Logs for your tests: keeps PutLogEvents' rules and fails on demand.

    stub = CloudWatchStub()
    subprocess.run([...], env=stub.environment())
    stub.messages()
    stub.close()

It is a process of its own on two free ports of 127.0.0.1.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter
from typing import IO, Any, cast

__all__ = ["CloudWatchStub"]


class CloudWatchStub:
    """A running stub, and the control of it. An account without a log group at first."""

    def __init__(self) -> None:
        """Starts it; returns when it listens."""
        self._process = subprocess.Popen(  # noqa: S603  # this package's own
            [sys.executable, "-m", f"{__name__}.service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._input = cast(IO[str], self._process.stdin)
        self._output = cast(IO[str], self._process.stdout)
        port, control = self._output.readline().split()
        self.url = f"http://127.0.0.1:{port}"
        self.control_url = f"http://127.0.0.1:{control}"

    def close(self) -> None:
        """End it."""
        self._input.close()
        self._output.close()
        self._process.wait()

    def faults(self, **faults: Any) -> None:
        """Have these faults from now on, and no others.

        `refuse`, `reset`, `blackhole`, `drop_response`: true, for a connection that is refused,
        reset in the middle of a request, never answered, or cut after the events were taken.
        `delay_s`: seconds before each answer. `error`: a dict of `code`, and perhaps `status`,
        `probability` and `actions` (by default PutLogEvents). `deny_create`: true. `poison`: a text
        that no message of a batch may hold. `good_key`: the only access key that is not expired.
        `next_key`, `credentials_down`: what `/credentials` of the control answers.
        `reject_entity`: why the entity of a batch is refused, whose events are taken all the same.
        `clock_offset_s`, `check_clock`: another time here, and whether signatures must fit it.
        """
        self._ask("/faults", faults)

    def make_stream(self, group: str = "group", stream: str = "stream") -> None:
        """Have a group and its stream, which a shipper would make otherwise."""
        self._ask("/stream", {"group": group, "stream": stream})

    def delete_group(self, group: str = "group") -> None:
        """Have the group no more, nor its streams."""
        self._ask("/delete", {"group": group})

    def get(self, what: str) -> Any:
        """`events`, `count`, `calls`, `violations` (of PutLogEvents' rules) or `groups`."""
        return self._ask(f"/{what}")

    def messages(self) -> Counter[str]:
        """Every message that was accepted, and how often."""
        return Counter({text: count for text, count, _ in self.get("events")})

    def puts(self) -> list[dict[str, Any]]:
        """The calls of PutLogEvents, with their outcome."""
        return [call for call in self.get("calls") if call["action"] == "PutLogEvents"]

    def environment(self) -> dict[str, str]:
        """This process's environment, with what boto3 needs to find the stub."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "KEY1",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.control_url + path, data, timeout=300) as answer:  # noqa: S310
            return json.load(answer)
