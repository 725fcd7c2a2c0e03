"""Django with Django Ninja, and Flask as it is usually written, both for gunicorn."""

import os
from datetime import datetime
from typing import Any

from .json_lines import WsgiLog

__all__ = ["django", "flask"]


def flask() -> Any:
    """Flask-SQLAlchemy's objects and `jsonify`."""
    from benchmarks.usual import usual

    return WsgiLog(usual())


def django() -> Any:
    """Django's objects and Django Ninja's schemas."""
    import django as framework  # type: ignore[import-not-found]  # in var/bench-peers
    from django.conf import settings  # type: ignore[import-not-found]  # as above
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(os.environ["SQLALCHEMY_DATABASE_URI"])
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=False,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts["dbname"],
                "USER": parts["user"],
                "HOST": parts["host"],
                "OPTIONS": {"pool": {"min_size": 4, "max_size": 4}},
            }
        },
    )
    framework.setup()
    globals()["urlpatterns"] = _urls()
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-not-found]  # as above

    return WsgiLog(get_wsgi_application())


def _urls() -> list[Any]:
    from django.db import models  # type: ignore[import-not-found]  # as above
    from django.urls import path  # type: ignore[import-not-found]  # as above
    from ninja import NinjaAPI, Schema  # type: ignore[import-not-found]  # as above

    class Todo(models.Model):
        title = models.CharField(max_length=80)
        description = models.CharField(max_length=120, null=True)
        completed = models.BooleanField()
        deadline_at = models.DateTimeField(null=True)
        created_at = models.DateTimeField()
        updated_at = models.DateTimeField()

        class Meta:
            app_label = "todos"
            db_table = "todos"
            managed = False

    class TodoOut(Schema):
        id: int
        title: str
        description: str | None
        completed: bool
        deadline_at: datetime | None
        created_at: datetime
        updated_at: datetime

    api = NinjaAPI()

    @api.get("/todos/{todo_id}", response=TodoOut)
    def get_todo(request: Any, todo_id: int) -> Any:
        return Todo.objects.get(id=todo_id)

    @api.get("/todos", response=list[TodoOut])
    def list_todos(request: Any, limit: int = 100) -> Any:
        return list(Todo.objects.order_by("-id")[:limit])

    return [path("api/v1/", api.urls)]
