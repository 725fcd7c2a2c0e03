"""The tags, by a plan of the provider itself: a mocked one gives nothing its default tags."""

import json
import os
import shutil
import subprocess

import pytest

from .conftest import FOLDER, ROOT

BUT = shutil.ignore_patterns(".terraform", "*.tfstate*", "*_override.tf", "tests", "states-*")
RESOURCE = "aws_cloudwatch_log_group.main"
# Keys that nobody has, of an account that nobody is asked about.
NOBODY = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
UNASKED = ("requesting_account_id", "credentials_validation", "metadata_api_check")


@pytest.fixture
def planned(tmp_path):
    """Call it with `tags`: the tags that a resource of the stack then gets. In a folder of its own,
    where no state and no backend is.
    """

    def plan(tags):
        given = [f"-var={pair}" for pair in ("public=true", f"tags={tags}")]
        terraform("plan", "-refresh=false", f"-target={RESOURCE}", "-out=plan", *given)
        changes = json.loads(terraform("show", "-json", "plan"))["resource_changes"]
        (change,) = [each["change"] for each in changes if each["address"] == RESOURCE]
        return change["after"]["tags_all"]

    def terraform(*arguments):
        done = subprocess.run(
            ["terraform", f"-chdir={tmp_path / 'terraform'}", *arguments],
            env=own | NOBODY | {"TF_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # A provider that others use as well has their keys and their tags.
    own = {name: value for name, value in os.environ.items() if name != "TF_REATTACH_PROVIDERS"}
    shutil.copytree(FOLDER, tmp_path / "terraform", ignore=BUT)
    for read in ("containers", "todo"):
        (tmp_path / read).symlink_to(ROOT / read)
    skips = "".join(f"  skip_{name} = true\n" for name in UNASKED)
    (tmp_path / "terraform/unasked_override.tf").write_text(f'provider "aws" {{\n{skips}}}\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data/providers").symlink_to(ROOT / "terraform/.terraform/providers")
    return plan


def test_everything_has_the_users_tags_beside_the_stacks_own(planned):
    assert planned('{CostCenter = "4711"}') == {
        "Application": "taskoverflow",
        "ManagedBy": "terraform",
        "CostCenter": "4711",
    }
