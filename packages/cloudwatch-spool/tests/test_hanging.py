"""Whatever hangs on the way to CloudWatch, the shipper ends when it has to."""

import hashlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cloudwatch_spool import Stop
from cloudwatch_spool.calls import Calls, StalledError
from cloudwatch_spool.waiting import DeadlineError

from .harness import HERE, Delivery, wait_until

LONGEST_S = 45
"""Shorter than every hang here, and long enough for a process to end on a busy machine."""

NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


class BlackHole:
    """A socket that takes connections and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self._connections.append(self._socket.accept()[0])
            except OSError:
                return

    def was_reached(self) -> bool:
        return bool(self._connections)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        for each in (self._socket, *self._connections):
            each.close()


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    black_hole = BlackHole()
    yield black_hole
    black_hole.close()


class Hang:
    """Environments of a shipper in which something hangs, and how to know that it does."""

    def __init__(self, folder: Path, black_hole: BlackHole) -> None:
        self._folder = folder
        self._black_hole = black_hole
        self.was_reached: Callable[[], bool] = black_hole.was_reached

    def credential_process(self) -> dict[str, str]:
        pid_file = self._folder / "pid"
        self.was_reached = lambda: pid_file.exists() and pid_file.read_text().endswith("\n")
        script = self._folder / "hang.sh"
        script.write_text(f"echo $$ > {pid_file}\nsleep 1000\n")
        return self._config(f"credential_process = sh {script}\n")

    def metadata(self) -> dict[str, str]:
        return NO_KEYS | {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self._black_hole.url,
            "AWS_METADATA_SERVICE_TIMEOUT": "1000",
        }

    def single_sign_on(self) -> dict[str, str]:
        cache = self._folder / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        token = {
            "startUrl": "https://start.invalid",
            "region": "eu-central-1",
            "accessToken": "old",
            "expiresAt": "2020-01-01T00:00:00Z",
            "refreshToken": "refresh",
            "clientId": "client",
            "clientSecret": "secret",
            "registrationExpiresAt": "2099-01-01T00:00:00Z",
        }
        (cache / f"{hashlib.sha1(b'home').hexdigest()}.json").write_text(json.dumps(token))
        return self._config(
            "sso_session = home\nsso_account_id = 123456789012\nsso_role_name = role\n"
            "[sso-session home]\nsso_region = eu-central-1\nsso_start_url = https://start.invalid\n"
        ) | {"AWS_ENDPOINT_URL_SSO_OIDC": self._black_hole.url, "HOME": str(self._folder)}

    def name_resolution(self) -> dict[str, str]:
        reached = self._folder / "resolving"
        self.was_reached = reached.exists
        return {"HANG_IN_DNS": str(reached)}

    def _config(self, profile: str) -> dict[str, str]:
        (self._folder / "config").write_text(f"[default]\n{profile}")
        return NO_KEYS | {"AWS_CONFIG_FILE": str(self._folder / "config")}


@pytest.fixture
def hang(tmp_path: Path, black_hole: BlackHole) -> Hang:
    return Hang(tmp_path, black_hole)


@pytest.mark.parametrize(
    "what", ["credential_process", "metadata", "single_sign_on", "name_resolution"]
)
def test_a_shipper_that_is_stopped_ends_whatever_hangs(
    delivery: Delivery, hang: Hang, what: str
) -> None:
    environment = getattr(hang, what)()
    delivery.write(100)
    shipper = delivery.start_shipper(
        "--deadline", 1, program=[HERE / "patched_ship.py"], **environment
    )
    wait_until(hang.was_reached)
    shipper.terminate()

    assert shipper.wait(LONGEST_S) == 0
    assert f"100 log events stay in {delivery.spool}" in delivery.stderr.read_text()


def test_a_drain_ends_at_its_deadline_while_credentials_hang(
    delivery: Delivery, hang: Hang
) -> None:
    environment = hang.credential_process()
    delivery.write(100)
    shipper = delivery.start_shipper("--deadline", 5, verb="drain", **environment)

    assert shipper.wait(LONGEST_S) == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="elsewhere nobody tells who started it")
def test_a_credential_process_that_hangs_is_not_left_behind(delivery: Delivery, hang: Hang) -> None:
    environment = hang.credential_process()
    delivery.write(100)
    shipper = delivery.start_shipper("--deadline", 0, **environment)
    wait_until(hang.was_reached)
    process_id = int((delivery.folder / "pid").read_text())
    wait_until(lambda: bool(psutil.Process(process_id).children()))
    left = [psutil.Process(process_id), *psutil.Process(process_id).children()]
    shipper.terminate()
    shipper.wait(LONGEST_S)

    wait_until(lambda: not any(each.is_running() and each.status() != "zombie" for each in left))


def test_a_call_that_stalls_is_told_and_its_processes_are_ended() -> None:
    told: list[Exception] = []
    calls = Calls(Stop(), on_stall=told.append, patience_s=0.5)
    ended = calls.make(lambda: subprocess.run(["sh", "-c", "sleep 1000; true"], check=False))

    assert ended.returncode < 0
    assert [type(error) for error in told] == [StalledError]


def test_what_a_call_raises_is_raised() -> None:
    with pytest.raises(KeyError):
        Calls(Stop(), on_stall=print).make(lambda: os.environ["NO_SUCH_NAME"])


def test_a_call_is_left_behind_at_the_deadline() -> None:
    stop, go_on = Stop(deadline_s=0), threading.Event()
    stop.request()

    with pytest.raises(DeadlineError):
        Calls(stop, on_stall=print).make(go_on.wait)
    go_on.set()
