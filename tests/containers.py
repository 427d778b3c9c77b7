"""Containers made by hand, each around one text: what the tests of unpacking and of the hundred places put secrets into."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import sqlite3
import struct
import sys
import tarfile
import zipfile
import zlib
from email.message import EmailMessage
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def zipped(data: bytes, name: str = "config/settings.ini", **more: bytes) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in {name: data, **more}.items():
            archive.writestr(each, content)
    return file.getvalue()


def tarred(data: bytes, name: str = "config/settings.ini") -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def png(text: bytes, *, compress: bool = True) -> bytes:
    """A picture of one point with a comment."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    comment = part(b"zTXt", b"Comment\0\0" + zlib.compress(text)) if compress else part(b"tEXt", b"Comment\0" + text)
    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + comment + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")


def docx(text: str) -> bytes:
    """A Word document whose words are cut into two runs each, as a spelling check leaves them."""

    def run(part: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>'

    paragraphs = "".join(f"<w:p>{run(line[: len(line) // 2])}{run(line[len(line) // 2 :])}</w:p>" for line in text.splitlines())
    return zipped(f"<?xml version='1.0'?><w:document><w:body>{paragraphs}</w:body></w:document>".encode(), "word/document.xml")


def xlsx(*cells: str) -> bytes:
    """A workbook; its cells are numbers of shared strings."""
    strings = "".join(f"<si><t>{escape(cell)}</t></si>" for cell in cells)
    return zipped(f"<?xml version='1.0'?><sst>{strings}</sst>".encode(), "xl/sharedStrings.xml")


def pptx(text: str) -> bytes:
    """A presentation of one slide."""
    lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.splitlines())
    return zipped(f"<?xml version='1.0'?><p:sld>{lines}</p:sld>".encode(), "ppt/slides/slide1.xml")


def odt(text: str) -> bytes:
    """An OpenDocument text."""
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.splitlines())
    return zipped(f"<?xml version='1.0'?><office:document-content>{lines}</office:document-content>".encode(), "content.xml")


def pdf(text: str) -> bytes:
    """A PDF of one page; its content is deflated."""
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in text.splitlines())
    return drawn(f"BT /F1 12 Tf 50 700 Td {shown}ET".encode())


def drawn(instructions: bytes, pages: int = 1) -> bytes:
    """A PDF whose pages all have the same content."""
    content = zlib.compress(instructions)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (b"3 0 R " * pages, pages),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def sqlite(**columns: str | bytes) -> bytes:
    """A database of one table with one row."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE settings ({', '.join(f'{name} TEXT' for name in columns)})")
    connection.execute(f"INSERT INTO settings VALUES ({', '.join('?' * len(columns))})", tuple(columns.values()))
    data = connection.serialize()
    connection.close()
    return data


def database(values: list[str], encoding: str = "UTF-8") -> bytes:
    """A database of many pages, a value among other texts in each of some rows."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("PRAGMA page_size = 4096")
    connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, token TEXT, note TEXT)")
    rows = (
        (number, f"user{number}", value if not place else "none", "of no interest " * 9)
        for number, (value, place) in enumerate((value, place) for value in values for place in range(20))
    )
    connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", rows)
    data = connection.serialize()
    connection.close()
    return data


def computed(size: int) -> bytes:
    """A database of a few kilobytes that computes a value of `size` bytes when it is read."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE t (a TEXT, b TEXT GENERATED ALWAYS AS (hex(zeroblob({size // 2}))) VIRTUAL)")
    connection.execute("INSERT INTO t (a) VALUES ('x')")
    data = connection.serialize()
    connection.close()
    return data


def mail(text: str, *, encoding: str = "base64", attached: bytes = b"", name: str = "notes.zip") -> bytes:
    """An e-mail, encoded as asked, perhaps with an attachment."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.com", "bob@example.com", "As promised"
    message.set_content(text, cte=encoding)
    if attached:
        message.add_attachment(attached, maintype="application", subtype="zip", filename=name)
    return message.as_bytes()


def sevenzip(data: bytes, name: str = "config/settings.ini") -> bytes:
    """A 7z archive: LZMA2, a plain header, one file."""
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])

    def number(value: int) -> bytes:
        assert value < 1 << 14
        return bytes([0x80 | value >> 8, value & 255]) if value > 127 else bytes([value])

    names = b"\0" + (name + "\0").encode("utf-16-le")
    header = b"".join(
        (
            b"\1\4",
            b"\6\0\1\x09" + number(len(packed)) + b"\0",
            b"\7\x0b\1\0\1\x21\x21\1\x10" + b"\x0c" + number(len(data)) + b"\0",
            b"\x08\x0a\1" + zlib.crc32(data).to_bytes(4, "little") + b"\0",
            b"\0",
            b"\5\1\x11" + number(len(names)) + names + b"\0",
            b"\0",
        )
    )
    start = len(packed).to_bytes(8, "little") + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(4, "little")
    return b"7z\xbc\xaf\x27\x1c\0\4" + zlib.crc32(start).to_bytes(4, "little") + start + packed + header


def ar(**members: bytes) -> bytes:
    """An archive of `ar`; dots in names are written `_`."""
    parts = [b"!<arch>\n"]
    for name, data in members.items():
        parts.append(f"{name.replace('_', '.') + '/':<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode())
        parts.append(data + b"\n" * (len(data) % 2))
    return b"".join(parts)


def rpm(payload: bytes) -> bytes:
    """A package whose headers say next to nothing."""

    def header(tag: int, value: bytes) -> bytes:
        return b"\x8e\xad\xe8\1\0\0\0\0" + struct.pack(">IIIIII", 1, len(value), tag, 6, 0, 1) + value

    signature = header(269, b"abc\0")
    lead = b"\xed\xab\xee\xdb\3\0\0\0\0\1x-1.0".ljust(96, b"\0")
    return lead + signature + bytes(-len(signature) % 8) + header(1000, b"x\0") + payload


def pack(data: bytes) -> bytes:
    """A pack of git's with one blob."""
    size = len(data)
    assert 16 <= size < 2048
    body = b"PACK\0\0\0\2\0\0\0\1" + bytes((0xB0 | size & 15, size >> 4)) + zlib.compress(data)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def write_ahead_log(path: Path, *values: str) -> bytes:
    """The log of a database of one row that was not written to the database itself yet."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE settings (number, key, secret)")
    connection.execute("INSERT INTO settings VALUES (1, ?, ?)", values)
    connection.commit()
    data = path.with_name(path.name + "-wal").read_bytes()
    connection.close()
    return data


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}


def avro(*values: str) -> bytes:
    """An object container file of one block, deflated: its schema does not matter here."""

    def number(value: int) -> bytes:
        value <<= 1
        parts = []
        while value > 0x7F:
            parts.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes((*parts, value))

    def text(value: bytes) -> bytes:
        return number(len(value)) + value

    head = b"Obj\x01" + number(1) + text(b"avro.codec") + text(b"deflate") + number(0) + b"s" * 16
    packing = zlib.compressobj(wbits=-15)
    block = packing.compress(b"".join(text(value.encode()) for value in values)) + packing.flush()
    return head + number(1) + text(block) + b"s" * 16


def response(body: bytes, *fields: bytes) -> bytes:
    """An answer of HTTP/1.1."""
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Server: x", *fields, b"", body))


def chunked(body: bytes) -> bytes:
    parts = [body[at : at + 60] for at in range(0, len(body), 60)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


def pcap(*payloads: bytes) -> bytes:
    """A capture of Ethernet with one TCP stream, a packet for each payload."""
    data, place = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), 4_294_967_290
    for payload in payloads:
        frame = _frame(payload, place)
        data += struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame
        place = (place + len(payload)) & 0xFFFFFFFF
    return data


def pcapng(*payloads: bytes) -> bytes:
    """The same in the newer format."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 65535))
    place = 1
    for payload in payloads:
        frame = _frame(payload, place)
        data += block(6, struct.pack("<IIIII", 0, 0, 1, len(frame), len(frame)) + frame)
        place += len(payload)
    return data


def _frame(payload: bytes, place: int) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", 80, 40_000, place, 1, 0x50, 0x18, 8192, 0, 0) + payload
    return bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, 1, 2) + tcp
