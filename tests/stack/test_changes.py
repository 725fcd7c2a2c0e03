"""What a later apply does to a stack that is there."""

import pytest

from .registry import images_kept


@pytest.mark.parametrize("run", ["again", "denied_again"])
def test_an_apply_of_the_same_changes_nothing(stacks, run):
    """No password either, although each plan makes up new ones."""
    changed = {a: c["actions"] for a, c in stacks.plan(run).items() if c["actions"] != ["no-op"]}

    assert changed == {}


@pytest.mark.parametrize("address", ["aws_lb_target_group.app", "aws_db_parameter_group.main"])
def test_what_others_use_goes_only_after_its_successor_has_come(changed, default, address):
    assert changed[address]["actions"] == ["create", "delete"]
    assert default[address]["name_prefix"], "two at a time need two names"


def test_a_new_version_migrates_and_is_waited_for(changed):
    assert changed["aws_ecs_service.app"]["actions"] == ["update"]
    for name in ("migration", "deployed"):
        assert changed[f"terraform_data.{name}[0]"]["actions"] == ["delete", "create"]


def test_the_number_of_tasks_is_autoscalings(changed):
    assert changed["aws_ecs_service.app"]["after"]["desired_count"] == 1
    assert changed["aws_appautoscaling_target.tasks[0]"]["after"]["min_capacity"] == 2


def test_images_are_scanned_are_there_to_go_back_to_and_go_with_the_stack(learner_lab):
    (repository,) = learner_lab.all("aws_ecr_repository").values()
    (lifecycle,) = learner_lab.all("aws_ecr_lifecycle_policy").values()

    assert images_kept(repository, lifecycle) == 10


def test_a_ready_image_needs_no_repository(default):
    for kind in ("aws_ecr_repository", "aws_ecr_lifecycle_policy", "terraform_data.image"):
        assert not [address for address in default.resources if address.startswith(kind)]
    assert default.outputs["image"] == "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
