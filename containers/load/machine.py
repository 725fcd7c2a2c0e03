"""Runs one machine's share of a load test in a container: `machine.py ARGUMENTS-OF-K6`.

The scripts come from the bucket BUCKET, and what k6 wrote goes there, under RUN_ID; `todo load` is
the other side. SIGTERM ends k6 early, and what it has measured is brought all the same. The exit
code is k6's.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import boto3

START_WITHIN_S = 900  # longer than `todo load` waits for the last machine
START_AFTER_S = 3  # the word to begin, so that all have heard it
LONGEST_S = 12 * 3600
GIVE_UP_AFTER_S = 60
POLL_S = 1

BUCKET, RUN_ID, NAME = (os.environ[name] for name in ("BUCKET", "RUN_ID", "MACHINE_NAME"))
FOLDER = Path(os.environ["FOLDER"])
OUT = FOLDER / "out"


class K6:
    """The k6 of this machine, which a signal ends."""

    def __init__(self, arguments):
        """Starts nothing."""
        self.arguments, self.process, self.is_over = arguments, None, threading.Event()

    def stop(self, *_signal):
        """Ends it early, or keeps it from beginning."""
        self.is_over.set()
        if self.process:
            self.process.send_signal(signal.SIGINT)

    def run(self):
        """Its exit code, as a shell tells it: above 128 where a signal killed it."""
        code = self._wait()
        return 128 - code if code < 0 else code

    def _wait(self):
        # The scripts have no use for the task's role.
        own = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ECS_"))}
        with (FOLDER / "main.js").open() as script:
            self.process = subprocess.Popen(
                ["k6", *self.arguments], stdin=script, cwd=FOLDER / "k6", env=own
            )
        if self.is_over.is_set():
            self.stop()
        try:
            return self.process.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            print(f"stopped after {LONGEST_S} s", file=sys.stderr)
            self.stop()
        try:
            return self.process.wait(GIVE_UP_AFTER_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def main(arguments):
    """The exit code."""
    s3, k6 = boto3.client("s3"), K6(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, k6.stop)
    packed = s3.get_object(Bucket=BUCKET, Key=f"{RUN_ID}/input.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(FOLDER, filter="data")
    OUT.mkdir()
    put(s3, "ready", b"")
    await_start(s3, k6)
    if k6.is_over.is_set():
        return 1
    began, before = time.monotonic(), os.times()
    code = k6.run()
    after, elapsed_s = os.times(), time.monotonic() - began
    cpu_s = sum(after[2:4]) - sum(before[2:4])
    for path in filter(Path.is_file, OUT.iterdir()):
        bring(s3, path)
    ended = {"exit_code": code, "cpu_s": cpu_s, "elapsed_s": elapsed_s}
    put(s3, "ended.json", json.dumps(ended).encode())
    return code


def await_start(s3, k6):
    """Waits for the word to begin, and then until all machines have heard it. By the clock of S3:
    that of whoever gave it may be wrong.
    """
    give_up = time.monotonic() + START_WITHIN_S
    while True:
        word = s3.get_object(Bucket=BUCKET, Key=f"{RUN_ID}/start")
        if word["ContentLength"]:
            early_s = word["LastModified"].timestamp() + START_AFTER_S - time.time()
            k6.is_over.wait(min(max(early_s, 0), START_AFTER_S))
            return
        if time.monotonic() > give_up:
            sys.exit(f"nobody gave the word to begin within {START_WITHIN_S} s")
        if k6.is_over.wait(POLL_S):
            return


def bring(s3, path):
    """Puts a file into the bucket; samples packed, as they come, so that they take no more disk."""
    key = f"{RUN_ID}/{NAME}/files/{path.name}"
    if path.name != "samples.csv":
        s3.upload_file(str(path), BUCKET, key)
        return
    with subprocess.Popen(["gzip", "-1", "--stdout", str(path)], stdout=subprocess.PIPE) as packing:
        s3.upload_fileobj(packing.stdout, BUCKET, f"{key}.gz")
    if packing.returncode:
        sys.exit(f"gzip ended with {packing.returncode}")


def put(s3, name, body):
    """Puts an object of this machine into the bucket."""
    s3.put_object(Bucket=BUCKET, Key=f"{RUN_ID}/{NAME}/{name}", Body=body)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
