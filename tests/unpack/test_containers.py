"""What is in a container is found, whatever opens it; what cannot be opened is told."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import zipfile
import zlib
from typing import TYPE_CHECKING

import containers
import pytest
from containers import COMPRESSED
from helpers import Repo, fake, run_cli

from leakstop.commands.options import FORMATS
from leakstop.model import Chunk, Origin, Tally
from leakstop.unpack import databases, documents, expand, keystores
from leakstop.unpack.expand import expanded
from leakstop.unpack.limits import Limits
from leakstop.unpack.magic import kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID, SECRET = fake("aws-id", 3), fake("aws-secret", 3)
TEXT = f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"
DATA = TEXT.encode()

BLOB = f"blob {hashlib.sha1(b'blob %d' % len(DATA) + bytes(1) + DATA, usedforsecurity=False).hexdigest()}"

CONTAINERS: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "a.zip": (lambda: containers.zipped(DATA), ("config/settings.ini",)),
    "a.tar": (lambda: containers.tarred(DATA), ("config/settings.ini",)),
    "a.7z": (lambda: containers.sevenzip(DATA), ("config/settings.ini",)),
    "a.ini.gz": (lambda: COMPRESSED["gz"](DATA), ("a.ini",)),
    "a.ini.bz2": (lambda: COMPRESSED["bz2"](DATA), ("a.ini",)),
    "a.ini.xz": (lambda: COMPRESSED["xz"](DATA), ("a.ini",)),
    "a.ini.zst": (lambda: COMPRESSED["zst"](DATA), ("a.ini",)),
    "a.tgz": (lambda: gzip.compress(containers.tarred(DATA)), ("a.tar", "config/settings.ini")),
    "nested.zip": (
        lambda: containers.zipped(COMPRESSED["xz"](containers.tarred(containers.zipped(DATA), "b.jar")), "c.tar.xz"),
        ("c.tar.xz", "c.tar", "b.jar", "config/settings.ini"),
    ),
    "a.docx": (lambda: containers.docx(TEXT), ("word/document.xml",)),
    "a.xlsx": (lambda: containers.xlsx("Access key ID", "Secret access key", ID, SECRET), ("xl/sharedStrings.xml",)),
    "a.pptx": (lambda: containers.pptx(TEXT), ("ppt/slides/slide1.xml",)),
    "a.odt": (lambda: containers.odt(TEXT), ("content.xml",)),
    "a.pdf": (lambda: containers.pdf(TEXT), ("page 1",)),
    "a.db": (lambda: containers.sqlite(name="prod", access_key=ID, secret_key=SECRET), ("table settings",)),
    "blob.db": (
        lambda: containers.sqlite(name="prod", saved=gzip.compress(DATA)),
        ("table settings, packed value 1", "table settings, packed value 1"),
    ),
    "a.eml": (lambda: containers.mail(TEXT), ("body",)),
    "qp.eml": (lambda: containers.mail(TEXT + "é\n" + "x" * 90, encoding="quoted-printable"), ("body",)),
    "attached.eml": (
        lambda: containers.mail("Hello", attached=containers.zipped(DATA)),
        ("notes.zip", "config/settings.ini"),
    ),
    "two.mbox": (
        lambda: (
            b"From a Mon Jan  1 00:00:00 2026\n%b\nFrom b Mon Jan  1 00:00:00 2026\n%b"
            % (containers.mail("Hi"), containers.mail(TEXT))
        ),
        ("mail 2: body",),
    ),
    "a.deb": (
        lambda: containers.ar(debian_binary=b"2.0\n", data_tar_xz=COMPRESSED["xz"](containers.tarred(DATA))),
        ("data.tar.xz", "data.tar", "config/settings.ini"),
    ),
    "a.rpm": (lambda: containers.rpm(COMPRESSED["xz"](DATA)), ("(payload)", "(payload)")),
    "a.ini.lzma": (lambda: lzma.compress(DATA, lzma.FORMAT_ALONE), ("a.ini",)),
    "installer.bin": (lambda: b"MZ" + bytes(500) + containers.zipped(DATA), ("config/settings.ini",)),
    "installer.run": (
        lambda: b"#!/bin/sh\ntail -n +3 $0 | tar xz; exit\n" + gzip.compress(containers.tarred(DATA)),
        ("(payload)", "(payload)", "config/settings.ini"),
    ),
    "a.png": (lambda: containers.png(DATA), ("(zTXt)",)),
    "plain.png": (lambda: containers.png(DATA, compress=False), ("(tEXt)",)),
    "a.jpg": (lambda: b"\xff\xd8\xff\xfe%c%c" % divmod(len(DATA) + 2, 256) + DATA + b"abc\xff\xd9", ("(comment)",)),
    "loose": (lambda: zlib.compress(b"blob %d\0%b" % (len(DATA), DATA)), ("loose",)),
    "padded.bin": (lambda: bytes(500) + containers.zipped(DATA) + b"\n", ("config/settings.ini",)),
    "picture.png": (lambda: containers.png(b"nothing") + containers.zipped(DATA), ("config/settings.ini",)),
    "a.avro": (lambda: containers.avro("\0", ID, SECRET), ("block 1",)),
    "a.h5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(100) + zlib.compress(DATA) + bytes(9), ("chunk at 108",)),
    "gzip.pcap": (
        lambda: containers.pcap(containers.response(gzip.compress(DATA), b"Content-Encoding: gzip")),
        ("stream 1, body 1", "stream 1, body 1"),
    ),
    "chunked.pcap": (
        lambda: containers.pcap(containers.response(containers.chunked(DATA), b"Transfer-Encoding: chunked")),
        ("stream 1, body 1",),
    ),
    "packets.pcap": (lambda: containers.pcap(DATA[:50], DATA[50:90], DATA[90:]), ("stream 1",)),
    "packets.pcapng": (lambda: containers.pcapng(DATA[:50], DATA[50:90], DATA[90:]), ("stream 1",)),
    "a.warc.gz": (
        lambda: gzip.compress(b"WARC/1.0\r\n\r\n" + containers.response(gzip.compress(DATA), b"Content-Encoding: gzip")),
        ("a.warc", "response 1", "response 1"),
    ),
    "a.pack": (lambda: containers.pack(DATA), (BLOB,)),
    "a.bundle": (lambda: b"# v2 git bundle\n%b refs/heads/main\n\n%b" % (b"0" * 40, containers.pack(DATA)), (BLOB,)),
}


def members(name: str, data: bytes, limits: Limits | None = None) -> tuple[dict[tuple[str, ...], bytes], Tally]:
    """What comes out of a container, by the way to it."""
    tally = Tally()
    chunks = list(expanded([Chunk(data, Origin("file", name.encode()))], tally, limits or Limits()))
    assert chunks[0].data == data
    return {chunk.origin.members: chunk.data for chunk in chunks[1:]}, tally


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("containers")
    for name, (make, _) in CONTAINERS.items():
        (folder / name).write_bytes(make())
    result = run_cli("scan", "--format", "json", cwd=folder)
    assert result.code == 1, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("name", CONTAINERS)
def test_pair_in_a_container(report: dict, name: str):
    """One finding, the pair, at its member."""
    found = [finding for finding in report["findings"] if finding["file"] == name]

    assert [(finding["rule"], tuple(finding["origin"]["members"])) for finding in found] == [
        ("aws-secret-access-key", CONTAINERS[name][1])
    ]
    assert found[0]["pair"]["rule"] == "aws-access-key-id"
    assert report["complete"]


def test_a_write_ahead_log(tmp_path: Path):
    """A row that stands in the log alone: its values are not apart from each other there."""
    data = containers.write_ahead_log(tmp_path / "a.db", ID, SECRET)
    found, _ = members("a.db-wal", data)

    assert f"{ID}\t{SECRET}\n".encode() in found["(rows)",]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("page", ["one of the middle", "the first of a table", "none, but cut off"])
def test_a_database_with_a_damaged_page(tmp_path: Path, page: str, encoding: str):
    """What its other pages hold is found, once, and the damage is told; values are not apart from each other in its bytes."""
    values = [fake("github-pat", seed=number) for number in range(60)]
    data = bytearray(containers.database(values, encoding))
    middle = len(data) // 2 & ~4095
    if page == "none, but cut off":
        del data[middle:]
    else:
        first = middle if page == "one of the middle" else 4096
        data[first : first + 4096] = bytes(range(256)) * 16
    (tmp_path / "a.db").write_bytes(data)
    report = run_cli("scan", "--format", "json", "--show-secrets", "a.db", cwd=tmp_path).json()
    found = [finding["secret"] for finding in report["findings"]]
    assert len(found) == len(set(found))
    lost = set(values) - set(found)
    assert len(lost) <= {"one of the middle": 4, "the first of a table": 0, "none, but cut off": 33}[page]
    assert [each["message"] for each in report["coverage"]["unread"]] == [
        "damaged; read as far as it goes" if page == "one of the middle" else "damaged; its bytes were searched"
    ]


def test_a_page_of_nothing_but_pointers_to_one_row():
    """A hostile database is no more than its bytes, whatever its pages say."""
    page = bytearray(containers.database([fake("github-pat")] * 9)[8192:12288])
    pointer = page[8:10]
    page[3:5] = (2000).to_bytes(2, "big")
    page[8:2008] = pointer * 1000
    texts = [text for row in databases._rows(bytes(page), 0) for text in row]
    assert len(texts) > 30
    assert sum(map(len, texts)) <= len(page)


@pytest.mark.parametrize("lead", [b"Rar!\x1a\x07\x01\0", b"MSCF\0\0\0\0", b"\x04\x22\x4d\x18", b"\x1f\x9d\x90"])
def test_what_cannot_be_read_is_told(lead: bytes):
    _, tally = members("a", lead + bytes(100))

    [(where, why, _)] = tally.settled(strict=False)[1]
    assert where == "a"
    assert why.startswith("a format that cannot be read")


@pytest.mark.parametrize(
    "data",
    [
        b"PACK\0\0\0\2\0\0\0\3garbage",
        b"# v2 git bundle\nnothing more",
        b"!<arch>\n" + b"x" * 100,
        b"\xed\xab\xee\xdb" + bytes(200),
        b"7\x7f\x06\x82" + bytes(100),
        b"7\x7f\x06\x82" + bytes(4) + b"\0\0\2\0" + bytes(20) + b"\x0d\0\0\xff\xff" * 300,
        zlib.compress(b"tree 1000\0" + DATA)[:-30],
    ],
)
def test_damaged_ones_say_nothing_wrong(data: bytes):
    _, tally = members("a", data)

    assert not tally.settled(strict=False)[0]


def test_containers_stay_closed_on_request(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(CONTAINERS["a.zip"][0]())

    assert run_cli("scan", "--no-archives", cwd=tmp_path).code == 0
    (tmp_path / ".leakstop.toml").write_text("archives = false\n")
    assert run_cli("scan", cwd=tmp_path).code == 0


def test_history_index_and_range(repo: Repo):
    """Every source opens containers; a container that is gone is in the history, with its member."""
    repo.add("readme", "Hello")
    repo.write("backup.tgz", CONTAINERS["a.tgz"][0]())
    repo.stage()
    staged = run_cli("staged", "--format", "json", cwd=repo.path)
    repo.commit("Backup")
    ranged = run_cli("range", "HEAD~1..HEAD", "--format", "json", cwd=repo.path)
    repo.remove("backup.tgz")
    repo.commit("Oops")
    repo.git("gc", "-q")
    history = run_cli("history", "--format", "json", cwd=repo.path)

    for result in (staged, ranged, history):
        (finding,) = json.loads(result.out)["findings"]
        assert finding["pair"]
        assert finding["origin"]["members"] == ["backup.tar", "config/settings.ini"]
    assert finding["history"]["in_head"] is False


def test_members_of_a_large_container_come_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A container larger than a window, with a member larger than one, which is a container again."""
    noise = random.Random(1).randbytes(9 << 20)
    data = containers.zipped(containers.zipped(noise + b"\n" + DATA, "big.bin"), "inner.zip")
    (tmp_path / "a.zip").write_bytes(data)
    monkeypatch.setattr(expand, "_IN_MEMORY", 1 << 20)

    result = run_cli("scan", "--format", "json", cwd=tmp_path)
    (finding,) = json.loads(result.out)["findings"]
    assert finding["origin"]["members"] == ["inner.zip", "big.bin"]
    assert finding["pair"]


@pytest.mark.parametrize(
    "limits, data, word",
    [
        (Limits(depth=2), CONTAINERS["nested.zip"][0], "archive-depth"),
        (Limits(size=50), lambda: containers.zipped(DATA), "archive-size"),
        (Limits(members=2), lambda: containers.zipped(DATA, a=DATA, b=DATA), "archive-count"),
        (Limits(), lambda: gzip.compress(b"ab" * (100 << 20)), "archive-ratio"),
        (Limits(size=100 << 20), lambda: bz2.compress(bytes(200 << 20)), "archive-size"),
        (Limits(), lambda: bz2.compress(bytes(200 << 20)), "archive-ratio"),
        (Limits(), lambda: containers.zipped(containers.zipped(b"abc" * (40 << 20))), "archive-ratio"),
        (Limits(), lambda: containers.drawn(b"BT /F1 12 Tf " + b"(aaaa) Tj 0 -1 Td " * 300_000 + b"ET"), "a minute"),
        (Limits(), lambda: containers.drawn(bytes(100 << 20)), "one of its streams"),
        (Limits(), lambda: containers.drawn(b"BT /F1 12 Tf " + b"(aaaa) Tj " * 10 + bytes(1 << 20) + b"ET", 50), "a minute"),
        (Limits(), lambda: containers.png(b"a" * (5 << 20)), "longer than 4 MB"),
        (Limits(), lambda: containers.computed(100 << 20), "longer than 64 MB"),
    ],
    ids=[
        "depth",
        "size",
        "count",
        "ratio",
        "size of zeros",
        "ratio of zeros",
        "a bomb in a bomb",
        "PDF",
        "PDF stream",
        "PDF pages",
        "PNG",
        "SQLite",
    ],
)
def test_over_a_limit(limits: Limits, data: Callable[[], bytes], word: str):
    """Told as a problem, which makes the scan incomplete."""
    _, tally = members("a", data(), limits)

    (problem,) = tally.problems
    assert word in problem.message


IMAGES = {  # disk images, nearly empty: megabytes, and in what they come
    "a stream": (200, gzip.compress),
    "of bzip2": (100, bz2.compress),
    "a zip": (200, lambda image: containers.zipped(image, "disk.img")),
    "a zip in a zip": (100, lambda image: containers.zipped(containers.zipped(image, "disk.img"), "inner.zip")),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_empty_disk_image_is_read(tmp_path: Path, name: str):
    """As it holds 200 MB of nothing in 200 kB it looked like a bomb; what stands in it is found."""
    size, packed = IMAGES[name]
    image = bytearray(size << 20)
    at = size * 3 // 4 << 20
    image[at : at + len(DATA)] = DATA
    (tmp_path / "a").write_bytes(packed(bytes(image)))
    result = run_cli("scan", "--format", "json", cwd=tmp_path)

    (finding,) = result.json()["findings"]
    assert finding["pair"]
    assert result.json()["complete"], result.err


@pytest.mark.parametrize(
    "data, asked",
    [
        (containers.pdf(TEXT), True),
        (containers.drawn(b"0 0 10 10 re f"), False),
        (containers.drawn(b"0 0 10 10 re f").replace(b"/Parent 2 0 R", b"/Parent 2 0 R /Annots [6 0 R]"), True),
        (containers.drawn(b"0 0 10 10 re f").replace(b"/FlateDecode", b"/LZWDecode"), True),
        (containers.drawn(b"<< /Title (a) >>"), True),
        (containers.drawn(b"x").replace(b"x\x9c", b"xx"), True),
    ],
    ids=["words", "drawing", "annotations", "another filter", "packed properties", "damaged"],
)
def test_a_reader_of_pdf_is_loaded_where_there_may_be_words(data: bytes, asked: bool):
    assert documents._has_words(data) is asked


def test_what_is_no_markup_takes_no_time():
    """Megabytes of signs that open a tag and close none: in proportion to their number, or this never ends."""
    found, _ = members("a.docx", containers.zipped(b"<" * 5_000_000 + TEXT.encode(), "word/document.xml"))
    assert any(SECRET.encode() in data for data in found.values())


def test_what_could_not_be_opened_is_named_in_every_report(tmp_path: Path):
    """By default the scan ends with 0, and is not called clean; with --strict it ends with 3."""
    (tmp_path / "broken.zip").write_bytes(containers.zipped(DATA)[:-30])
    (tmp_path / "keys.kdbx").write_bytes(b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + bytes(100))
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    for form in FORMATS:
        if form != "gitlab-codequality":  # which holds findings and nothing else
            result = run_cli("scan", "--format", form, cwd=tmp_path)
            assert result.code == 0
            assert all(name in result.out for name in ("broken.zip", "keys.kdbx", "old.doc")), form
    assert "clean" not in run_cli("scan", cwd=tmp_path).out
    assert run_cli("scan", "--strict", cwd=tmp_path).code == 3
    (tmp_path / ".leakstop.toml").write_text("strict = true\n")
    assert run_cli("scan", cwd=tmp_path).code == 3


def test_a_limit_of_the_configuration_ends_with_3(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(containers.zipped(b"harmless" * 100))
    (tmp_path / ".leakstop.toml").write_text('archive-size = "100"\n')

    result = run_cli("scan", cwd=tmp_path)
    assert result.code == 3
    assert "archive-size" in result.out + result.err


def test_encrypted_members_are_told():
    data = bytearray(containers.zipped(DATA))
    for lead, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(lead) + at] |= 1  # the flag; the content does not matter
    found, tally = members("a.zip", bytes(data))

    assert not found
    [(where, why, _)] = tally.settled(strict=False)[1]
    assert (where, why) == ("a.zip → config/settings.ini", "encrypted")


@pytest.mark.parametrize("name", CONTAINERS)
def test_cut_off_containers_do_no_harm(name: str):
    """At any length: what can be read is read, the rest is told, nothing is raised."""
    data = CONTAINERS[name][0]()
    for size in range(8, len(data), max(1, len(data) // 40)):
        members(name, data[:size])


@pytest.mark.parametrize("name", [name for name in CONTAINERS if not name.endswith((".eml", ".mbox"))])
def test_damaged_containers_do_no_harm(name: str):
    data = CONTAINERS[name][0]()
    rng = random.Random(name)
    for _ in range(60):
        copy = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            copy[rng.randrange(min(8, len(copy)), len(copy))] = rng.randrange(256)
        members(name, bytes(copy), Limits(size=64 << 20))


def test_what_can_be_read_of_a_damaged_stream_is_searched():
    data = gzip.compress(DATA + random.Random(1).randbytes(100_000))
    found, tally = members("a.ini.gz", data[:-2000])

    assert DATA in next(iter(found.values()))
    [(where, why, _)] = tally.settled(strict=False)[1]
    assert (where, why) == ("a.ini.gz → a.ini", "damaged; read as far as it goes")


def test_a_zip_comment_is_searched():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")
        archive.comment = DATA
    found, _ = members("a.zip", file.getvalue())

    assert found["(comment)",] == DATA


@pytest.mark.parametrize(
    "data", [b"PK\3\4 is how zip files begin", b"BZh is no name", b"From here to there\n", b"%PDF-"], ids=repr
)
def test_what_only_begins_like_a_container(data: bytes):
    found, tally = members("a", data)

    assert not found
    assert not tally.settled(strict=False)[0]


def jks(word: str, tag: int = 1) -> bytes:
    """A Java keystore with one entry."""
    body = b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1" + tag.to_bytes(4, "big") + b"\0\1k" + bytes(8)
    body += b"\0\5X.509\0\0\0\4" + bytes(4) if tag == 2 else bytes(4)
    return body + hashlib.sha1(word.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def pkcs12(password: str, bag: bytes = keystores._KEY_BAGS[1]) -> bytes:
    """The structure of RFC 7292 around a key bag, with the MAC that the password makes."""

    def der(tag: int, *parts: bytes) -> bytes:
        content = b"".join(parts)
        return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content

    safe = der(0x30, bag, bytes(100))
    salt = b"saltsalt"
    mac = keystores.hmac.digest(keystores._derive("sha256", password, salt, 2048), safe, "sha256")
    sha256 = next(oid for oid, name in keystores._DIGESTS.items() if name == "sha256")
    algorithm = der(0x30, der(6, sha256), b"\5\0")
    data = der(6, bytes.fromhex("2a864886f70d010701"))
    content = der(0x30, data, der(0xA0, der(4, safe)))
    return der(0x30, b"\2\1\3", content, der(0x30, der(0x30, algorithm, der(4, mac)), der(4, salt), b"\2\2\x08\0"))


@pytest.mark.parametrize(
    "make, found",
    [
        (lambda: jks("changeit"), 1),
        (lambda: jks("changeit", tag=2), 0),
        (lambda: jks("kR7#9vQz"), 0),
        (lambda: pkcs12("changeit"), 1),
        (lambda: pkcs12(""), 1),
        (lambda: pkcs12("changeit", bag=b""), 0),
        (lambda: pkcs12("kR7#9vQz"), 0),
    ],
    ids=[
        "jks",
        "jks of certificates",
        "jks with a password",
        "pkcs12",
        "pkcs12 without",
        "pkcs12 of certificates",
        "pkcs12 with one",
    ],
)
def test_keystores_that_everybody_can_open(tmp_path: Path, make: Callable[[], bytes], found: int):
    (tmp_path / "server.store").write_bytes(make())
    result = run_cli("scan", "--format", "json", cwd=tmp_path)

    assert [finding["rule"] for finding in json.loads(result.out)["findings"]] == ["keystore-without-password"] * found


def test_ordinary_text_is_no_container():
    for data in (b"", b"P", b"PK", b"import os\n", b"Date: today\n", "Überschrift".encode("utf-16")):
        assert kind(data) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"Obj\x01\x02" + b"\xff" * 9 + b"\x7f",  # a text of 2**69 bytes
        b"Obj\x01\x02" + b"\xfe" * 8 + b"\x7f" + b"abc",
        b"\n\r\r\n" + b"\xff" * 8 + b"abc",
        b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a" + bytes(12) + b"\x1c\0\0\0" + b"\x06\0\0\0\xff\xff\xff\xff",
        b"\xd4\xc3\xb2\xa1" + b"\xff" * 60,
    ],
)
def test_sizes_that_nothing_has_end_nothing(data: bytes):
    origin = Origin("file", b"it")
    assert [chunk.origin.members for chunk in expanded([Chunk(data, origin)], Tally(), Limits())] == [()]


def test_what_a_member_makes_little_of_its_container_does_not_report_either(tmp_path: Path):
    """A tar holds its members as they are: what is graded low as part of a test is not to come back as a line of the archive."""
    secret = "".join(random.Random(3).choices("abcdefghkmnpqrstuvwxyzABCDEFGH23456789", k=32))
    (tmp_path / "lib-1.0.tar.gz").write_bytes(gzip.compress(containers.tarred(f'token = "{secret}"\n'.encode(), "tests/a.ini")))
    for confidence, places in (("medium", []), ("low", [["lib-1.0.tar", "tests/a.ini"]])):
        found = json.loads(run_cli("scan", "--format", "json", "--confidence", confidence, cwd=tmp_path).out)["findings"]
        assert [finding["origin"]["members"] for finding in found] == places
