"""What goes between this machine and the tasks of a run, in a bucket under the run's ID."""

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # no types

from ..errors import LoadError
from ..k6 import INSTRUMENT
from ..machines import SCRIPTS, Share

__all__ = ["Exchange"]

_MOST_FILES = 1000
_MOST_BYTES = 50 * 2**20
_PACKED = "samples.csv.gz"


class Exchange:
    """The objects of a run in a bucket. `s3` is boto3's client."""

    def __init__(self, s3: Any, bucket: str, run_id: str) -> None:
        """Asks nothing yet."""
        self._s3, self._bucket, self._run_id = s3, bucket, run_id

    def send(self, script: Path, text: str) -> None:
        """Puts what the tasks run into the bucket: `text`, which is k6's input, and the folder of
        the script. Raises LoadError when the run is there already, or the folder is too large.
        """
        packed = _packed(script, text)
        try:
            self._put("input.tar.gz", packed, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            raise LoadError(
                f"somebody else has just begun a run {self._run_id} on these machines: run it again"
            ) from None
        self._put("start", b"")  # without the right to list, an object that is missing is a 403

    def start(self) -> None:
        """Gives the tasks the word to begin."""
        self._put("start", b"go")

    def ready(self) -> set[str]:
        """The machines that wait for the word."""
        return {key.split("/")[1] for key in self._keys("machine-") if key.endswith("/ready")}

    def fetch(self, share: Share) -> bytes | None:
        """Puts what k6 wrote there into the share's folder. How it ended, as JSON; None where the
        task has not brought everything.
        """
        ended = None
        for key in self._keys(f"{share.name}/"):
            name = key.rsplit("/", 1)[-1]
            if key == f"{self._run_id}/{share.name}/ended.json":
                ended = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            elif "/files/" in key:
                self._download(key, share.folder / name)
        return ended

    def _put(self, name: str, body: bytes, **conditions: str) -> None:
        key = f"{self._run_id}/{name}"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **conditions)

    def _keys(self, start: str) -> Iterator[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._run_id}/{start}"
        )
        return (each["Key"] for page in pages for each in page.get("Contents", ()))

    def _download(self, key: str, path: Path) -> None:
        self._s3.download_file(self._bucket, key, str(path))
        if path.name == _PACKED:
            with gzip.open(path) as packed, path.with_suffix("").open("wb") as whole:
                shutil.copyfileobj(packed, whole)
            path.unlink()


def _packed(script: Path, text: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", dereference=True) as archive:
        main = tarfile.TarInfo("main.js")
        main.size = len(text.encode())
        archive.addfile(main, io.BytesIO(text.encode()))
        archive.add(INSTRUMENT, "instrument.js")
        for path in _files_beside(script):
            archive.add(path, f"{SCRIPTS}/{path.relative_to(script.parent)}", recursive=False)
    return packed.getvalue()


def _files_beside(script: Path) -> Iterator[Path]:
    """The files of the script's folder. What is hidden stays here: it may be a secret."""
    files = size = 0
    for folder, names, found in os.walk(script.parent, followlinks=True):
        names[:] = [name for name in names if not name.startswith(".")]
        for path in (Path(folder) / name for name in found if not name.startswith(".")):
            if not path.is_file():
                continue
            files, size = files + 1, size + path.stat().st_size
            if files > _MOST_FILES or size > _MOST_BYTES:
                raise LoadError(
                    f"everything in the script's folder goes to the machines, and {script.parent}"
                    f" has more than {_MOST_FILES} files or {_MOST_BYTES >> 20} MiB: give the"
                    " script a folder of its own"
                )
            yield path
