"""From environment variables to settings, or to a text that says what is wrong with them."""

import difflib
import os
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from .settings import PREFIX, Settings

__all__ = ["ConfigError", "load_settings", "variable_names"]


class ConfigError(Exception):
    """A setting is missing, unknown or has a bad value; the text names each one and what is
    allowed.
    """


def variable_names() -> dict[str, str]:
    """Each environment variable, mapped to the name of its field in `Settings`."""
    return {
        str(field.validation_alias or PREFIX + name.upper()): name
        for name, field in Settings.model_fields.items()
    }


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings from the environment, with `overrides` (by variable name) on top.

    Raises ConfigError, which names every variable that is unknown or has a bad value, and what is
    allowed. A secret's value is never in it.
    """
    variables = variable_names()
    given = dict(overrides or {})
    problems = [
        _unknown(name, variables)
        for name in sorted(os.environ | given)
        if name.startswith(PREFIX) and name not in variables
    ]
    try:
        settings = Settings(
            **{_argument(name, variables): given[name] for name in given if name in variables}
        )
    except ValidationError as error:
        problems += [_explain(dict(item), variables) for item in error.errors()]
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def _argument(variable: str, variables: dict[str, str]) -> str:
    return variables[variable] if variable.startswith(PREFIX) else variable


def _unknown(name: str, variables: dict[str, str]) -> str:
    close = difflib.get_close_matches(name, variables, n=1)
    hint = (
        f"did you mean {close[0]}?"
        if close
        else f"the settings are {', '.join(sorted(variables))}."
    )
    return f"{name} is no setting of TaskOverflow: {hint}"


def _explain(error: dict[str, Any], variables: dict[str, str]) -> str:
    location = str(error["loc"][0])
    field = variables.get(location, location)
    variable = next(name for name, of_field in variables.items() if of_field == field)
    is_secret = "Secret" in str(Settings.model_fields[field].annotation)
    found = "has a bad value" if is_secret else f"is {error['input']!r}"
    return f"{variable} {found}: {error['msg']}."
