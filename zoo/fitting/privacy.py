"""Event files without the examples that training drew in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from google.protobuf.message import DecodeError
from tensorboard.compat.proto import event_pb2

__all__ = ["shows_example", "without_examples"]

# Beginnings of the tags of pictures that show validation texts word by word, or series.
_EXAMPLES = ("saliency/", "attention/", "alignment/", "forecast")
_HEADER, _CHECK = 12, 4  # bytes: length and its checksum before a record, its checksum after it


def shows_example(tag: str) -> bool:
    """Return whether what is logged under a tag shows texts or series of the user's.

    Args:
        tag: its name.

    Example:
        >>> shows_example("saliency/1"), shows_example("confusion_matrix")
        (True, False)
    """
    return tag.startswith(_EXAMPLES)


def without_examples(events: bytes) -> bytes:
    """Return an event file without the pictures that show validation texts or series.

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
    return any(shows_example(value.tag) for value in event.summary.value)
