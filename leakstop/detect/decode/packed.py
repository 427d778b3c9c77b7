"""Bytes as text: as they are, in UTF-16, or unpacked."""

from __future__ import annotations

import re
import zlib
from typing import Any

from leakstop.detect.decode.signals import READABLE

MOST = 1 << 20  # bytes that may come out of one run
_MEMORY = 128 << 20  # bytes that undoing xz may need
_FILES = 1000  # of an archive that are looked at
_PACKED = ((b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"))
_TAR_AT = 257


def could_be(head: bytes) -> bool:
    """Whether the first bytes may begin what `as_text` accepts."""
    return not head.translate(None, READABLE) or _packing(head) != "" or b"\0" in head[:4] or _is_utf8(head, cut=True)


def as_text(data: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """Bytes as text, unpacked or transcoded if need be, with what was undone; None if they are none."""
    if len(data) < 4:
        return None
    if not data.translate(None, READABLE):
        return data, ()
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return re.sub(rb"\0+", b"\n", data), ("tar",)
    if packing := _packing(data):
        inner = _unpacked(data, packing)
        found = as_text(inner) if inner else None
        return (found[0], (packing, *found[1])) if found else None
    if b"\0" in data[:4]:
        from leakstop.detect.decode.wide import narrow

        found_wide = narrow(data)
        return (found_wide[0], (found_wide[1],)) if found_wide and not found_wide[0].translate(None, READABLE) else None
    return (data, ()) if _is_utf8(data) else None


def inflated(data: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """The text that was deflated without a head (RFC 1951), None if it is none."""
    try:
        inner = zlib.decompressobj(-15).decompress(data, MOST)
    except zlib.error:
        return None
    found = as_text(inner)
    return (found[0], ("deflate", *found[1])) if found else None


def _is_utf8(data: bytes, *, cut: bool = False) -> bool:
    """Whether bytes are text with letters of other alphabets in it; most of it is ASCII."""
    others = data.translate(None, READABLE)
    if len(others) > 0.4 * len(data) or any(byte < 32 or byte == 127 for byte in others):
        return False
    for end in range(4 if cut else 1):
        try:
            data[: len(data) - end].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def _packing(data: bytes) -> str:
    if data.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if data[:1] == b"x" and len(data) > 1 and data[1] in {0x01, 0x5E, 0x9C, 0xDA}:
        return "zlib"
    return next((name for lead, name in _PACKED if data.startswith(lead)), "")


def _unpacked(data: bytes, packing: str) -> bytes:
    if packing == "zip":
        return _members(data)
    decoder: Any
    errors: tuple[type[Exception], ...]
    if packing == "zstd":
        import sys

        if sys.version_info >= (3, 14):
            from compression.zstd import ZstdDecompressor, ZstdError
        else:
            from backports.zstd import ZstdDecompressor, ZstdError
        decoder, errors = ZstdDecompressor(), (ZstdError, EOFError)
    elif packing == "bzip2":
        from bz2 import BZ2Decompressor

        decoder, errors = BZ2Decompressor(), (OSError, EOFError, ValueError)
    elif packing == "xz":
        from lzma import LZMADecompressor, LZMAError

        decoder, errors = LZMADecompressor(memlimit=_MEMORY), (LZMAError, EOFError)
    else:
        decoder, errors = zlib.decompressobj(47), (zlib.error, EOFError)  # 47: gzip or zlib
    try:
        unpacked: bytes = decoder.decompress(data, MOST)
    except errors:
        return b""
    return unpacked


def _members(data: bytes) -> bytes:
    """The files of a zip archive one behind the other, as far as they are text."""
    from io import BytesIO
    from zipfile import BadZipFile, ZipFile

    parts: list[bytes] = []
    left = MOST
    try:
        with ZipFile(BytesIO(data)) as archive:
            for info in archive.infolist()[:_FILES]:
                if left > 0 and not info.flag_bits & 1:
                    with archive.open(info) as file:
                        content = file.read(left)
                    left -= len(content)
                    parts.append(content if as_text(content) else b"")
    except (BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, ValueError):
        pass
    return b"\n".join(parts)
