"""The text that a file's bytes spell, whichever encoding they are in."""

from __future__ import annotations

import codecs
import re
import zlib

from zoo.errors import DataError, InputError, shown

__all__ = [
    "BOMS",
    "GZIP",
    "codec_of",
    "decode",
    "guess_encoding",
    "is_packed",
    "mixed",
    "mostly_multibyte",
    "unpack",
]

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_SAMPLE = 1 << 16
# Western European text is by far the most frequent, and little of it looks much like its cousins.
_COUSINS = ("windows-1250", "windows-1254", "windows-1257", "windows-1258")
_LEAST_CONFIDENCE = 0.1
_LEAST_LIMIT = 64 << 20
_EXPANSION = 100  # an honest file becomes at most so many times as large
GZIP = b"\x1f\x8b"


def is_packed(content: bytes, place: str) -> bool:
    """Return whether a file is packed with gzip.

    Args:
        content: its first bytes, two or more.
        place: its name.

    Raises:
        DataError: its name says so, and it is not.

    Example:
        >>> is_packed(b"text,label", "a.csv")
        False
    """
    packed = content.startswith(GZIP)
    if not packed and place.lower().endswith(".gz"):
        raise DataError(
            f"{place} is not a gzip file: it begins with {shown(content[:8])}. Expected: what its "
            "name says. Rename it without .gz if it is what you expect, or fetch it again"
        )
    return packed


def unpack(content: bytes, place: str, limit: int) -> bytes:
    """Return the content of a gzip file; that of any other is returned as it is.

    Args:
        content: the file's bytes.
        place: its name, for errors.
        limit: the most bytes that may come out.

    Raises:
        DataError: it is damaged, or becomes too large.

    Example:
        >>> import gzip
        >>> unpack(gzip.compress(b"text,label"), "a.csv.gz", 1000)
        b'text,label'
    """
    if not is_packed(content, place):
        return content
    limit = min(limit, max(_LEAST_LIMIT, _EXPANSION * len(content)))
    pieces, size = [], 0
    try:
        while content.startswith(GZIP):  # a gzip file may be several, one after another
            stream = zlib.decompressobj(wbits=31)
            piece = stream.decompress(content, limit - size + 1)
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise DataError(
                    f"{place} unpacks to more than it may. Expected: at most {limit:,} bytes. "
                    "Received: more. Unpack it yourself if it is what you expect"
                )
            if not stream.eof:
                raise DataError(f"{place} is cut off. Expected: a whole gzip file. Fetch it again")
            content = stream.unused_data
    except zlib.error as error:
        raise DataError(f"{place} is not a gzip file: {error}. Fetch it again") from None
    return b"".join(pieces)


def decode(content: bytes, place: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of some bytes, and the encoding if it had to be guessed.

    A byte-order mark decides, then UTF-8 where all of it is; else the encoding is detected.

    Args:
        content: the bytes.
        place: where they come from, for errors.
        encoding: what they are in; by default it is found out.

    Returns:
        The text without a byte-order mark, and the name of the encoding that was guessed, or
        `""` where nothing was.

    Raises:
        InputError: there is no such encoding.
        DataError: the bytes are not in the encoding, or are UTF-8 but for some.

    Example:
        >>> decode("Ein schöner Film".encode("latin-1"), "a.txt")
        ('Ein schöner Film', 'cp1252')
    """
    if encoding is not None:
        return _in(content, encoding, place), ""
    for mark, name in BOMS:
        if content.startswith(mark):
            guessed = "" if name == "utf-8-sig" else name
            return _in(content, name, place), guessed
    try:
        text = content.decode("utf-8")
        if "\0" not in text:
            return text, ""
    except UnicodeDecodeError as error:
        multibyte, beyond = mostly_multibyte(content)
        if multibyte > beyond / 2:
            line = content[: error.start].count(b"\n") + 1
            raise mixed(place, line, content[error.start]) from None
    guess = guess_encoding(content)
    try:
        return content.decode(guess), guess
    except (UnicodeDecodeError, LookupError):
        return content.decode("latin-1"), "latin-1"


def mostly_multibyte(content: bytes) -> tuple[int, int]:
    """Return how many bytes are of characters of UTF-8 beyond ASCII, and how many beyond ASCII.

    Args:
        content: the bytes.
    """
    multibyte = sum(len(match) for match in _MULTIBYTE.findall(content))
    return multibyte, len(_BEYOND_ASCII.findall(content))


def mixed(place: str, line: int, byte: int) -> DataError:
    """Return the error of a file that is UTF-8 but for a byte.

    Args:
        place: the file.
        line: the line of the byte.
        byte: the byte.
    """
    return DataError(
        f"Expected a file in one encoding. Received: {place}, which is UTF-8 but for line "
        f"{line} (byte 0x{byte:02x}). Correct that line, or name the encoding with --encoding"
    )


def codec_of(encoding: str) -> str:
    """Return the codec of an encoding that a user names; that of UTF-8 drops a byte-order mark.

    Args:
        encoding: its name.

    Raises:
        InputError: there is no such encoding of text.

    Example:
        >>> codec_of("UTF-8"), codec_of("cp1252")
        ('utf-8-sig', 'cp1252')
    """
    try:
        if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            return "utf-8-sig"
        bytes(4).decode(encoding)
        return encoding
    except UnicodeDecodeError:
        return encoding
    except (LookupError, ValueError, TypeError, AssertionError) as error:
        # A codec that is no encoding of text, such as "hex", is a LookupError as well.
        raise InputError(
            "Expected an encoding of text, such as utf-8, latin-1, cp1252 or utf-16. "
            f"Received: {shown(encoding)} ({error})"
        ) from None


def _in(content: bytes, encoding: str, place: str) -> str:
    codec = codec_of(encoding)
    try:
        return content.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"Expected {place} in the encoding {encoding}. Received: line {line}, which is not "
            f"(byte 0x{content[error.start]:02x}). Name another with --encoding"
        ) from None


def guess_encoding(content: bytes) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8.

    Args:
        content: the bytes.
    """
    import chardet

    if b"\0" in content[:_SAMPLE]:
        sample = content[:_SAMPLE]
    else:  # what tells encodings apart are the lines that are not ASCII
        lines, size = [], 0
        for match in re.finditer(rb"[^\n]*[\x80-\xff][^\n]*\n?", content):
            lines.append(match[0][:1000])
            size += len(lines[-1])
            if size > _SAMPLE:
                break
        sample = b"".join(lines)
    found = chardet.detect(sample, encoding_era=chardet.EncodingEra.MODERN_WEB)
    name = str(found["encoding"] or "cp1252").lower()
    unsure = name in _COUSINS and float(found["confidence"] or 0) < _LEAST_CONFIDENCE
    return "cp1252" if unsure or name in ("ascii", "utf-8", "iso-8859-1", "windows-1252") else name
