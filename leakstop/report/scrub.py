"""The last gate before a report is written: no secret of the report may stand in any text of it.

Findings come with redacted excerpts. Here the writers make sure of it, and of the other texts too: a token can be part of a file
name, a branch, an author or a commit subject, in the finding at hand or in another one.
"""

from __future__ import annotations

from leakstop.model import show_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from leakstop.model import Finding, Report, Secret

# Halves of a credential that name it and open nothing: a pair shows them whole, since they say which key to revoke.
IDENTIFIERS = (
    "alibaba-access-key-id",
    "alibaba-sts-access-key-id",
    "aws-access-key-id",
    "aws-temporary-access-key-id",
    "digitalocean-spaces-key-id",
    "google-storage-hmac-id",
)

# Cut out of names (paths, refs, people) is what can be recognised as a secret there: a value of at least SHORT characters, and of
# WORD if it is letters only. The password `postgres` must not turn `postgres/compose.yml` into a path that does not exist.
SHORT = 6
WORD = 16
LEAD = 4
# Kinds of origin whose names or subject are themselves what was scanned: the finding's own secret goes whatever it is.
SCANNED = ("path", "ref", "person", "message", "tag", "note", "reflog")


class Scrubber:
    """Takes every secret of one report out of texts. With `off` (secrets are wanted) it returns them unchanged.

    Without a report it knows those that it is told of.
    """

    def __init__(self, report: Report | None, *, off: bool = False) -> None:
        self.off = off
        self._seen: dict[str, str] = {}
        self._steps: dict[str, str] = {}
        self._ids: set[str] = set()  # what names a credential, and may stand in what is to be done about it
        self._leads: dict[str, dict[int, dict[str, str]]] = {}  # first characters -> length -> form -> its redaction
        for result in report.results if report else ():
            self.learn(result.finding)

    def learn(self, finding: Finding) -> None:
        """The secrets of one more finding."""
        self._ids.update(value.reveal().decode("utf-8", "replace") for rule, value in _parts(finding) if rule in IDENTIFIERS)
        self.suspect(_secrets(finding))

    def suspect(self, secrets: Iterable[Secret]) -> None:
        """Secrets that may stand in texts."""
        if not self.off:
            self._seen.clear()
            self._steps.clear()
            for secret in secrets:
                self._learn(secret)

    def _learn(self, secret: Secret) -> None:
        for form in forms(secret):
            if len(form) >= WORD or (len(form) >= SHORT and not form.isalpha()):
                self._leads.setdefault(form[:LEAD], {}).setdefault(len(form), {})[form] = str(secret)

    def name(self, text: str, own: Finding | None = None) -> str:
        """A path, ref, person, message or reason. `own` is the finding it belongs to."""
        if self.off:
            return text
        if text not in self._seen:
            self._seen[text] = self._names(text)
        text = self._seen[text]
        return self.excerpt(text, own) if own is not None and own.origin.kind in SCANNED else text

    def step(self, text: str, own: Finding) -> str:
        """What is to be done about a finding, where ids of credentials stay: without them no command says which key."""
        if self.off:
            return text
        if text not in self._steps:
            self._steps[text] = self._names(text, self._ids)
        text = self._steps[text]
        for secret in _secrets(own) if own.origin.kind in SCANNED else ():
            for form in forms(secret):
                text = text if form in self._ids else _without(text, form, str(secret))
        return text

    def excerpt(self, text: str, own: Finding) -> str:
        """Source text of a finding: its own secrets go whatever their length."""
        if self.off:
            return text
        text = self._names(text)
        for secret in _secrets(own):
            for form in forms(secret):
                text = _without(text, form, str(secret))
        return text

    def _names(self, text: str, kept: AbstractSet[str] = frozenset()) -> str:
        while found := self._found(text, kept):  # what is left may make up another one; it gets shorter each time
            for form in sorted(found, key=lambda form: (-len(form), form)):
                text = _without(text, form, found[form])
        return text

    def _found(self, text: str, kept: AbstractSet[str]) -> dict[str, str]:
        """The forms that stand in a text, with their redactions: look-ups per position, as there may be thousands of secrets."""
        leads = [text[at : at + LEAD] for at in range(len(text) - LEAD + 1)]
        if self._leads.keys().isdisjoint(leads):
            return {}
        found = {}
        for at, lead in enumerate(leads):
            if lead not in self._leads:
                continue
            for length, known in self._leads[lead].items():
                form = text[at : at + length]
                if form in known and form not in kept:
                    found[form] = known[form]
        return found


def forms(secret: Secret) -> tuple[str, ...]:
    """The ways in which a secret may stand in decoded text, longest first: as it is, escaped for display, and its inner lines."""
    value = secret.reveal()
    raw = {value.decode("utf-8", "backslashreplace"), value.decode("utf-8", "replace")}
    if b"\n" in value:
        lines = (line.strip() for line in value.splitlines())
        # The first and last line of a key block say what it is and are the same for all.
        raw.update(line.decode("utf-8", "replace") for line in lines if len(line) >= WORD and not line.startswith(b"-----"))
    both = raw | {show_text(text) for text in raw}
    return tuple(sorted((form for form in both if form.strip("\ufffd \t\r\n")), key=lambda form: (-len(form), form)))


def shown(secret: Secret, rule: str = "", *, reveal: bool = False) -> str:
    """A secret for a report: redacted unless it is wanted or is only the identifier of a credential."""
    if reveal or rule in IDENTIFIERS:
        return secret.reveal().decode("utf-8", "backslashreplace")
    return str(secret)


def _parts(finding: Finding) -> Iterator[tuple[str, Secret]]:
    """All that makes up a credential, each with its rule."""
    yield finding.rule.id, finding.secret
    yield from ((part.what, part.value) for part in finding.partners)


def _secrets(finding: Finding) -> tuple[Secret, ...]:
    return tuple(secret for _, secret in _parts(finding))


def _without(text: str, form: str, redacted: str) -> str:
    """The text with every occurrence replaced, also those that a replacement brings about."""
    instead = redacted if len(redacted) < len(form) and form not in redacted else ""  # always shorter, so that this ends
    while form in text:
        text = text.replace(form, instead)
    return text
