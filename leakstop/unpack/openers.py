"""Who opens what: the table of containers."""

from __future__ import annotations

from importlib import import_module
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.unpack.members import Member

    Opener = Callable[[IO[bytes], str], Iterator[Member]]

# By `magic.kind`: module and function. An opener gets a seekable file and the container's name; it raises Damaged, Unsupported.
OPENERS: dict[str, tuple[str, str]] = {
    "zip": ("archives", "zipped"),
    "tar": ("archives", "tarred"),
    "7z": ("sevenzip", "sevenzip"),
    "gzip": ("streams", "gzip"),
    "bzip2": ("streams", "bzip2"),
    "xz": ("streams", "xz"),
    "zstd": ("streams", "zstd"),
    "pdf": ("documents", "pdf"),
    "sqlite": ("databases", "sqlite"),
    "mail": ("mail", "mail"),
    "png": ("pictures", "png"),
    "jpeg": ("pictures", "jpeg"),
    "jks": ("keystores", "jks"),
    "wal": ("databases", "wal"),
    "avro": ("records", "avro"),
    "hdf5": ("records", "hdf5"),
    "pcap": ("captures", "pcap"),
    "pcapng": ("captures", "pcapng"),
    "warc": ("captures", "warc"),
    "ar": ("packages", "ar"),
    "rpm": ("packages", "rpm"),
    "script": ("packages", "script"),
    "zlib": ("repositories", "deflated"),
    "pack": ("repositories", "pack"),
    "bundle": ("repositories", "bundle"),
    "rar": ("packages", "rar"),
    "cab": ("packages", "cab"),
    "lz4": ("packages", "lz4"),
    "compress": ("packages", "compress"),
    "brotli": ("packages", "brotli"),
    "keepass": ("packages", "keepass"),
    "ole": ("documents", "ole"),
    "pkcs12": ("keystores", "pkcs12"),
}


def opener(kind: str) -> Opener:
    """The function that opens a kind of container; its module is imported now."""
    module, function = OPENERS[kind]
    found: Opener = getattr(import_module(f"leakstop.unpack.{module}"), function)
    return found
