"""Checkpoint directories: read, checked and written, without Keras."""

from zoo.checkpoint.directory import (
    check_listing,
    check_next,
    format_of,
    parse,
    parse_info,
    read,
    read_contents,
    read_info,
    size_limit,
)
from zoo.checkpoint.reading import fingerprint, read_matching
from zoo.checkpoint.weights import serialize_tensors
from zoo.checkpoint.writing import (
    check_destination,
    check_record_size,
    replace_info,
    slug,
    to_json,
    write,
)
from zoo.formats import RECORD, Checkpoint

__all__ = [
    "RECORD",
    "Checkpoint",
    "check_destination",
    "check_listing",
    "check_next",
    "check_record_size",
    "fingerprint",
    "format_of",
    "parse",
    "parse_info",
    "read",
    "read_contents",
    "read_info",
    "read_matching",
    "replace_info",
    "serialize_tensors",
    "size_limit",
    "slug",
    "to_json",
    "write",
]
