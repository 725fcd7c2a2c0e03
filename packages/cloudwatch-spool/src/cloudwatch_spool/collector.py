"""Takes one batch of events from the segments of all processes, and deletes what is delivered."""

import time
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

from .events import DAMAGE, GAP, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Event, events_of, own_event
from .folder import SpoolFolder, segment_name
from .format import LEVEL_NAMES, Drops, Record
from .positions import Position, Positions
from .segment import SegmentReader
from .status import Statistics

_MIN_SHARE_BYTES = 64 << 10
_by_time = attrgetter("timestamp_ms", "microsecond")


class Collector:
    """Reads each process's segments in order. Only what is committed counts as delivered."""

    def __init__(
        self,
        folder: SpoolFolder,
        *,
        statistics: Statistics,
        events_of: Callable[[Record, str], list[Event]] = events_of,
        tells_losses: bool = True,
    ) -> None:
        """Goes on where the last shipper of this folder committed.

        `events_of` makes events of a record and its writer's name; `tells_losses` adds an event
        about what a segment has lost.
        """
        self._folder = folder
        self._positions = Positions(folder.path)
        self._statistics = statistics
        self._events_of = events_of
        self._tells_losses = tells_losses
        self._readers: dict[Path, SegmentReader] = {}
        self._staged: dict[str, Position] = {}
        self._events: list[Event] = []
        self._room_bytes = 0
        self._turn = 0
        self.is_full = False

    def collect(self) -> list[Event]:
        """Up to one batch of events in order of time; no writer crowds out the others."""
        self._events, self._staged = [], {}
        self._room_bytes = MAX_BATCH_BYTES
        writers = list(self._folder.segments().values())
        self._turn += 1
        turn = self._turn % len(writers) if writers else 0
        writers = writers[turn:] + writers[:turn]
        share_bytes = max(MAX_BATCH_BYTES // max(len(writers), 1), _MIN_SHARE_BYTES)
        for share in (share_bytes, MAX_BATCH_BYTES):
            self.is_full = False
            for segments in writers:
                self._collect_from(segments, share)
        self._events.sort(key=_by_time)
        return self._events

    def commit(self) -> None:
        """Everything collected last is delivered: remember that, then delete what is done with.

        On a full disk it is only remembered in memory until a later commit: deleting is what makes
        room.
        """
        if not self._staged:
            return
        try:
            self._positions.commit(self._staged)
        except OSError as error:
            self._statistics.failed(str(error))
        for name, position in self._staged.items():
            if position.is_finished:
                self._close(self._folder.path / name)
                (self._folder.path / name).unlink(missing_ok=True)
                self._positions.forget(name)

    def _collect_from(self, segments: list[Path], share_bytes: int) -> None:
        floor_bytes = max(self._room_bytes - share_bytes, 0)
        for path in segments:
            if not self._read(path, floor_bytes):
                return

    def _read(self, path: Path, floor_bytes: int) -> bool:
        """Take what fits from one segment; true if it is finished and the next may follow."""
        staged = self._staged.get(path.name) or self._positions.get(path.name)
        if staged.is_finished:
            self._staged[path.name] = staged
            return True
        reader = self._reader(path, staged)
        writer, _ = segment_name(path)
        for record in reader.read():
            if not self._add(self._events_of(record, writer), floor_bytes):
                break
            reader.take(record)
        if reader.is_finished:
            self._report_losses(path, reader)
        position = Position(
            reader.offset, reader.record_count, reader.last_sequence, reader.is_finished
        )
        if position != staged:
            self._staged[path.name] = position
        return reader.is_finished

    def _reader(self, path: Path, position: Position) -> SegmentReader:
        reader = self._readers.get(path)
        if reader is None:
            reader = SegmentReader(
                path,
                offset=position.offset,
                record_count=position.record_count,
                last_sequence=position.last_sequence,
            )
            self._readers[path] = reader
        return reader

    def _close(self, path: Path) -> None:
        reader = self._readers.pop(path, None)
        if reader is not None:
            reader.close()

    def _add(self, events: list[Event], floor_bytes: int) -> bool:
        size = events[0].size if len(events) == 1 else sum(event.size for event in events)
        fits = (
            self._room_bytes - size >= floor_bytes
            and len(self._events) + len(events) <= MAX_BATCH_EVENTS
        )
        if not fits and self._events:  # a message of more than one batch goes alone
            self.is_full = True
            return False
        self._events += events
        self._room_bytes -= size
        return True

    def _report_losses(self, path: Path, reader: SegmentReader) -> None:
        """Count what the segment has lost, and tell it as an event beside its last records."""
        drops, damaged = reader.preamble().drops, reader.damaged_count()
        self._statistics.lost(dropped=drops.count, damaged=damaged)
        if not self._tells_losses:
            return
        writer, number = segment_name(path)
        if drops.count:
            self._events.append(_gap(f"{writer}-gap{number}", writer, drops))
        if damaged:
            self._events.append(_damage(f"{writer}-damage{number}", path.name, damaged))


def _gap(event_id: str, writer: str, drops: Drops) -> Event:
    return own_event(
        event_id,
        drops.last_timestamp_ms,
        level="ERROR",
        event=GAP,
        message=f"{drops.count} log events were dropped because the spool or its disk was full",
        dropped_count=drops.count,
        dropped_writer=writer,
        dropped_first_sequence=drops.first_sequence,
        dropped_last_sequence=drops.last_sequence,
        dropped_from_ms=drops.first_timestamp_ms,
        dropped_to_ms=drops.last_timestamp_ms,
        **{
            f"dropped_{name.lower()}": n
            for name, n in zip(LEVEL_NAMES, drops.by_level, strict=True)
            if n
        },
    )


def _damage(event_id: str, segment: str, count: int) -> Event:
    return own_event(
        event_id,
        int(time.time() * 1000),
        level="ERROR",
        event=DAMAGE,
        message=f"{count} log events could not be read back from the spool",
        damaged_count=count,
        damaged_segment=segment,
    )
