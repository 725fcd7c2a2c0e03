"""What goes to the machines."""

import tarfile
from io import BytesIO

import pytest

from todo.loadtest.errors import LoadError
from todo.loadtest.fargate import exchange
from todo.loadtest.fargate.exchange import Exchange


class Bucket:
    """Keeps what is put into it."""

    def __init__(self):
        self.objects = {}

    def put_object(self, *, Key, Body, **_):
        self.objects[Key] = Body


def test_hidden_files_stay_here_and_links_are_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config.js").write_text("1")
    folder = tmp_path / "scripts"
    (folder / ".git").mkdir(parents=True)
    (folder / "lib").symlink_to(tmp_path / "elsewhere")
    for name in ("some.js", ".env", ".git/config"):
        (folder / name).write_text(name)
    bucket = Bucket()

    Exchange(bucket, "load-samples", "run").send(folder / "some.js", "main")

    with tarfile.open(fileobj=BytesIO(bucket.objects["run/input.tar.gz"])) as archive:
        assert sorted(archive.getnames()) == [
            *("instrument.js", "k6/lib/config.js", "k6/some.js", "main.js")
        ]


@pytest.mark.parametrize("limit", ["_MOST_FILES", "_MOST_BYTES"])
def test_a_folder_that_is_too_large_is_refused(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(exchange, limit, 1)
    for name in ("some.js", "other.js"):
        (tmp_path / name).write_text("1")

    with pytest.raises(LoadError, match="give the script a folder of its own"):
        Exchange(Bucket(), "load-samples", "run").send(tmp_path / "some.js", "main")
