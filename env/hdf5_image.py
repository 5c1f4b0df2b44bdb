"""Read an HDF5 file into memory so that it opens whatever became of its writer.

A killed writer leaves its file marked as being written, and HDF5 then refuses it. Opening it in
HDF5's reader mode instead would work, but there a damaged file makes the library wait for ever,
in the belief that a writer will mend it. So the bytes are read, checked at their head, the mark is
taken off the copy, and the copy is opened.

Source: HDF5 file format specification version 4.0, II.A superblock version 3, and the checksum
lookup3 by Bob Jenkins (public domain) that it prescribes.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_VERSION = 3
_HEAD = struct.Struct("<8sBBBBQQQQI")
_WORD = 0xFFFFFFFF


def open_image(path: Path) -> io.BytesIO:
    """Return the bytes of a file made with HDF5's "latest" format, as one that was closed well.

    Raises:
        OSError: the file cannot be read.
        ValueError: its head is not that of such a file, or it is shorter than it says.
    """
    content = bytearray(path.read_bytes())
    if len(content) < _HEAD.size or not content.startswith(_SIGNATURE):
        raise ValueError("it has no HDF5 head")
    *fields, checksum = _HEAD.unpack_from(content)
    if fields[1] != _VERSION:
        # Another HDF5 file altogether: the library can tell what it is.
        return io.BytesIO(bytes(content))
    if lookup3(bytes(content[: _HEAD.size - 4])) != checksum:
        raise ValueError("its head is damaged")
    being_written, end = fields[4], fields[7]
    if being_written:
        fields[4], fields[7] = 0, len(content)
        _HEAD.pack_into(content, 0, *fields, 0)
        struct.pack_into("<I", content, _HEAD.size - 4, lookup3(bytes(content[: _HEAD.size - 4])))
    elif end > len(content):
        raise ValueError(f"{end} bytes were written, {len(content)} are left")
    return io.BytesIO(bytes(content))


def lookup3(data: bytes) -> int:
    """Return the 32-bit checksum ``hashlittle`` of Bob Jenkins' lookup3, started at 0.

    Source: http://burtleburtle.net/bob/c/lookup3.c, May 2006.
    """
    a = b = c = (0xDEADBEEF + len(data)) & _WORD
    while len(data) > 12:
        x, y, z = struct.unpack_from("<III", data)
        a, b, c = _mix((a + x) & _WORD, (b + y) & _WORD, (c + z) & _WORD)
        data = data[12:]
    if not data:
        return c
    x, y, z = struct.unpack("<III", data.ljust(12, b"\0"))
    return _finish((a + x) & _WORD, (b + y) & _WORD, (c + z) & _WORD)


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _WORD


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    for shift in (4, 6, 8, 16, 19, 4):
        a = (a - c) & _WORD ^ _rotated(c, shift)
        c = (c + b) & _WORD
        a, b, c = b, c, a
    return a, b, c


def _finish(a: int, b: int, c: int) -> int:
    for shift in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _rotated(b, shift)) & _WORD
        a, b, c = b, c, a
    # After seven turns of the three names, the last word written is the second.
    return b
