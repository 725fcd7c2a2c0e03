"""Where a path leads is looked up once, and that it was shows nowhere."""

from flask import request

from todo import create_app


def test_what_a_request_does_to_its_values_the_next_one_does_not_see(database):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database})

    @app.get("/numbers/<int:number>")
    def take(number):
        request.view_args.clear()
        return {"number": number}

    client = app.test_client()
    answers = [client.get("/numbers/7").json for _ in range(2)]
    assert answers == [{"number": 7}, {"number": 7}]


def test_a_redirect_has_the_query_of_its_own_request(database):
    app = create_app({"SQLALCHEMY_DATABASE_URI": database})
    app.add_url_rule("/folder/", "folder", lambda: "")
    client = app.test_client()
    targets = [client.get(f"/folder?a={number}").headers["Location"] for number in (1, 2)]
    assert targets == ["http://localhost/folder/?a=1", "http://localhost/folder/?a=2"]
