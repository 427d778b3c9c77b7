"""Office documents: the words of a document's XML, and of a PDF's pages. Both cut words into pieces where their looks change."""

from __future__ import annotations

import html
import re
import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged, OverLimit
from leakstop.unpack.members import ENCRYPTED, Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

# The members of OOXML and OpenDocument files that hold words.
_WORDS = re.compile(r"(?:word|ppt|xl)/.+\.xml|(?:content|styles|meta)\.xml|docProps/.+\.xml")
# Ends of paragraphs, cells, rows, strings, comments; breaks and tabs.
_BREAKS = re.compile(
    rb"</(?:w:p|a:p|text:p|text:h|row|si|w:tr|table:table-row|comment|author|vt:lpwstr|[a-z]+:[a-z]+Properties|(?:dc|cp|dcterms|meta):[A-Za-z-]+)>|<w:(?:br|cr)\b[^<>]*>"
    rb"|<text:line-break\b[^<>]*>"
)
_GAPS = re.compile(rb"</(?:c|w:tc|table:table-cell)>|<(?:w:tab|text:tab|text:s)\b[^<>]*>")
_TAGS = re.compile(rb"<[^<>]{0,4096}>")
_DRAWN = 4 << 20  # bytes of drawing instructions that any PDF may have: a megabyte takes four seconds
_DRAWN_RATIO = 20  # and for each of its own; real ones have five to ten
_STREAM = re.compile(rb"stream\r?\n")
_PICTURES = (b"/Image", b"/DCTDecode", b"/JPXDecode", b"/CCITTFaxDecode", b"/JBIG2Decode")
# A text begins (ISO 32000-1, 9.4.1); words beside the pages; what nothing but a reader of the format can undo.
_WORDED = re.compile(
    rb"\bBT\b|/(?:Annots|AcroForm|EmbeddedFiles?|Encrypt|LZWDecode|ASCII85Decode|ASCIIHexDecode|RunLengthDecode|LZW|A85|AHx|RL|Crypt)\b"
)
_PROPERTIES = (b"/Title", b"/Subject", b"/Keywords", b"/Author")  # packed, they cannot be searched where they stand
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FILE_PASS = re.compile(rb"(?s)\x09\x08\x10\0\0\x06.{14}\x2f\0")
_DICTIONARY = 1000  # bytes before a stream in which its dictionary stands
_INFLATED = 8 << 20  # bytes of a PDF's streams that are looked at for words
_ADDRESSES = re.compile(rb"(?:href|Target)=\"([^\"]{1,4096})\"")


def words(name: str, data: bytes) -> bytes:
    """The text of a member of an office document, a line for each paragraph, then for each link; empty if the member is none."""
    if not _WORDS.fullmatch(name):
        return b""
    text = _TAGS.sub(b"", _GAPS.sub(b"\t", _BREAKS.sub(b"\n", data)))
    text = b"\n".join((text, *_ADDRESSES.findall(data)))
    return html.unescape(text.decode("utf-8", "replace")).encode() if b"&" in text else text


def _has_words(data: bytes) -> bool:
    """Whether there may be words in a PDF: unless all of its streams are pictures, or are read here and hold none."""
    left = _INFLATED
    before = 0
    for stream in _STREAM.finditer(data):
        start = stream.end()
        if data[stream.start() - 3 : stream.start()] == b"end":
            before = start
            continue
        said = data[max(before, stream.start() - _DICTIONARY) : stream.start()]
        if _WORDED.search(data, before, stream.start()):
            return True
        if any(mark in said for mark in _PICTURES):
            continue
        end = data.find(b"endstream", start)
        content = data[start : end if end >= 0 else len(data)]
        if b"/Fl" in said:
            unpacking = zlib.decompressobj()
            try:
                content = unpacking.decompress(content, left)
            except zlib.error:
                return True
            left -= len(content)
        if left <= 0 or _WORDED.search(content) or any(key in content for key in _PROPERTIES):
            return True
    return _WORDED.search(data, before) is not None


def ole(file: IO[bytes], _name: str) -> Iterator[Member]:
    """Old office documents, whose texts stand in them as they are; unless they are encrypted, which is told.

    Newer documents with a password are a stream of that name in such a file (MS-OFFCRYPTO, 2.3.4.4); .doc has a flag for it
    (MS-DOC, 2.5.1), .xls a record behind the first (MS-XLS, 2.4.117).
    """
    data = file.read()
    word = data.find(b"\xec\xa5\xc1\0")
    if _PACKAGE in data or _FILE_PASS.search(data) or (word >= 0 and data[word + 11 : word + 12] and data[word + 11] & 1):
        yield Member("(document)", reader(b""), ENCRYPTED)


def pdf(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The text of each page of a PDF, what its properties, annotations and forms say, and the files attached to it.

    Nothing of one that has no words: pypdf takes a tenth of a second to be imported, and most PDFs in repositories are drawings.
    Their properties are searched with their bytes.
    """
    if not _has_words(file.read()):
        return
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity, and all PDFs are odd
    try:
        document = PdfReader(file)
        left = max(_DRAWN, _DRAWN_RATIO * file.seek(0, 2))
        if document.is_encrypted and not document.decrypt(""):
            yield Member("(pages)", reader(b""), ENCRYPTED)
            return
        about = "\n".join(f"{key}: {value}" for key, value in (document.metadata or {}).items())
        if about:
            yield Member("(properties)", reader(about.encode("utf-8", "replace")))
        for number, page in enumerate(document.pages, 1):
            drawn = page.get_contents()
            left -= len(drawn.get_data()) if drawn is not None else 0
            if left < 0:
                raise OverLimit("its pages take more than can be read in a minute or so")
            parts = [page.extract_text()]
            for annotation in page.get("/Annots") or ():
                found = annotation.get_object()
                parts += [str(found[key]) for key in ("/Contents", "/V", "/A") if key in found]
            text = "\n".join(filter(None, parts))
            if text:
                yield Member(f"page {number}", reader(text.encode("utf-8", "replace")))
        for name, contents in document.attachments.items():
            for content in contents:
                yield Member(name, reader(content))
    except DependencyError:
        yield Member("(pages)", reader(b""), ENCRYPTED)
    except LimitReachedError:
        raise OverLimit("more comes out of one of its streams than pypdf allows") from None
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError) as error:
        raise Damaged(type(error).__name__) from None  # pypdf's own texts may quote the file
