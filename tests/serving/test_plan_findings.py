"""What is found in the plans of PostgreSQL's own planner."""

from contextlib import closing

import psycopg2
import pytest

from todo.serving.profiler.findings import finding_of

TABLES = """
CREATE TABLE orders AS SELECT i AS id, i % 5000 AS customer, i % 2 AS half, md5(i::text) AS note,
    random() AS moment FROM generate_series(1, 20000) AS i;
CREATE INDEX ON orders (id);
CREATE TABLE few AS SELECT i AS id, i AS customer FROM generate_series(1, 100) AS i;
ANALYZE orders;
ANALYZE few;
CREATE TABLE uncounted (id int, customer int) WITH (autovacuum_enabled = false);
INSERT INTO uncounted SELECT i, i FROM generate_series(1, 5000) AS i;
"""
ALL_READ = "no index fits: all 20,000 rows of orders are read"


@pytest.fixture(scope="module")
def find(new_database):
    """Call it with a statement for what is wrong with its plan."""
    connection = psycopg2.connect(new_database())
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("SELECT pg_stat_force_next_flush()")

        def finding(statement):
            cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")
            return finding_of(cursor, cursor.fetchone()[0][0]["Plan"])

        yield finding


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("customer = $1", "orders (customer)"),
        ("half = $1 AND customer = $2", "orders (half, customer)"),
        ("lower(note) = $1", "orders (lower(note))"),
        ("note::varchar = $1", "orders (note)"),
        ("customer = ANY ($1) AND half IS NOT NULL", "orders (half, customer)"),
        (
            "lower(note) LIKE $1",
            "orders USING gin (lower(note) gin_trgm_ops), of the extension pg_trgm",
        ),
        ("note ~ '^zz'", "orders USING gin (note gin_trgm_ops), of the extension pg_trgm"),
    ],
)
def test_a_condition_without_an_index_is_told_with_the_index(find, condition, index):
    finding = find(f"SELECT id FROM orders WHERE {condition}")
    assert finding.startswith(f"{ALL_READ} to find about ")
    assert finding.endswith(f": CREATE INDEX ON {index}")


@pytest.mark.parametrize(
    ("order", "index"),
    [("moment DESC", "moment DESC"), ("half, lower(note)", "half, (lower(note))")],
)
def test_the_first_few_in_an_order_without_an_index_are_told_with_the_index(find, order, index):
    finding = find(f"SELECT id FROM orders ORDER BY {order} LIMIT 10")
    assert finding.startswith(f"{ALL_READ} and put in order for the first few")
    assert finding.endswith(f": CREATE INDEX ON orders ({index})")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT note FROM orders WHERE id = $1",
        "SELECT note FROM orders ORDER BY id LIMIT 10",
        "SELECT note FROM orders WHERE half = $1",  # half of all rows
        "SELECT note FROM orders",
        "SELECT note FROM orders WHERE id < 50 ORDER BY moment LIMIT 5",
        "SELECT id FROM few WHERE customer = $1",
        "SELECT id FROM few ORDER BY customer LIMIT 1",
    ],
)
def test_nothing_is_found_where_no_index_would_help(find, statement):
    assert find(statement) is None


def test_a_table_that_was_never_analyzed_is_told(find):
    finding = find("SELECT id FROM uncounted WHERE customer = $1")
    assert finding == "uncounted was never analyzed, so that the planner guesses: ANALYZE it"
