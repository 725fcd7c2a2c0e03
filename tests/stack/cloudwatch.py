"""CloudWatch, in as much of it as the alarms use: statistics, metric math, M out of N, silence.

"Evaluating an alarm" and "Using metric math" of the CloudWatch user guide, read 2026-11.
"""

import math

Minute = dict[str, list[float]]
NONE = None  # a minute without a value


def state(alarm: dict, minutes: list[Minute]) -> str:
    """The state that the minutes, the newest last, put the alarm in."""
    values = [value(alarm, minute) for minute in minutes[-alarm["evaluation_periods"] :]]
    silence = alarm["treat_missing_data"]
    if silence == "missing" and all(each is NONE for each in values):
        return "INSUFFICIENT_DATA"
    breaking = sum(
        silence == "breaching" if each is NONE else breaches(alarm, each) for each in values
    )
    return "ALARM" if breaking >= alarm["datapoints_to_alarm"] else "OK"


def breaches(alarm: dict, found: float) -> bool:
    """Whether a value is beyond the threshold."""
    over = alarm["comparison_operator"] == "GreaterThanThreshold"
    assert over or alarm["comparison_operator"] == "LessThanThreshold"
    return found > alarm["threshold"] if over else found < alarm["threshold"]


def value(alarm: dict, minute: Minute) -> float | None:
    """The alarm's metric in a minute, or what it makes of several."""
    if alarm["metric_name"]:
        of = alarm["statistic"] or alarm["extended_statistic"]
        return statistic(of, minute[alarm["metric_name"]])
    queries = {query["id"]: query for query in alarm["metric_query"]}
    (result,) = [query for query in queries.values() if query["return_data"]]
    names = {
        name: statistic(metric["stat"], minute[metric["metric_name"]])
        for name, query in queries.items()
        for metric in query["metric"] or ()
    }
    return calculated(result["expression"], names)


def statistic(name: str, samples: list[float]) -> float | None:
    """A statistic of the samples, or NONE without any."""
    if not samples:
        return NONE
    if name.startswith("p"):
        return sorted(samples)[math.ceil(len(samples) * float(name[1:]) / 100) - 1]
    return {
        "Sum": sum(samples),
        "Average": sum(samples) / len(samples),
        "Minimum": min(samples),
        "Maximum": max(samples),
        "SampleCount": len(samples),
    }[name]


def calculated(expression: str, values: dict[str, float | None]) -> float | None:
    """The metric math of an expression: without a value of one of its metrics there is none, but
    where FILL gives one.
    """
    filled = {name for name in values if f"FILL({name}," in expression.replace(" ", "")}
    if any(values[name] is NONE for name in values.keys() - filled):
        return NONE
    functions = {
        "FILL": lambda found, instead: instead if found is NONE else found,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    numbers = {name: NONE if found is NONE else Number(found) for name, found in values.items()}
    found = eval(expression.replace(" AND ", " and "), functions | numbers)
    return NONE if math.isnan(found) else found


class Number(float):
    """A metric's value; what is divided by none is missing."""

    def __rtruediv__(self, other: float) -> float:
        return other / float(self) if self else math.nan
