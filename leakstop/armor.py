r"""Armored blocks (PEM: RFC 7468, OpenPGP: RFC 9580): the same block in whatever notation it stands.

A key file is committed with LF and with CRLF, indented in YAML, as one line with `\n` in JSON and `.env`, as joined strings in
source code, quoted in mails and diffs. Those are one secret.
"""

from __future__ import annotations

from leakstop.expressions import expression

_BEGIN = b"-----BEGIN "
_END = b"-----END "
# Line ends as they stand in JSON and in source code, there with the quotes and operators up to the next line.
_LINE_END = expression(rb"""(?:\\+r)?\\+n(?:["'`]?[ \t]*[+,.;)\\]*[ \t]*\r?\n)?|\r\n?""")
_FRAME = expression(rb"""^[ \t>#*|]*(?:\+[ \t]+)?["'`]?|["'`\\][ \t]*[+,.;)]*[ \t]*$|[ \t]+$""")  # around one line
_INNER = expression(rb"[A-Za-z0-9+/=]*|[A-Za-z][A-Za-z0-9-]{0,40}: [^\n]*")  # a line of data, a header


def lines(block: bytes) -> list[bytes]:
    """The lines of a key file without escapes, indentation, comment signs, quotes."""
    return [_FRAME.sub(b"", line) for line in _LINE_END.sub(b"\n", block).split(b"\n")]


def plain(value: bytes) -> bytes:
    """A block from BEGIN to END as it stands in a file of its own, with LF line ends; all else as it is."""
    if not value.startswith(_BEGIN) or _is_plain(value):
        return value
    text = _LINE_END.sub(b"\n", value)
    if b"\n" not in text:
        return _unfolded(text)
    last = text.rfind(b"\n") + 1
    lead = text[last : max(last, text.rfind(_END))]  # what stands before the last line stands before all of them
    inner = [_FRAME.sub(b"", line.removeprefix(lead)) for line in text.split(b"\n")]
    if not all(map(_INNER.fullmatch, inner[1:-1])):
        return value
    return b"\n".join(inner)


def identity(value: bytes) -> bytes:
    """What is the same for all notations of one secret: the block without its line ends; any other value as it is."""
    if value.startswith(b"LS0tLS1CRUdJTi"):  # "-----BEGIN " in base64
        import binascii

        try:
            value = binascii.a2b_base64(value).strip()
        except ValueError:
            return value
    return b"".join(plain(value).split()) if value.startswith(_BEGIN) else value


def _is_plain(block: bytes) -> bool:
    end = block.rfind(_END)
    return not any(sign in block for sign in (b"\\", b"\r", b"\n ", b"\n\t")) and block[end - 1 : end] in (b"\n", b"")


def _unfolded(text: bytes) -> bytes:
    """A block on one line, with blanks for the line ends, as environment variables hold it."""
    head, _, rest = text.removeprefix(_BEGIN).partition(b"-----")
    body, sign, foot = rest.rpartition(_END)
    if not sign or b":" in body or not all(map(_INNER.fullmatch, body.split())):
        return text
    return b"\n".join([_BEGIN + head + b"-----", *body.split(), sign + foot])
