"""Which containers there are, known by their first bytes. Cheap: every file of every scan is asked."""

from __future__ import annotations

HEAD = 512  # bytes that are looked at, and more for what could be a mail

_LEADS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),  # jar, whl, apk, docx, xlsx, pptx, odt as well
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"%PDF-", "pdf"),
    (b"\xfe\xed\xfe\xed", "jks"),
    (b"\xce\xce\xce\xce", "jks"),  # JCEKS
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"!<arch>\n", "ar"),  # .deb as well
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"PACK\0\0\0", "pack"),
    (b"# v2 git bundle\n", "bundle"),
    (b"# v3 git bundle\n", "bundle"),
    (b"x\x01", "zlib"),  # loose objects of git's
    (b"x\x5e", "zlib"),
    (b"x\x9c", "zlib"),
    (b"x\xda", "zlib"),
    (b"]\0\0\x80\0", "xz"),  # .lzma with the usual dictionary
    (b"7\x7f\x06\x82", "wal"),
    (b"7\x7f\x06\x83", "wal"),
    (b"#!", "script"),
    (b"Obj\x01", "avro"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\xd4\xc3\xb2\xa1", "pcap"),
    (b"\xa1\xb2\xc3\xd4", "pcap"),
    (b"\x4d\x3c\xb2\xa1", "pcap"),  # in nanoseconds
    (b"\xa1\xb2\x3c\x4d", "pcap"),
    (b"\n\r\r\n", "pcapng"),
    (b"WARC/", "warc"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x1f\x9d", "compress"),
    (b"\x03\xd9\xa2\x9a", "keepass"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),  # doc, xls, msg; and other office documents, encrypted
)
# Those of which the first bytes leave no doubt: what cannot be opened is damaged, and no text that only begins alike.
CERTAIN = frozenset(name for lead, name in _LEADS if len(lead) > 2 and name not in {"script", "png", "jpeg"}) | {"tar"}
_FIRST = frozenset(lead[:2] for lead, _ in _LEADS)
_TAR_AT = 257
_ZIP_END = b"PK\x05\x06"  # what a zip archive's last record begins with (APPNOTE.TXT, 4.3.16)
_LAST = 128  # bytes in which it is looked for: its own 22, and little behind them
_BEFORE_ZIP = frozenset(("png", "jpeg", "script"))  # what an archive is hung on, and searched with its bytes
# What mails begin with, as exported and as they lie in mailboxes.
_MAIL = tuple(
    b"From |Return-Path:|Received:|Delivered-To:|MIME-Version:|Mime-Version:|Message-ID:|Message-Id:|Date: |Subject: |To: |From: "
    b"|Content-Type: |X-|DKIM-Signature:|Authentication-Results:|ARC-".split(b"|")
)
_MAIL_LETTERS = frozenset(lead[:1] for lead in _MAIL)
_LETTERS = _MAIL_LETTERS | {lead[:1] for lead, _ in _LEADS} | {b"0"}
_MAIL_HEAD = 64 << 10  # bytes in which a part of a mail says how it is encoded


def kind(data: bytes, name: bytes = b"") -> str:
    """What the bytes are by their beginning, or by their name: a key of `openers.OPENERS`, or "" for no container."""
    if name.endswith(b".br") and _is_binary(data[:HEAD]):  # Brotli has no letters of its own
        return "brotli"
    first = data[:2]
    ends = _ZIP_END in data[-_LAST:]  # with something before it: installers, pictures with an archive behind them
    if data[:1] not in _LETTERS and data[_TAR_AT : _TAR_AT + 5] != b"ustar" and not ends:
        return ""
    if first in _FIRST:
        for lead, what in _LEADS:
            if data.startswith(lead):
                return what if _is(what, data) and not (ends and what in _BEFORE_ZIP) else "zip" if ends else ""
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    if first == b"0\x82" and data[4:7] == b"\x02\x01\x03":  # PFX ::= SEQUENCE { version INTEGER (3), … (RFC 7292)
        return "pkcs12"
    if first[:1] in _MAIL_LETTERS and data.startswith(_MAIL) and _encoded_mail(data):
        return "mail"
    return "zip" if ends else ""


def _is_binary(head: bytes) -> bool:
    try:
        head[: HEAD - 4].decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in head


def _is(name: str, data: bytes) -> bool:
    """Whether what short letters promise is there."""
    if name == "bzip2":
        return data[4:10] == b"1AY&SY"
    if name == "script":
        return b"\x1f" in data and b"\n\x1f\x8b\x08" in data  # one byte is looked for many times as fast
    if name == "zlib":
        import zlib

        try:
            return len(zlib.decompressobj().decompress(data[:HEAD], HEAD)) > 0
        except zlib.error:
            return False
    return True


def _encoded_mail(data: bytes) -> bool:
    """Whether a part is encoded; else the mail's text says all."""
    head = data[:_MAIL_HEAD].lower()
    at = head.find(b"content-transfer-encoding:")
    while at >= 0:
        if head[at + 26 : at + 50].strip().startswith((b"base64", b"quoted-printable")):
            return True
        at = head.find(b"content-transfer-encoding:", at + 1)
    return False
