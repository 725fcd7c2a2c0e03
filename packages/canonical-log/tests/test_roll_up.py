"""What a request's statements come to, whichever threads ran them, and however many there were."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from canonical_log.roll_up import COMMIT, MAX_ORIGINS, MAX_SHAPES, DatabaseRollUp


def fields_of(database):
    line = {}
    database.add_to(line)
    return line


def roll_up(*statements):
    """Of statements: their fingerprint, their seconds and whether they were slow."""
    database = DatabaseRollUp()
    for fingerprint, seconds, *is_slow in statements:
        database.add_statement(fingerprint, seconds, is_slow=bool(is_slow))
    return fields_of(database)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], {"db_query_count": 0}),
        ([("a", 0.01)], {"db_query_count": 1, "db_time_ms": 10}),
        ([("a", 0.01), ("b", 0.02)], {"db_query_count": 2, "db_time_ms": 30}),
        (
            [("a", 0.01)] * 2 + [("b", 0)] * 3,
            {"db_query_count": 5, "db_time_ms": 20, "db_dup_count": 3},
        ),
        (
            [("a", 0.2, True), ("b", 0.1)],
            {"db_query_count": 2, "db_time_ms": 300, "db_slow_count": 1},
        ),
        ([("a", 0.02)] * 5, {"db_query_count": 5, "db_time_ms": 100, "db_dup_count": 4}),
        ([("a", 0.001)] * 9, {"db_query_count": 9, "db_time_ms": 9, "db_dup_count": 8}),
        (
            [("a", 0.01)] * 6,
            {
                "db_query_count": 6,
                "db_time_ms": 60,
                "db_dup_count": 5,
                "db_n_plus_one": True,
                "db_n_plus_one_count": 6,
                "db_n_plus_one_fingerprint": "a",
            },
        ),
    ],
)
def test_it_counts_times_duplicates_and_n_plus_one(statements, expected):
    assert roll_up(*statements) == expected


def test_what_is_no_statement_is_time_too():
    database = DatabaseRollUp()
    for operation, seconds in [("COMMIT", 0.05), ("ROLLBACK", 0.01), ("CONNECT", 0.02)]:
        database.add_wait(operation, seconds)
    database.add_wait("POOL_WAIT", 0.03)
    assert fields_of(database) == {
        "db_query_count": 0,
        "db_commit_ms": 60,
        "db_connect_ms": 20,
        "db_pool_wait_ms": 30,
    }


def test_a_wait_that_is_next_to_nothing_is_left_out():
    database = DatabaseRollUp()
    database.add_wait("POOL_WAIT", 0.000_049)
    assert fields_of(database) == {"db_query_count": 0}


def test_statements_of_many_threads_are_all_counted():
    database = DatabaseRollUp()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(8):
            threads.submit(lambda: [database.add_statement("a", 0.001) for _ in range(2000)])
    assert fields_of(database)["db_query_count"] == 16_000


def test_different_statements_without_end_take_no_memory_without_end():
    statements = [(f"fingerprint {number}", 0) for number in range(MAX_SHAPES * 3)]
    database = DatabaseRollUp()
    for fingerprint, seconds in statements:
        database.add_statement(fingerprint, seconds)
    assert fields_of(database)["db_query_count"] == MAX_SHAPES * 3
    assert len(database._shapes) == MAX_SHAPES + 1


def repeated(*origins):
    """The roll-up of statements alike that take no time, from these places."""
    database = DatabaseRollUp()
    for origin in origins:
        if database.add_statement("a", 0):
            database.add_origin("a", origin)
    return fields_of(database)


def test_more_than_five_alike_from_one_place_are_an_n_plus_one_however_fast():
    assert "db_n_plus_one" not in repeated(*["here"] * 5)
    fields = repeated(*["here"] * 6)
    assert (fields["db_n_plus_one"], fields["db_n_plus_one_origin"]) == (True, "here")
    assert fields["db_n_plus_one_count"] == 6


def test_alike_from_many_places_are_none_while_they_are_fast():
    assert "db_n_plus_one" not in repeated(*"abcdefghijklmn")


def test_the_place_that_sent_the_most_is_told():
    fields = repeated("first", *["here"] * 6, *["there"] * 9)
    assert (fields["db_n_plus_one_origin"], fields["db_n_plus_one_count"]) == ("there", 16)


def test_alike_from_no_place_of_the_apps_are_counted_too():
    fields = repeated(*[""] * 6)
    assert fields["db_n_plus_one"] is True
    assert "db_n_plus_one_origin" not in fields


def test_places_without_end_take_no_memory_without_end():
    database = DatabaseRollUp()
    for number in range(MAX_ORIGINS * 3):
        database.add_statement("a", 0)
        database.add_origin("a", f"place {number}")
    assert len(database._shapes["a"].origins) == MAX_ORIGINS


def test_what_was_part_of_it_is_added():
    outer, inner = DatabaseRollUp(), DatabaseRollUp()
    for database in (outer, inner):
        for _ in range(3):
            database.add_statement("a", 0.01, is_slow=True)
        database.add_statement("b", 0.01)
        database.add_origin("a", "app.py:1 view")
        database.add_origin("a", "app.py:1 view")
        database.add_wait(COMMIT, 0.1)
    inner.add_statement("c", 0.01)
    outer.add(inner)
    assert fields_of(outer) == {
        "db_query_count": 9,
        "db_time_ms": 90,
        "db_commit_ms": 200,
        "db_dup_count": 6,
        "db_slow_count": 6,
        "db_n_plus_one": True,
        "db_n_plus_one_count": 6,
        "db_n_plus_one_fingerprint": "a",
        "db_n_plus_one_origin": "app.py:1 view",
    }


def test_what_is_added_keeps_the_bound():
    outer = DatabaseRollUp()
    for part in range(3):
        inner = DatabaseRollUp()
        for number in range(MAX_SHAPES):
            inner.add_statement(f"{part}-{number}", 0)
        outer.add(inner)
    assert fields_of(outer)["db_query_count"] == 3 * MAX_SHAPES
    assert len(outer._shapes) <= MAX_SHAPES + 1
