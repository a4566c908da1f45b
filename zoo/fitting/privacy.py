"""Event files without the examples that training drew in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from google.protobuf.message import DecodeError
from tensorboard.compat.proto import event_pb2

__all__ = ["SHAREABLE", "without_examples"]

# How an event describes a picture that may be shown to anybody; of all others nobody knows that.
SHAREABLE = "Shows no example of the data."
_PICTURES = "images"  # what TensorBoard calls their plugin
_HEADER, _CHECK = 12, 4  # bytes: length and its checksum before a record, its checksum after it


def without_examples(events: bytes) -> bytes:
    """Return an event file without the pictures that may show validation texts or series.

    Those are all but what was written as `shareable`, as by `zoo.fitting.events.add_figure`.
    What a run that was killed has left at its end, half a record, goes too.

    Args:
        events: content of the file.

    Example:
        >>> without_examples(b"")
        b''
    """
    return b"".join(record for record in _records(events) if not _shows_example(record))


def _records(events: bytes) -> Iterator[bytes]:
    place = 0
    while place + _HEADER <= len(events):
        (length,) = struct.unpack_from("<Q", events, place)
        end = place + _HEADER + length + _CHECK
        if end > len(events):
            return
        yield events[place:end]
        place = end


def _shows_example(record: bytes) -> bool:
    try:
        event = event_pb2.Event.FromString(record[_HEADER:-_CHECK])
    except DecodeError:  # nobody can tell what it shows
        return True
    return any(
        value.HasField("image")
        or (
            value.metadata.plugin_data.plugin_name == _PICTURES
            and value.metadata.summary_description != SHAREABLE
        )
        for value in event.summary.value
    )
