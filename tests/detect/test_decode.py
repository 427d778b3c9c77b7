"""Encoded, escaped and divided secrets: found as pairs, at their places in the text as it is, each once."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import gzip
import io
import json
import lzma
import marshal
import pickle
import random
import tarfile
import time
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from helpers import Repo, fake, run_cli
from hypothesis import given
from hypothesis import strategies as st
from places import b64, each

from leakstop.detect.decode import binary, joins, rare, seen
from leakstop.detect.decode.decoder import Decoder
from leakstop.detect.decode.signals import _WORDS, likely
from leakstop.detect.decode.unveil import unveil
from leakstop.detect.decode.view import Cut, View
from leakstop.detect.decode.wide import is_wide, narrow
from leakstop.detect.matcher import Match
from leakstop.detect.prefilter import available
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakstop.detect.detector import Detector
    from leakstop.model import Finding

ID, SECRET = fake("aws-id", 5), fake("aws-secret", 5)
NOISE = b"def compute(total, value):\n    return total + value * 3  # nothing to see\n" * 4500  # more than SMALL


def dump(data: bytes) -> str:
    """As xxd prints it."""
    rows = ((at, data[at : at + 16]) for at in range(0, len(data), 16))
    return "".join(f"{at:08x}: {row.hex(' ', 2):40} {row.decode().replace(chr(10), '.')}\n" for at, row in rows)


def z85(data: bytes) -> str:
    return base64.b85encode(data).translate(rare._TO_Z85).decode()


def base58(data: bytes) -> str:
    return rare._base58(data).decode()


def git_lines(data: bytes) -> bytes:
    """As patches of git's hold binary data."""
    rows = (data[at : at + 52] for at in range(0, len(data), 52))
    return b"".join(
        bytes([len(row) + (64 if len(row) <= 26 else 70)]) + base64.b85encode(row + bytes(-len(row) % 4)) + b"\n" for row in rows
    )


def firmware(data: bytes) -> str:
    """As Intel's loaders take it: lines of length, address, kind and bytes, with a sum."""
    lines = []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        line = bytes((len(part), at >> 8, at & 255, 0)) + part
        lines.append(f":{line.hex().upper()}{-sum(line) & 255:02X}\n")
    return "".join(lines) + ":00000001FF\n"


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("credentials"), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


A, B = ID[:9], ID[9:]
C, D = SECRET[:9], SECRET[9:]
LOGIN = f'login "{ID}" "{SECRET}"'
JOINED = ["concatenation"]
DOCUMENT = f"<w:t>{ID}</w:t></w:r><w:p/><w:t>{C}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{D}"
PAIR = f"{ID}:{SECRET}"
PROFILE = f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\nregion = eu-west-1\n"

# name -> text, the steps, what stands at the place that is told
TEXTS: dict[str, tuple[str | bytes, list[str], str]] = {
    "base64": (f"CONFIG={b64(PROFILE)}\n", ["base64"], b64(PROFILE)),
    "base64, URL-safe, unpadded": (
        f"c: {base64.urlsafe_b64encode(f'??>>~~ {PROFILE}'.encode()).decode().rstrip('=')}\n",
        ["base64"],
        base64.urlsafe_b64encode(f"??>>~~ {PROFILE}".encode()).decode().rstrip("="),
    ),
    "base64, wrapped": (
        f"data: |\n{base64.encodebytes(PROFILE.encode()).decode()}",
        ["base64"],
        base64.encodebytes(PROFILE.encode()).decode()[:-1],
    ),
    "base64, each on its own": (f"id: {b64(ID)}\nkey: {b64(SECRET)}\n", ["base64"], b64(SECRET)),
    "base64 of base64": (f"x='{b64(b64(PROFILE))}'\n", ["base64", "base64"], b64(b64(PROFILE))),
    "base64 of gzip": (
        f"x='{base64.b64encode(gzip.compress(PROFILE.encode(), mtime=0)).decode()}'\n",
        ["base64", "gzip"],
        base64.b64encode(gzip.compress(PROFILE.encode(), mtime=0)).decode(),
    ),
    "base64 of zlib": (
        f"x='{base64.b64encode(zlib.compress(PROFILE.encode())).decode()}'\n",
        ["base64", "zlib"],
        base64.b64encode(zlib.compress(PROFILE.encode())).decode(),
    ),
    "base64 of UTF-16": (
        f"powershell -enc {base64.b64encode(PROFILE.encode('utf-16-le')).decode()}\n",
        ["base64", "UTF-16"],
        base64.b64encode(PROFILE.encode("utf-16-le")).decode(),
    ),
    "base32": (f"x={base64.b32encode(PROFILE.encode()).decode()}\n", ["base32"], base64.b32encode(PROFILE.encode()).decode()),
    "hex": (f"id={ID.encode().hex()}\nkey={SECRET.encode().hex()}\n", ["hex"], SECRET.encode().hex()),
    "hex in capitals": (f"id={ID.encode().hex().upper()} {SECRET}\n", ["hex"], SECRET),
    "percent": (f"?id={each('%{:02X}', ID)}&key={each('%{:02x}', SECRET)}\n", ["percent"], each("%{:02x}", SECRET)),
    "\\x": (f'id = "{each(chr(92) + "x{:02x}", ID)}", "{SECRET}"\n', ["escapes"], SECRET),
    "\\u": (
        f'{{"id": "{each(chr(92) + "u{:04x}", ID)}", "key": "{each(chr(92) + "u{:04X}", SECRET)}"}}\n',
        ["escapes"],
        each(chr(92) + "u{:04X}", SECRET),
    ),
    "HTML entities": (f"<td>{each('&#{};', ID)}</td><td>{each('&#x{:x};', SECRET)}</td>\n", ["HTML entities"], ""),
    "character codes": (
        f"id = [{', '.join(str(ord(char)) for char in ID)}];\nkey = [{', '.join(hex(ord(char)) for char in SECRET)}];\n",
        ["character codes"],
        ", ".join(hex(ord(char)) for char in SECRET),
    ),
    "quoted-printable": (
        f"Content-Transfer-Encoding: quoted-printable\n\nid=3D{ID}\nkey=3D{SECRET[:20]}=\n{SECRET[20:]}\n",
        ["quoted-printable"],
        f"{SECRET[:20]}=\n{SECRET[20:]}",
    ),
    "JSON in JSON": (json.dumps({"log": json.dumps({"text": f"id:\n{ID}\tkey:\n{SECRET}"})}) + "\n", ["escapes"], SECRET),
    "concatenation": (f'id = "{ID[:9]}" + "{ID[9:]}"\nkey = ("{SECRET[:21]}"\n       "{SECRET[21:]}")\n', ["concatenation"], ""),
    "concatenation, PHP": (f"$id = '{ID[:9]}' . '{ID[9:]}';\n$key = '{SECRET[:7]}'.'{SECRET[7:]}';\n", ["concatenation"], ""),
    "concatenation, Visual Basic": (f'id = "{ID[:9]}" & _\n  "{ID[9:]}"\nkey = "{SECRET}"\n', ["concatenation"], SECRET),
    "concatenation with remarks": (f'id = ("{ID[:9]}"  # one\n "{ID[9:]}")\nkey = "{SECRET}"\n', ["concatenation"], SECRET),
    "Python's own tokens": (
        f'import os\nid = "{ID}"\nkey = (b"{SECRET[:9]}"  # one\n\n  # "two"\n  b"""{SECRET[9:]}""")\n', ["concatenation"], "",
    ),
    "line continuation": (f"ID={ID[:7]}\\\n{ID[7:]}\nKEY={SECRET[:7]}\\\n{SECRET[7:]}\n", ["line continuation"], ""),
    "base64 in a divided string": (f'x = "{b64(PROFILE)[:40]}" \\\n    "{b64(PROFILE)[40:]}"\n', ["concatenation", "base64"], ""),
    "concatenation with remarks between": (
        f'id = "{A}" /* one */\n  // two\n  "{B}";\nkey = "{C}" // three\n  "{D}";\n', JOINED, "",
    ),
    "concatenation, other quotes": (f"id = '{A}' + \"{B}\"\nkey = `{C}` + '{D}'\n", JOINED, ""),
    "concatenation, Objective-C and C#": (f'id = @"{A}" @"{B}";\nkey = $"{C}" + $"{D}";\n', JOINED, ""),
    "joined list": (
        f'id = ["{A}", "{B}"].join("")\nkey = paste0("{SECRET[:7]}", "{SECRET[7:30]}", "{SECRET[30:]}")\n', JOINED, "",
    ),
    "format": (f"id = '%s%s' % ('{A}', '{B}')\nkey = '{{}}{{}}'.format('{C}', '{D}')\n", JOINED, ""),
    "appended": (f'id = "{A}".concat("{B}");\nb.append("{C}").append("{D}");\n', JOINED, ""),
    "assigned in pieces": (f"$id = '{ID}';\n$key = '{C}';\n$key .= '{D}';\n", JOINED, ""),
    "list of characters": (
        f"k[] = {{{','.join(repr(c) for c in ID)},0}};\ns[] = {{{', '.join(repr(c) for c in SECRET)}}};\n", JOINED, "",
    ),
    "calls of chr": (
        f"k = {' & '.join(f'Chr({ord(c)})' for c in ID)}\ns = {'+'.join(f'chr({ord(c)})' for c in SECRET)}\n",
        ["character codes"], "",
    ),
    "terminal colours": (f"id=\x1b[1m{ID}\x1b[0m key=\x1b[31m{SECRET[:4]}\x1b[m{SECRET[4:]}\x1b[0m\n", ["terminal colours"], ""),
    "the colours of grep": (f"\x1b[01;31m\x1b[K{ID[:4]}\x1b[m\x1b[K{ID[4:]} {SECRET}\n", ["terminal colours"], SECRET),
    "a document in base64": (
        f'{{"file": "{base64.b64encode(zipped(DOCUMENT)).decode()}"}}',
        ["base64", "zip", "markup"], "",
    ),
    "patch": (f"--- a\n+++ b\n@@ -0,0 +1,2 @@\n+{ID}\n+{SECRET}\n", ["patch"], SECRET),
    "markup": (f"<code>{A}<wbr>{B}</code> <b>{C}</b>{D}\n", ["markup"], ""),
    "invisible characters": (f"{A}\u200b{B} {C}\u00ad{D}\n", ["invisible characters"], ""),
    "RTF": (f"{{\\rtf1\\ansi\\pard {ID}\\par\n{{\\b {C}}}{D}\\par}}\n", ["RTF"], ""),
    "folded lines": (f"BEGIN:VEVENT\nDESCRIPTION:{ID} {C}\n {D}\nEND:VEVENT\n", ["folded line"], ""),
    "notebook": (
        json.dumps({"source": [f"id = '{ID}'\n", f"key = ('{C}'\n", f"       '{D}')\n"]}, indent=1),
        ["escapes", "list of lines", "concatenation"], "",
    ),
    "percent, three times": (f"u={quote(quote(quote(f's3://{ID}:{SECRET}@b', ''), ''), '')}\n", ["percent"], ""),
    "neighbours in base64": (f"x={b64(LOGIN)}\n", ["base64"], ""),
    "octal": (f"'{each(chr(92) + '{:o}', ID)}', '{each(chr(92) + '{:03o}', SECRET)}'\n", ["escapes"], ""),
    "HTML entities with zeros": (f"<b>{each('&#{:04d};', ID)}</b> {SECRET}\n", ["HTML entities"], SECRET),
    "hex with 0x": (f"0x{ID.encode().hex()} 0x{SECRET.encode().hex()}\n", ["hex"], ""),
    "hex dump": (dump(f"an id {ID} and a key {SECRET} in a dump\n".encode()), ["hex dump"], ""),
    "hex with colons": (f"{ID.encode().hex(':')} {SECRET.encode().hex(':')}\n", ["hex"], SECRET.encode().hex(":")),
    "uuencoded": (
        f"begin 644 keys\n{binascii.b2a_uu(f'{ID} '.encode()).decode()}{binascii.b2a_uu(SECRET.encode()).decode()}`\nend\n",
        ["uuencoded"], "",
    ),
    "wide characters in binary data": (
        f"MZ\x01\x00 {''.join(c + chr(0) for c in ID)}\0\0{''.join(c + chr(0) for c in SECRET)}\0\0", ["UTF-16"], "",
    ),
    "counted strings": (f"\0\1\xb4t{ID}\0({SECRET}N)", ["counted string"], ""),
    "base64 of bzip2": (f"x='{base64.b64encode(bz2.compress(PROFILE.encode())).decode()}'\n", ["base64", "bzip2"], ""),
    "base64 of xz": (f"x='{base64.b64encode(lzma.compress(PROFILE.encode())).decode()}'\n", ["base64", "xz"], ""),
    "base64 of zip": (f"x='{base64.b64encode(zipped(PROFILE)).decode()}'\n", ["base64", "zip"], ""),
    "ASCII85, Adobe's": (f"<~{base64.a85encode(LOGIN.encode()).decode()}~>\n", ["ASCII85"], ""),
    "ASCII85": (f"x = a85decode({base64.a85encode(PAIR.encode())!r})\n", ["ASCII85"], ""),
    "base85": (f"x = b85decode('{base64.b85encode(PROFILE[10:].encode()).decode()}')\n", ["base85"], ""),
    "Z85": (f'x = "{z85(PAIR.encode())}"\n', ["Z85"], ""),
    "base58": (f"{base58(PAIR.encode())}\n", ["base58"], base58(PAIR.encode())),
    "base32 in small letters": (
        f"x={base64.b32encode(PROFILE.encode()).decode().lower()}\n", ["base32"], "",
    ),
    "base64, three times": (f"x='{b64(b64(b64(PROFILE)))}'\n", ["base64", "base64", "base64"], ""),
    "ROT13": (f"{codecs.encode(LOGIN, 'rot13')}\n", ["ROT13"], codecs.encode(SECRET, "rot13")),
    "reversed": (f"id = '{ID[::-1]}'[::-1]\nkey = '{SECRET[::-1]}'[::-1]\n", ["reversed"], SECRET[::-1]),
    "binary digits": (" ".join(f"{ord(char):08b}" for char in LOGIN) + "\n", ["binary digits"], ""),
    "full width": ("".join(chr(ord(char) + 0xFEE0) if char > " " else char for char in LOGIN) + "\n", ["full width"], ""),
    "named pieces": (f'a = "{C}"\nb = "{D}"\nuse("{ID}", a + b)\n', ["variables"], "a + b"),
    "named pieces in a text": (f"A={C}\nB={D}\nexport KEY=$A$B ID={ID}\n", ["variables"], "$A$B"),
    "literal and named piece": (f'rest = "{D}"\nuse("{ID}", "{C}" + rest)\n', ["variables"], f'"{C}" + rest'),
    "named pieces of an object": (
        f"self.a = '{C}'\nself.b = '{D}'\nself.id = '{ID}'\nself.key = self.a + self.b\n", ["variables"], "self.a + self.b",
    ),
    "named pieces of a map": (f"p = {{'a': '{C}', 'b': '{D}'}}\nuse('{ID}', p['a'] + p['b'])\n", ["variables"], ""),
    "named pieces, f-string": (f"a = '{C}'\nb = '{D}'\nid = '{ID}'\nkey = f'{{a}}{{b}}'\n", ["variables"], "{a}{b}"),
    "named pieces, HCL": (
        f'locals {{\n  a = "{C}"\n  id = "{ID}"\n  key = "${{local.a}}{D}"\n}}\n', ["variables"], f"${{local.a}}{D}",
    ),
    "named pieces, make": (f"A := {C}\nB := {D}\nID := {ID}\nKEY := $(A)$(B)\n", ["variables"], "$(A)$(B)"),
    "named pieces, cmd.exe": (f"set A={C}\r\nset B={D}\r\nset ID={ID}\r\nset KEY=%A%%B%\r\n", ["variables"], "%A%%B%"),
    "named pieces, templates": (f"a: {C}\nb: {D}\nid: {ID}\nkey: {{{{ a }}}}{{{{ b }}}}\n", ["variables"], "{{ a }}{{ b }}"),
    "named pieces, Swift": (f'let a = "{C}"\nlet b = "{D}"\nuse("{ID}", "\\(a)\\(b)")\n', ["variables"], "\\(a)\\(b)"),
    "named pieces, ConfigParser": (f"a = {C}\nb = {D}\nid = {ID}\nkey = %(a)s%(b)s\n", ["variables"], "%(a)s%(b)s"),
    "named pieces, Maven": (f"<one>{C}</one><two>{D}</two>\n<id>{ID}</id><key>${{one}}${{two}}</key>\n", ["variables"], ""),
    "named pieces, joined": (f"a = '{C}'\nb = '{D}'\nid = '{ID}'\nkey = ''.join([a, b])\n", ["variables"], "a, b"),
    "a list that is joined somewhere": (f"parts = ['{C}', '{D}']\nid = '{ID}'\nkey = make(parts)\n", JOINED, f"{C}', '{D}"),
    "literals in strings": (f"K = f\"{{'{A}'}}{B}\"\nS = f\"{C}{{'{D}'}}\"\n", JOINED, ""),
    "literals in strings, HCL": (f'k = "${{"{A}"}}{B}"\ns = "{C}${{"{D}"}}"\n', JOINED, ""),
    "appended without quotes": (f"ID={ID}\nKEY={C}\nKEY+={D}\n", JOINED, ""),
    "printf": (f"ID={ID}\nKEY=$(printf '%s%s' '{C}' '{D}')\n", JOINED, ""),
    "Tcl": (f'set id "{ID}"\nset key "{C}"\nappend key "{D}"\n', JOINED, ""),
    "only the secret reversed": (f"id = '{ID}'\nkey = '{SECRET[::-1]}'[::-1]\n", ["reversed"], SECRET[::-1]),
    "rev": (f"ID=$(echo {ID[::-1]} | rev)\nKEY=$(echo '{SECRET[::-1]}' | rev)\n", ["reversed"], ""),
    "base64, wrapped in remarks": (
        "".join(f"# {b64(PROFILE)[at : at + 32]}\n" for at in range(0, len(b64(PROFILE)), 32)), ["base64"], "",
    ),
    "hex, wrapped": (
        "".join(f"{PROFILE.encode().hex()[at : at + 32]}\n" for at in range(0, 2 * len(PROFILE), 32)), ["hex"], "",
    ),
    "base64 of what programs write": (f"x={b64(f'{chr(10)}{chr(20)}{ID}{chr(18)}({SECRET}{chr(26)}')}\n", ["base64"], ""),
    "hex of what programs write": (f"x={pickle.dumps([ID, SECRET, 1]).hex()}\n", ["hex", "counted string"], ""),
    "hex of zlib": (f"x={zlib.compress(PROFILE.encode()).hex()}\n", ["hex", "zlib"], zlib.compress(PROFILE.encode()).hex()),
    "hex of gzip": (f"x = unhexlify('{gzip.compress(PROFILE.encode(), mtime=0).hex()}')\n", ["hex", "gzip"], ""),
    "deflated, PHP": (
        f"<?php gzinflate(base64_decode('{base64.b64encode(zlib.compress(PROFILE.encode())[2:-4]).decode()}'));\n",
        ["base64", "deflate"], "",
    ),
    "draw.io": (
        f'<diagram id="x">{base64.b64encode(zlib.compress(quote(f"<a b={PAIR!r}/>").encode())[2:-4]).decode()}</diagram>',
        ["base64", "deflate", "percent"], "",
    ),
    "compiled Python": (marshal.dumps(compile(f"K = '{ID}'\nS = '{SECRET}'", "a", "exec")), ["counted string"], ""),
    "compiled Python 2": (f"\0t\x14\0\0\0{ID}s(\0\0\0{SECRET}N(\2\0\0\0", ["counted string"], ""),
    "pickle of the oldest protocol": (pickle.dumps({"id": ID, "key": SECRET}, 0), ["pickle"], ""),
    "a row of a database": (f"\0\1ci{ID}{SECRET}\0", ["fixed width"], ""),
    "wide characters, zeros first": (b"MZ\x01\x02" + f"{ID} {SECRET}".encode("utf-16-be") + b"\x03\x04", ["UTF-16"], ""),
    "EBCDIC": (PROFILE.encode("cp037"), ["EBCDIC"], ""),
    "binary patch": (
        b"diff --git a/x b/x\nGIT binary patch\nliteral 99\n"
        + git_lines(zlib.compress(b"\0\1" + PROFILE.encode())) + b"\nliteral 0\nHcmV?d00001\n\n",
        ["binary patch"], "",
    ),
    "escaped signs": (f"id: {ID}\nkey: {SECRET.replace('+', chr(92) + '+').replace('/', chr(92) + '/')}\n", ["escapes"], ""),
    "groups": (f"{ID}\n{' '.join(SECRET[at : at + 4] for at in range(0, 40, 4))}\n", ["groups"], ""),
    "a broken line": (f"id {ID} key\n{SECRET[:26]}\n{SECRET[26:]}\n", ["broken line"], ""),
    "fields of fixed width": (f"\0\x03 {ID}{SECRET}\x1a", ["fixed width"], ""),
    "CBOR": (f"\x82bidt{ID}asx({SECRET}", ["counted string"], ""),
    "CBOR, bytes": (f"\x82bidt{ID}cskyX({SECRET}", ["counted string"], ""),
    "Avro": (f"\2({ID}P{SECRET}\0", ["counted string"], ""),
    "a record of keys and values": (f"\0\1aws_id{ID}\x19aws_secret{SECRET}\0", ["record"], ""),
    "four bytes a character": (b"\x93NUMPY" + f"{ID}\0{SECRET}\0".encode("utf-32-le"), ["UTF-32"], ""),
    "gzip amid other bytes": (b"\2fw" + gzip.compress(PROFILE.encode(), mtime=0) + b"\0\1", ["gzip"], ""),
    "octal dump": (
        "".join(f"{at:07o} {' '.join(f'{b:03o}' for b in PAIR.encode()[at : at + 16])}\n"
                for at in range(0, len(PAIR), 16)),
        ["octal dump"], "",
    ),
    "Intel HEX": (firmware(f"{ID}\0{SECRET}\0".encode()), ["Intel HEX"], ""),
    "zlib in a literal of Python": (f"exec(zlib.decompress({zlib.compress(PROFILE.encode())!r}))\n", ["zlib"], ""),
    "XOR of codes": (
        (f"k = bytes(c ^ 42 for c in {[byte ^ 42 for byte in ID.encode()]})\n"
        f"s = bytes(c ^ 42 for c in {[byte ^ 42 for byte in SECRET.encode()]})\n"),
        ["XOR 42"], "",
    ),
    "XOR of literals": (
        (f"k = bytes(c ^ 0x5A for c in {bytes(byte ^ 0x5A for byte in ID.encode())!r})\n"
        f"s = bytes(c ^ 0x5A for c in bytes.fromhex('{bytes(byte ^ 0x5A for byte in SECRET.encode()).hex()}'))\n"),
        ["XOR 90"], "",
    ),
    "decimal escapes": (f"id = '{each(chr(92) + '{}', ID)}'\nkey = '{each(chr(92) + '{:03d}', SECRET)}'\n", ["escapes"], ""),
    "octal numbers": (f"{{{', '.join(f'0{byte:03o}' for byte in PAIR.encode())}}}\n", ["character codes"], ""),
    "PowerShell's casts": (
        f"-join ({','.join(f'[char]{byte}' for byte in PAIR.encode())})\n", ["character codes"], "",
    ),
    "UTF-7": (f"{ID}\n+{base64.b64encode(SECRET.encode('utf-16-be')).decode().rstrip('=')}-\n", ["UTF-7"], ""),
    "encoded words": (
        f"Subject: =?utf-8?B?{b64('id ' + ID)}?=\n =?utf-8?Q?key_{each('={:02X}', SECRET)}?=\n\nhi\n", ["encoded word"], "",
    ),
    "a vCard": (f"NOTE;ENCODING=QUOTED-PRINTABLE:{each('={:02X}', PAIR)}\n", ["quoted-printable"], ""),
    "backspaces": (f"$ ID={ID[:5]}x\b \b{ID[5:]}\n$ KEY={SECRET}\n", ["backspaces"], ""),
    "colours within an id": (f"\x1b[32m{ID[:8]}\x1b[0m{ID[8:]} {SECRET}\n", ["terminal colours"], ""),
    "AsciiDoc": (f"`{ID}` and `+{SECRET}+`\n", ["markup"], ""),
    "TeX": (f"{ID}\n\\texttt{{{SECRET.replace('/', '{/}').replace('+', '{+}')}}}\n", ["markup"], ""),
    "formulas in CSV": (f'id,"=""{ID}"""\nkey,"=""{C}""&""{D}"""\n', ["concatenation"], ""),
    "words of Perl": (f"$i = join('', qw({A} {B}));\n$s = join '', qw/{C} {D}/;\n", ["concatenation"], ""),
    "signs that are taken out": (
        (f"i = '{ID[:9]}-{ID[9:]}'.replace('-', '')\n"
        f"s = '{'-'.join(SECRET[at : at + 5] for at in range(0, 40, 5))}'.replace('-', '')\n"),
        ["signs removed"], "",
    ),
    "letters with blanks": (f"i = '{' '.join(ID)}'.replace(' ', '')\ns = '{SECRET}'\n", ["signs removed"], ""),
    "numbered parts": (f'{{"id": "{ID}", "secret_part1": "{C}", "secret_part2": "{D}"}}\n', ["numbered parts"], ""),
    "pieces of two letters": (f"'AK' 'IA' '{ID[4:]}', '{SECRET}'\n", ["concatenation"], SECRET),
    "StrReverse": (f'id = "{ID}"\nkey = StrReverse("{SECRET[::-1]}")\n', ["reversed"], ""),
    "base64 in YAML": (f"id: {ID}\nkey: !!binary |\n  {b64(SECRET)[:30]}\n  {b64(SECRET)[30:]}\n", ["base64"], ""),
    "base64 with blanks": (
        " ".join(b64(PROFILE)[at : at + 32] for at in range(0, len(b64(PROFILE)), 32)) + "\n", ["base64"], "",
    ),
    "base64 from behind": (f"x = '{b64(PROFILE)[::-1]}'\n", ["reversed", "base64"], ""),
    "base64 turned": (f"x = '{codecs.encode(b64(PROFILE), 'rot13')}'\n", ["ROT13", "base64"], ""),
    "SAML": (
        f"SAMLRequest={quote(base64.b64encode(zlib.compress(PAIR.encode())[2:-4]).decode(), safe='')}\n",
        ["percent", "base64", "deflate"], "",
    ),
    "calls that decode base85": (
        f"i = base64.b85decode({base64.b85encode(ID.encode())!r})\ns = base64.b85decode({base64.b85encode(SECRET.encode())!r})\n",
        ["base85"], "",
    ),
    "gzip in base85": (f"x = '{base64.b85encode(gzip.compress(PROFILE.encode(), mtime=0)).decode()}'\n", ["base85", "gzip"], ""),
    "Kubernetes": (f"kind: Secret\ndata:\n  id: {b64(ID)}\n  key: {b64(SECRET)}\n", ["base64"], b64(SECRET)),
}  # fmt: skip


def pairs(found: list[tuple[Chunk, Finding]]) -> list[Finding]:
    """Those in the file `it`."""
    return [finding for _, finding in found if finding.origin.path == b"it" and finding.pair]


@pytest.mark.parametrize(
    "large", [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="needs Hyperscan"))]
)
@pytest.mark.parametrize("name", TEXTS)
def test_pair(detector: Detector, name: str, large: bool):
    """One finding at its place, with the steps, in a small scan, which asks for signals, and in a large one, with spots."""
    text, steps, place = TEXTS[name]
    if large and name == "base64 in a divided string":
        pytest.skip("only looked for in small amounts of text")
    data = text.encode() if isinstance(text, str) else text
    chunks = [Chunk(data, Origin("file", b"it")), *([Chunk(NOISE, Origin("file", b"noise"))] if large else [])]
    found = list(detector.scan(chunks))

    (finding,) = pairs(found)
    assert [each for _, each in found] == [finding]
    assert finding.secret.reveal().decode() == SECRET
    assert finding.pair.value.reveal().decode() == ID
    assert list(dict.fromkeys(finding.origin.decoded)) == list(dict.fromkeys(steps))
    at = finding.location
    if place:
        assert data[at.start : at.end].decode() == place
        assert at.start_line == data[: data.index(place.encode())].count(b"\n") + 1
    assert SECRET not in finding.excerpt


def test_small_texts_are_asked_for_what_ids_become():
    """Written out in `signals`, so that a hook need not work them out."""
    first = [encode(word) for _, encode, _, _ in rare._FIVES for word in (b"AKIA", b"ASIA", b"AWS_ACCE", b"aws_acce")]
    assert {*first, *rare.fifty_eights()} - {b"unYp"} <= {*_WORDS}


def test_what_stands_plain_is_not_judged_once_more(detector: Detector):
    """One of thousands of values is encoded: those over which rules contend with it, and those beside it, are judged."""
    numbers = detector.compiled.numbers
    generic, other = numbers["generic-api-key"], numbers["generic-password"]
    own = Match(generic, 5000, 5040, 5004, 5040)
    over, over_that = Match(other, 4900, 5010, 4900, 5010), Match(generic, 4700, 4901, 4700, 4901)
    shown, far = Match(generic, 5100, 5130, 5104, 5130), [Match(generic, at, at + 30, at + 4, at + 30) for at in (9, 5200, 9000)]
    matches = [far[0], own, *far[1:], over, over_that, shown]
    assert seen._beside(detector.compiled, matches, [own]) == [own, over, over_that, shown]
    assert seen._beside(detector.compiled, matches, []) == []
    with_a_half = [*matches, Match(numbers["aws-access-key-id"], 8000, 8020, 8000, 8020)]
    assert seen._beside(detector.compiled, with_a_half, [own]) == with_a_half


def test_thousands_of_lists_in_one_text():
    """As large files of JSON have them; when all of it was searched again for each, a megabyte took half a minute."""
    text = b'{"names": ["a1", "b2"]},\n' * 40_000
    started = time.process_time()
    assert list(joins.lists(text)) == []
    assert time.process_time() - started < 5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_text(detector: Detector, encoding: str):
    """Lines and columns are those that an editor shows."""
    ((_, finding),) = detector.scan([Chunk(PROFILE.encode(encoding), Origin("file", b"it"))])

    assert finding.pair
    assert (finding.location.start_line, finding.location.start_column) == (3, 25)
    assert finding.origin.decoded == ("UTF-16" if "16" in encoding else "UTF-32",)


def test_the_same_secret_plain_and_encoded_is_reported_once(detector: Detector):
    text = f"{PROFILE}backup: {b64(PROFILE)}\n".encode()
    ((_, finding),) = detector.scan([Chunk(text, Origin("file", b"it"))])

    assert finding.origin.decoded == ()
    assert finding.location.start_line == 3


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {b64(PAIR)}\n",
        f'{{"auths": {{"registry.example.com": {{"auth": "{b64(PAIR)}"}}}}}}',
        f"kind: Secret\ndata:\n  api_key: {b64(ID)}\n  secret: {b64(SECRET)}\n",
        f"access_key = '{ID[::-1]}'[::-1]\nsecret_key = '{SECRET[::-1]}'[::-1]\n",
    ],
)
def test_what_a_pair_was_decoded_from_is_no_finding_beside_it(detector: Detector, text: str):
    """Neither a header with both of its halves nor the run of one of them."""
    ((_, finding),) = detector.scan([Chunk(text.encode(), Origin("file", b"it"))])

    assert finding.pair
    assert finding.secret.reveal().decode() == SECRET


def test_half_plain_half_encoded(detector: Detector):
    """The encoded half is found because of the plain one, and they are one finding."""
    for text in (f"id = {ID}\nkey = {b64(SECRET)}\n", f"id = {b64(ID)}\nkey = {SECRET}\n"):
        ((_, finding),) = detector.scan([Chunk(text.encode(), Origin("file", b"it"))])
        assert finding.pair
        assert finding.origin.decoded == ("base64",)


def test_only_added_lines_are_reported(repo: Repo):
    """As with plain text: an old encoded secret is none of the commit's business, a new one in the same file is."""
    old, new = f"OLD={b64(PROFILE)}\n", f"token: {b64('token=' + fake('github-pat', 4))}\n"
    repo.add("settings", old + "a: 1\n" * 50)
    repo.write("settings", old + "a: 1\n" * 50 + new)
    repo.stage()
    result = run_cli("staged", "--format", "json", cwd=repo.path)

    (finding,) = json.loads(result.out)["findings"]
    assert finding["rule"].startswith("github")
    assert (finding["start_line"], finding["origin"]["decoded"]) == (52, ["base64"])


def test_versions_in_a_history(repo: Repo):
    """Found in the version that brought it in, though packs keep versions as changes of each other; gone, it is not in HEAD."""
    lines = [f"line {number}: nothing\n" for number in range(300)]
    repo.add("notes.txt", "".join(lines))
    lines[150] = f"saved = {b64(PROFILE)}\n"
    first = repo.add("notes.txt", "".join(lines))
    lines[10] = "line 10: something else\n"
    repo.add("notes.txt", "".join(lines))
    lines[150] = "removed\n"
    repo.add("notes.txt", "".join(lines))
    repo.add("wide.txt", PROFILE.replace(SECRET, fake("aws-secret", 6)).encode("utf-16"))
    repo.add("wide.txt", PROFILE.replace(SECRET, fake("aws-secret", 6)).encode("utf-16") + "more\n".encode("utf-16-le"))
    repo.git("gc", "-q", "--aggressive")
    found = {
        finding["file"]: finding for finding in json.loads(run_cli("history", "--format", "json", cwd=repo.path).out)["findings"]
    }

    assert set(found) == {"notes.txt", "wide.txt"}
    finding = found["notes.txt"]
    assert (finding["start_line"], finding["origin"]["decoded"], bool(finding["pair"])) == (151, ["base64"], True)
    assert (finding["history"]["first_commit"], finding["history"]["in_head"]) == (first, False)
    assert found["wide.txt"]["start_line"] == 3


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"import os\nprint('hello' + name)\n",
        b'raise ValueError("the first part of a message "\n                 "and the second")\n',
        b"integrity sha512-" + base64.b64encode(bytes(range(64))),
        b"image: " + base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(5000)),
        b"commit 3f2a91c04e8d7b6a5f4e3d2c1b0a99887766554433\n",
        b"from leakstop.detect.decode.signals import likely\n" * 20,
    ],
    ids=["empty", "code", "message", "digest", "image", "commit", "imports"],
)
def test_ordinary_text_is_not_decoded(text: bytes):
    assert not likely(text)


def test_deep_nesting_ends():
    text = PROFILE
    for _ in range(12):
        text = b64(text)
    assert unveil(text.encode()) is not None


def test_a_bomb_in_base64_is_bounded():
    text = base64.b64encode(gzip.compress(b"a" * (200 << 20)))
    view = unveil(text)

    assert view is None or len(view.text) <= 2 << 20


def test_narrow_leaves_binary_data_alone():
    for data in (b"", b"\0", b"\0\0\0\0", b"\x7fELF\x02\x01\x01\0" + bytes(60), b"MZ\x90\0\3\0\0\0" * 10):
        assert not is_wide(data)
        assert narrow(data) is None


@given(st.data())
def test_the_way_back(data: st.DataObject):
    """However a text is cut, in layers, what was not touched stands at the place that is told."""
    view = View(data.draw(st.binary(min_size=1, max_size=60)))
    original = view.text
    for _ in range(3):
        marks = sorted(data.draw(st.lists(st.integers(0, len(view.text)), max_size=6)))
        cuts = [
            Cut(low, high, data.draw(st.binary(max_size=4)), ("x",)) for low, high in zip(marks[::2], marks[1::2], strict=False)
        ]
        view = view.cut([cut for cut in cuts if cut.start < cut.end])
        assert all(one.end <= other.start for one, other in zip(view.stretches, view.stretches[1:], strict=False))
        for start in range(len(view.text)):
            first, last = view.begin(start), view.end(start + 1)
            assert 0 <= first <= last <= len(original)
            if not view.steps(start, start + 1):
                assert original[first:last] == view.text[start : start + 1]


@given(st.binary(max_size=400))
def test_anything_can_be_decoded(text: bytes):
    """No input makes it fail."""
    likely(text)
    unveil(text)
    narrow(text)


@pytest.mark.parametrize(
    "text",
    [
        rb'exec(zlib.decompress(b"x\x9c\x8b\xZZ0123456789012345678901234567890123456789"))',
        rb'base64.b85decode("abcdefghijkl\xZZmnopqrstuvwxyz") # AKIA',
        rb'k = [c ^ 42 for c in "abcdefghijkl\xZZmnopqrstuvwxyz"]',
    ],
)
def test_a_broken_escape_ends_nothing(detector: Detector, text: bytes):
    assert list(detector.scan([Chunk(text + b"\n", Origin("file", b"it.py"))])) == []


def test_a_letter_of_an_id_counts_no_string():
    """In what counts its strings a P says 40, and ids have letters P."""
    text = f"\0abcdefghijklmnopqrst({ID[:4]}QJDWP7BJYATOICQAP{SECRET}\0".encode()
    assert not [cut for cut in binary.counted(text) if SECRET.encode() not in cut.text]


def test_half_a_pair_in_megabytes_is_reason_to_decode(detector):
    """An id that stands plain, its secret encoded."""
    prose = b"the quick brown fox jumps over the lazy dog\n" * 30_000
    key, secret = fake("aws-id").encode(), fake("aws-secret").encode()
    text = prose + b"aws_access_key_id = " + key + b"\nwhat_opens_it = " + base64.b64encode(secret) + b"\n"
    [(_, finding)] = detector.scan([Chunk(text, Origin("file", path=b"notes.txt"))])
    assert finding.secret.reveal() == secret
    assert finding.pair.value.reveal() == key


def archived(text: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
        info = tarfile.TarInfo("credentials")
        info.size = len(text.encode())
        archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def wrapped(run: bytes) -> bytes:
    """In lines of 64 characters."""
    return b"".join(run[at : at + 64] + b"\n" for at in range(0, len(run), 64))


def lead(size: int, *, ascii_only: bool) -> str:
    """Text before a secret, of so many characters or a few more."""
    words = ["the", "quick", "brown", "fox", "jumps"] if ascii_only else ["größer", "żółty", "ключ", "文字", "jumps"]
    source = random.Random(size)
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        parts.append(source.choice(words) + " ")
    return "".join(parts)


def of_ascii(size: int) -> bytes:
    return f"{lead(size, ascii_only=True)}\n{PROFILE}\n{lead(500, ascii_only=True)}".encode()


def of_letters(size: int) -> bytes:
    return f"{lead(size, ascii_only=False)}\n{PROFILE}\n{lead(500, ascii_only=False)}".encode()


LONG: dict[str, Callable[[int], bytes]] = {
    "base64": lambda size: base64.b64encode(of_ascii(size)),
    "base64, URL-safe": lambda size: base64.urlsafe_b64encode(of_ascii(size)),
    "base64 of other alphabets": lambda size: base64.b64encode(of_letters(size)),
    "base64 in lines": lambda size: base64.encodebytes(of_ascii(size)),
    "base64 in lines of other alphabets": lambda size: base64.encodebytes(of_letters(size)),
    "base64 in lines of 64": lambda size: wrapped(base64.b64encode(of_ascii(size))),
    "base64 in remarks": lambda size: wrapped(base64.b64encode(of_ascii(size))).replace(b"\n", b"\n# "),
    "base64 of UTF-16": lambda size: base64.b64encode(of_ascii(size).decode().encode("utf-16-le")),
    "base64 of base64": lambda size: base64.b64encode(base64.b64encode(of_ascii(size))),
    "base64 of hex": lambda size: base64.b64encode(of_ascii(size).hex().encode()),
    "base64 of a tar": lambda size: base64.b64encode(archived(lead(size, ascii_only=True) + PROFILE)),
    "base64 of what programs write": lambda size: base64.b64encode(
        random.Random(size).randbytes(size) + f"\n\x14{ID}\x12({SECRET}\x1a".encode() + bytes(99)
    ),
    "base32": lambda size: base64.b32encode(of_ascii(size)),
    "hex": lambda size: of_ascii(size).hex().encode(),
    "hex in capitals": lambda size: of_ascii(size).hex().upper().encode(),
    "hex in lines": lambda size: wrapped(of_ascii(size).hex().encode()),
    "a divided string before base64": lambda size: (
        f'id = "{ID[:4]}" + "{ID[4:]}"\nkey = "{SECRET}"\n'.encode() + base64.encodebytes(random.Random(size).randbytes(size))
    ),
    "a divided string behind base64": lambda size: (
        base64.encodebytes(random.Random(size).randbytes(size)) + f'id = "{ID[:4]}" + "{ID[4:]}"\nkey = "{SECRET}"\n'.encode()
    ),
}


@pytest.mark.skipif(not available(), reason="needs Hyperscan")
@pytest.mark.parametrize("size", [100, 1_000, 5_001, 100_000, 100_001, 100_002])
@pytest.mark.parametrize("name", LONG)
def test_pair_in_a_long_run(detector: Detector, name: str, size: int):
    chunks = [Chunk(b"x = '" + LONG[name](size) + b"'\n", Origin("file", b"it")), Chunk(NOISE, Origin("file", b"noise"))]
    (finding,) = pairs(list(detector.scan(chunks)))

    assert finding.secret.reveal().decode() == SECRET
    assert finding.pair.value.reveal().decode() == ID


RANDOM: dict[str, Callable[[bytes], bytes]] = {
    "base64 in lines": base64.encodebytes,
    "base64": base64.b64encode,
    "hex": binascii.hexlify,
}


@pytest.mark.skipif(not available(), reason="needs Hyperscan")
@pytest.mark.parametrize("name", RANDOM)
def test_what_stands_in_random_bytes_by_chance_is_not_decoded(detector: Detector, name: str, monkeypatch: pytest.MonkeyPatch):
    """Beginnings of ids do by the hundred in megabytes of base64, and all the steps take milliseconds for each."""
    decoded: list[int] = []
    view = Decoder.view
    monkeypatch.setattr(Decoder, "view", lambda self, text: decoded.append(len(text)) or view(self, text))
    chunk = Chunk(RANDOM[name](random.Random(3).randbytes(6_000_000)), Origin("file", b"it"))

    assert list(detector.scan([chunk])) == []
    assert sum(decoded) < 300_000  # bytes


@pytest.mark.skipif(not available(), reason="needs Hyperscan")
@pytest.mark.parametrize("lines", [False, True], ids=["one line", "lines"])
def test_a_long_text_in_base64_is_decoded_a_few_times(detector: Detector, lines: bool, monkeypatch: pytest.MonkeyPatch):
    """Words that stand before secrets do so a thousand times; each of them lies in a window of which all was looked at."""
    decoded: list[int] = []
    view = Decoder.view
    monkeypatch.setattr(Decoder, "view", lambda self, text: decoded.append(len(text)) or view(self, text))
    words = "the password of a user, the secret_ of a key and what api_key means\n" * 3000
    text = (base64.encodebytes if lines else base64.b64encode)(words.encode())
    chunks = [Chunk(text, Origin("file", b"it")), Chunk(NOISE, Origin("file", b"noise"))]

    assert list(detector.scan(chunks)) == []
    assert sum(decoded) < 8 * len(text)
