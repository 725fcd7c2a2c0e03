"""Text from a log that a terminal shows as it is, whatever it holds."""

from rich.text import Text

from logs_insights.rendering import visible

__all__ = ["inert"]


def inert(text: str, style: str = "") -> Text:
    """The text in this style, with what a terminal would obey or not show escaped."""
    return Text(visible(text), style=style)
