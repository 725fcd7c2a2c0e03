"""What can go wrong with a query, said so that the reader can mend it."""

_WIDEST = 160  # characters of a line that are shown


class InsightsError(Exception):
    """A query could not be answered; the text says why and what to do."""


class QueryError(InsightsError):
    """A query is refused: `reason`, and the place in `text` (0-based `position`) that is meant."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        """Keep what `show` needs; a position past the end of the text means its end."""
        self.reason = reason
        self.text = text
        self.position = min(position, len(text))
        super().__init__(self.show())

    @property
    def line(self) -> int:
        """The line of the place, counted from 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """The column of the place, counted from 1."""
        return self.position - self.text.rfind("\n", 0, self.position)

    def show(self) -> str:
        """The reason, the line in question, or what of a long one is near, and a caret under the
        place.
        """
        source = self.text.split("\n")[self.line - 1]
        place = self.column - 1
        if len(source) > _WIDEST:
            start = max(0, min(place - _WIDEST // 2, len(source) - _WIDEST))
            source, place = source[start : start + _WIDEST], place - start
        indent = "".join("\t" if character == "\t" else " " for character in source[:place])
        return f"line {self.line}, column {self.column}: {self.reason}\n  {source}\n  {indent}^"
