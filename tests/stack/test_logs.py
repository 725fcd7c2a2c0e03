"""The log groups, the saved queries and the index."""

import json

from todo.log_fields import fields_of
from todo.views.catalog import named_queries

from .conftest import ROOT


def test_every_group_that_anything_writes_to_is_kept_for_a_time(default):
    database = default["aws_db_instance.main"]
    groups = {
        group["name"]: group["retention_in_days"]
        for group in default.all("aws_cloudwatch_log_group").values()
    }
    written = {
        default["aws_cloudwatch_log_group.main"]["name"],
        *(
            f"/aws/rds/instance/{database['identifier']}/{log}"
            for log in database["enabled_cloudwatch_logs_exports"]
        ),
        f"/aws/ecs/containerinsights/{default['aws_ecs_cluster.main']['name']}/performance",
    }

    assert groups == dict.fromkeys(written, 14)


def test_another_retention_is_that_of_every_group(narrow):
    groups = narrow.all("aws_cloudwatch_log_group").values()

    assert {group["retention_in_days"] for group in groups} == {30}


def test_the_group_is_of_the_class_with_indexes_and_live_tail(default):
    assert default["aws_cloudwatch_log_group.main"]["log_group_class"] == "STANDARD"


def test_each_query_that_ships_is_saved_for_the_log_group(default):
    saved = default.all("aws_cloudwatch_query_definition").values()
    group = default["aws_cloudwatch_log_group.main"]["name"]

    assert {query["name"]: query["query_string"] for query in saved} == {
        f"todos/{query.name}": (ROOT / "todo/views/queries" / f"{query.name}.insights").read_text()
        for query in named_queries()
    }
    assert all(query["log_group_names"] == [group] for query in saved)


def test_what_people_ask_for_by_its_value_is_indexed(default):
    policy = default["aws_cloudwatch_log_index_policy.main[0]"]
    document = json.loads(policy["policy_document"])
    fields, facets = document["Fields"], document["FieldsV2"]
    indexed = {*fields, *facets}

    assert policy["log_group_name"] == default["aws_cloudwatch_log_group.main"]["name"]
    assert indexed <= {field.name for field in fields_of()}
    assert {"correlation_id", "run_id", "event", "trace_id", "xray_trace_id"} <= indexed
    assert {"http_route", "http_status"} <= indexed, "what errors are narrowed down by"
    assert len(fields) + len(facets) == len(indexed) <= 20, (
        "each once; the most that CloudWatch takes"
    )
    assert {"correlation_id", "run_id"}.isdisjoint(facets), "a facet has few values"
    assert {each["type"] for each in facets.values()} <= {"FACET", "FIELD_INDEX"}


def test_a_group_of_aws_is_there_only_when_something_writes_to_it(denied, learner_lab):
    for stack in (denied, learner_lab):
        groups = {group["name"] for group in stack.all("aws_cloudwatch_log_group").values()}
        assert len(groups) == 3, "the app's, and those that RDS exports"
        assert not [name for name in groups if "containerinsights" in name]
