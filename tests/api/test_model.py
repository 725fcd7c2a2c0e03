"""Whatever is done in whatever order, the API agrees with a plain dictionary."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    rule,
    run_state_machine_as_test,
)

TODOS = "/api/v1/todos"

titles = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=80
)
descriptions = st.none() | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=120
)
deadlines = st.none() | st.datetimes().map(lambda time: time.isoformat())
changes = st.fixed_dictionaries(
    {},
    optional={
        "title": titles,
        "description": descriptions,
        "completed": st.booleans(),
        "deadline_at": deadlines,
    },
)


def test_any_sequence_of_calls_agrees_with_a_dictionary(client, execute, database):
    class Todos(RuleBasedStateMachine):
        ids = Bundle("ids")

        @initialize()
        def start(self):
            execute(database, "TRUNCATE todos RESTART IDENTITY")
            self.model = {}

        @rule(target=ids, title=titles, rest=changes)
        def create(self, title, rest):
            sent = rest | {"title": title}
            todo = client.post(TODOS, json=sent).json
            self.model[todo["id"]] = todo
            assert todo.items() >= sent.items()
            return todo["id"]

        @rule(todo_id=ids, change=changes)
        def change(self, todo_id, change):
            response = client.patch(f"{TODOS}/{todo_id}", json=change)
            if todo_id not in self.model:
                assert response.status_code == 404
                return
            expected = self.model[todo_id] | change | {"updated_at": response.json["updated_at"]}
            assert response.json == expected
            self.model[todo_id] = expected

        @rule(todo_id=ids)
        def get(self, todo_id):
            response = client.get(f"{TODOS}/{todo_id}")
            assert (
                response.json == self.model[todo_id]
                if todo_id in self.model
                else response.status_code == 404
            )

        @rule(todo_id=consumes(ids) | st.integers(1000, 2000))
        def delete(self, todo_id):
            assert client.delete(f"{TODOS}/{todo_id}").json == self.model.pop(todo_id, {})

        @rule(completed=st.none() | st.booleans(), limit=st.integers(1, 5))
        def list_all_pages(self, completed, limit):
            url = f"{TODOS}?limit={limit}"
            if completed is not None:
                url += f"&completed={'true' if completed else 'false'}"
            listed = []
            while url:
                response = client.get(url)
                assert len(response.json) <= limit
                listed += response.json
                url = response.headers.get("Link", "").partition(">")[0].removeprefix("<")
            newest_first = [self.model[todo_id] for todo_id in sorted(self.model, reverse=True)]
            assert listed == [
                todo for todo in newest_first if completed in (None, todo["completed"])
            ]

    run_state_machine_as_test(
        Todos,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
