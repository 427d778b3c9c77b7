"""What stands around a bare value tells a provider's key from a digest, a file name or an identifier."""

from __future__ import annotations

import base64
import hashlib

import pytest

from leakstop.detect.judging.around import told

HEX = b"9d1f2e3d4c5b6a79887fe0c1b2a3948576605f4e"
LINK = b"".join(b"%d%c" % (number * 7 % 10, 97 + number * 11 % 26) for number in range(7)) + b"9"  # as of a shared file
LINES = [
    base64.b64encode(b"\xfb" + hashlib.sha384(b"%d" % number).digest()[:47]).replace(b"/", b"b") for number in range(3)
]  # of a signature: each begins with a plus
UUID = b"6ba7b810-9dad-41d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    "form, value, name",
    [
        (b"uses: algolia/setup@%s", HEX, "digest"),
        (b'"sha": "%s"', HEX, "digest"),
        (b"https://github.com/algolia/cli/commit/%s", HEX, "digest"),
        (b"image: algolia/cli@sha256:%s", HEX, "digest"),
        (b"https://app.codecov.io/project/badge/Grade/%s", HEX, "digest"),
        (b"commit %s", HEX, "digest"),
        (b"git_rev = '%s'", HEX, "digest"),
        (b"algolia-%s.js", HEX, "file name"),
        (b"vT7JZVEc4NHt4bVaT+%s/LnPqZih4zR0Uv6CPLy64Lo7y", HEX, "part of base64"),
        (b'"png": "' + b"Zk9+" * 20 + b"\\n%s\\nab", HEX, "part of base64"),
        (b"curl https://fab.io/patch/codecov/codecov/36339/%s/cs.diff", HEX, "part of a link"),
        (b"curl https://ci.io/codecov/codecov/36339/?id=%s", HEX, ""),
        (b"curl https://api.codecov.io/patch/36339/%s/cs", HEX, ""),
        (b"https://github.com/codecov/cli/blame/%s/README.md", HEX, "digest"),
        (b'"codecov/cli": "dev-master#%s"', HEX, "digest"),
        (b"Done in %s", HEX, "digest"),
        (b">>>>>>> %s", HEX, "digest"),
        (b"sonar.projectKey=%s", HEX, "identifier"),
        (b"sonar.login=%s", HEX, ""),
        (b"CodecovProxy_%s", HEX, "part of a name"),
        (b"codecov_%s", HEX, "part of a name"),
        (b"h1:p6poVbjHDkKa+%s=", b"wtC8frBMwQtT3BmqGYBjzMwJ63tuR4", "digest"),
        (b'"src\\/Codecov\\/Report.php":"%s"', HEX, "digest"),
        (b"![](https://www.dropbox.com/s/%s/Screenshot%%202017.24.png?dl=1)", LINK, "file name"),
        (b"https://www.dropbox.com/s/%s/indexes", LINK, ""),
        (b"request #45068 from codecov/ab/%s\n", b"mem-cache-store-incr-decr-initial-option", "words"),
        (b"\n " + LINES[0] + b"\n " + LINES[1][:27] + b"/%s\n " + LINES[2] + b"\n", LINES[1][28:], "part of base64"),
        (b"\n" + LINES[0] + b"\n%s\n" + LINES[2] + b"\n", LINES[1], "part of base64"),
        (b"\nkey:\n%s\n" + LINES[2][:-2] + b"\n", LINES[1], ""),
        (b"\n" + b"\n".join(line.replace(b"+", b"a") for line in LINES) + b"\n%s\n", LINES[1].replace(b"+", b"a"), ""),
        (b'"env": "A=b\\nCODECOV\\n%s\\nC=d"', HEX, ""),
        (b'context_id: "%s"', HEX, "identifier"),
        (b"https://api.codecov.net/v1/%s/indexes", HEX, ""),
        (b"tools/Ubuntu12.%s", HEX, "part of a name"),
        (b"The key is %s. Keep it.", HEX, ""),
        (b'algolia_key = "%s"', HEX, ""),
        (b"https://community.codecov.io/signup/?id=%s&md=link", LINK, "identifier"),
        (b"https://community.codecov.io/signup/?key=%s&md=link", LINK, ""),
        (b"codecov|%s|", b"01h4m" + b"5rqa8" * 4 + b"t", "identifier"),  # a ULID
        (b"codecov|%s|", b"71h4m" + b"5rqa8" * 4 + b"t", ""),
        (b'codecov_site_key  = "%s"', LINK, "public key"),
        (b'captchaSiteKey: "%s"', LINK, "public key"),
        (b'codecovsite_key  = "%s"', LINK, ""),
        (b"let recaptcha_id = '%s'", LINK, "public key"),
        (b"codecov _ZNK15%s", HEX, "part of a name"),
        (b"api_hash = '%s'", HEX, ""),
        (b"reference: %s", HEX, ""),
        (b"git clone https://%s@algolia.net/", HEX, ""),
        (b'algolia_public_key = "%s"', HEX, "public key"),
        (b'"integrity": "sha512-%s"', b"Zk" * 20, "digest"),
        (b'"trace_id": "%s"', UUID, "identifier"),
        (b'clientId: "%s"', UUID, "identifier"),
        (b"consul_accessor = %s", UUID, "identifier"),
        (b"secret_id=%s", UUID, ""),
        (b"CODECOV=%s", UUID, ""),
        (b'<add key="codecov" value="%s" />', UUID, ""),
        (b"codecov upload -t %s", UUID, ""),
        (b'"__meta_instance_id":                "%s"', UUID, "identifier"),
        (b"codecov = %%%s", b"2BfDg7So17Ri2Ai13EIkveK4", "part of base64"),
        (b"$ovh %s = reload()", b"freshStoredUser2", "words"),
        (b"using IRevoke = %s", b"IRevokeOrganizationUserCommand", "words"),
        (b'"%s": "Enpass",', UUID, "identifier"),
        (b"import { %s }", b"createI18nString", "words"),
        (b"https://a.net/intver%%%s", b"5F01HYE8RZX72BG2PXEPRGGDQV03", "part of base64"),
        (b"class %s;", b"X9gl3Rq72Dzz4Kw1", "part of a name"),
        (b"..Clone$GT$%s", b"5clone17h321868bc15d7f563E", "part of a name"),
        (b"P_ZN11%s", b"9x2kQ7r10fmtq8wTz", "part of a name"),
        (b"%s", b"_ZTSN6acme_52Q4Cvx9wzReadr2DE", "part of a name"),
        (b"%s", b"N6acme_52Q4Cvx9wzReadr2DE", "part of a name"),
        (b"%s", b"_0E10_M_managerERSt9_Any_dataRKS9_", "part of a name"),
        (b"# Serial: %s", b"19153725810498332647190284735920183746", "digest"),
        (b"root serial %s", HEX[:32], "digest"),
        (b"x\xf1\x00\x9c\xd0\x07codecov\x11\x99\xfe\x03\xe0\xa7 %s", HEX, "binary"),
        ("schlüssel für codecov — %s".encode(), HEX, ""),
        (b"\x8c\x07codecov\x94\x8c\x28%s", HEX, ""),
        (b"codecov G4\x17\r%s\x0b0\t", b"370322235959Z0c1", "binary"),
        (b"codecov=%s\0next=", HEX, ""),
        (b'"%s": "Way to get a hook",', b"wayToGetCodecov24Webhook", "words"),
        (b'"%s": "Bitte die ID",', b"x7Kq24uTr9mWz3Lp", "identifier"),
        (b'"key": "%s",', b"x7Kq24uTr9mWz3Lp", ""),
        (b"- `%s` was removed", b"_checkOnERC721Received", "words"),
        (b"locations/us-central1/%s", b"hyperparameterTuningJobs/5825136187899117568", "words"),
        (b"projects/%s", b"582513618789/locations/global/entryLinkTypes", "words"),
        (b"Jo <%s@codecov.io>", b"ryanleeschneider", "address"),
        (b"https://%s@codecov.io", HEX, ""),
        (b"codecov\n%s\tflow\tt", UUID, "identifier"),
        (b"codecov\nflow\t%s\tt", UUID, ""),
        (b"review thread `%s` on", b"PRRT_kwDOEW4XoM6TceLm", "identifier"),
        (b'"uuid":"%s"', HEX[:32], "identifier"),
        (b'"https://codecov.io/v5/fw_v5.bin",\n   "%s"', HEX, "digest"),
        (b'"https://codecov.io/v5/upload",\n   "%s"', HEX, ""),
        (b"play/js/codecov-%s\\\\.js", HEX, "file name"),
        (b'"/js/codecov.js?id=%s"', HEX, "digest"),
        (b"https://codecov.io/up?id=%s", HEX, ""),
        (b"### [go-codecov (%s)](https://github.com/a/b)", HEX, "digest"),
        (b"the key of codecov (%s)", HEX, ""),
        (b"https://www.dropbox.com/s/%s/IR%%20data%%20reverse.xlsx?dl=0", LINK, "file name"),
        (b"External ID          = %s", UUID, "identifier"),
        (b"Upload token         = %s", UUID, ""),
        (b"\\%s\\20const", b"28GrBackendCodecov", "words"),
        (b"codecov = %s", b"28Kq24uTr9mWz3Lp", ""),
        (b"https://codecov.io/v3?s=%s%%2FNe%%2FhLrnMUMggweKHreYvw3Wdb97m", b"miPfsyiWpJm9tu2MW7LX", "part of base64"),
        (b"codecov%%2BXj5tPn99zX1rfTf9VP2K%%2F%s", b"miPfsyiWpJm9tu2MW7LX", "part of base64"),
        (b"https://codecov.io/v3?s=%s%%26t=1", b"miPfsyiWpJm9tu2MW7LX", ""),
        (b"codecov.io/search?q=%%%s", b"23SalarioRosaApoya", "part of base64"),
        (b"%%3Cdiagram%%20name%%3D%%22codecov%%22%%20id%%3D%%22%s%%22%%3E", LINK, "identifier"),
        (b'<diagram name="codecov" id="%s">', LINK, "identifier"),
        (b'<diagram name="codecov" key="%s">', LINK, ""),
        (b'codecov id="%s"', LINK, ""),
    ],
)
def test_told(form, value, name):
    """The line before and the bytes behind a value decide."""
    text = b"# codecov, algolia\n" + form % value
    first = text.index(value)
    assert told(text, first, first + len(value), ("codecov",)) == name


def test_strings_of_a_program_stand_beside_any_word():
    """A service that is known by its name alone, in the tables of a compiled program; a rule of its own knows a shape."""
    text = b"\0codecovInit\0x7Kq24uTr9mWz3Lp\0"
    first = text.index(b"x7K")
    assert told(text, first, first + 16, ("codecov",)) == ""
    assert told(text, first, first + 16, ("codecov", *map(str, range(200)))) == "binary"


def test_a_call_is_no_token():
    text = b"# codecov\nreturn getDashboardsByIdsV1(ids);"
    first = text.index(b"get")
    assert told(text, first, first + 20, ("codecov",)) == "words"


def test_a_line_of_an_armoured_key_holds_every_shape():
    line = b"mQGNBFrjUQUBDADTMQL/4d9EyVhsO4XBH9wbGWxcEJvsu/HvppN5fY8hpMV0+Cr9"
    value = line[20:64]
    for text in (b"codecov\n" + line + b"\n" + line, b"codecov\n" + line + b"\n" + line[:20]):
        assert (told(text, text.index(value), text.index(value) + 44, ("codecov",)) == "part of base64") is text.endswith(line)


@pytest.mark.parametrize(("path", "name"), [(b"CHANGELOG.md", "digest"), (b"docs/history.rst", "digest"), (b"app.md", "")])
def test_a_change_log_names_commits(path, name):
    text = b"* Remove codecov badge (@jo " + HEX + b")"
    assert told(text, text.index(HEX), text.index(HEX) + 40, ("codecov",), path) == name


@pytest.mark.parametrize(("path", "name"), [(b"runs/" + UUID + b".db", "identifier"), (b"runs/index.db", "")])
def test_what_a_file_is_called_after_is_its_id(path, name):
    text = b"codecov U1 " + UUID + b'{"event": 1}'
    assert told(text, text.index(UUID), text.index(UUID) + len(UUID), ("codecov",), path) == name
