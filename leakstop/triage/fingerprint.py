"""The identity of a finding: a keyed hash of the rule and the secret value; the salts that are its keys.

No path, line or commit goes in, so an identity survives moves, renames, rebases and squashes. Without the salt nobody can try a
list of weak passwords against published fingerprints.

The salt of a repository stands in its ignore file or baseline, so that the whole team has the same fingerprints. Until there is
one, it is derived from the user's own key and the place; whoever makes the first such file puts this salt into it, and the
fingerprints of earlier reports stay good.
"""

from __future__ import annotations

import os
import sys

PREFIX = "lk1:"  # the form below; a later form gets another prefix, so that old ones stay recognisable
KEY_SIZE = 32  # of the user's key
SALT_SIZE = 16


def fingerprint(rule: str, secret: bytes, salt: bytes) -> str:
    """`lk1:`, 8 hex digits that name the salt, and 24 for rule and secret.

    The latter are BLAKE2b with 12 bytes of output, keyed with the salt, personalised "leakstop/lk1", over rule id, a zero byte
    and the secret.
    """
    return PREFIX + name_of(salt) + _hash(rule.encode() + b"\0" + secret, 12, salt, b"leakstop/lk1").hex()


def name_of(salt: bytes) -> str:
    """8 hex digits that tell salts apart: BLAKE2b with 4 bytes of output, personalised "leakstop/salt", over the salt."""
    return _hash(salt, 4, b"", b"leakstop/salt").hex()


def salt_name(fingerprint: str) -> str:
    """The name of the salt that a fingerprint was made with. ValueError: it is no fingerprint."""
    digits = fingerprint.removeprefix(PREFIX)
    if not fingerprint.startswith(PREFIX) or len(digits) != 32 or digits.strip("0123456789abcdef"):
        raise ValueError(f"a fingerprint is {PREFIX} and 32 hex digits")
    return digits[:8]


def own_salt(place: str) -> bytes:
    """This user's salt for a repository, as long as that has none of its own. Nothing leads from it back to the user's key."""
    return _hash(os.fsencode(place), SALT_SIZE, load_key(), b"leakstop/place")


def _hash(data: bytes, size: int, key: bytes, person: bytes) -> bytes:
    from _blake2 import blake2b  # as in hashlib, which takes 3 ms to import OpenSSL as well

    return blake2b(data, digest_size=size, key=key, person=person).digest()


def load_key() -> bytes:
    """The user's key, made on first use in the user's data directory, readable by the user alone.

    Where it cannot be kept or is not what leakstop wrote, there is a random one for this run. Nothing that is there is
    overwritten, since old fingerprints hang on it.
    """
    path, value = key_path(), b""
    try:
        try:
            value = _read(path) if path else b""
        except FileNotFoundError:
            _create(path, os.urandom(KEY_SIZE))
            value = _read(path)  # another process may have been first
    except OSError:
        pass
    return value if len(value) == KEY_SIZE else os.urandom(KEY_SIZE)


def passing() -> str:
    """That there is a new key for each run, in a line for people; "" where one is kept."""
    path = key_path()
    try:
        if path and len(_read(path)) == KEY_SIZE:
            return ""
    except OSError:
        pass
    where = f"there is no key in {path}, and none can be kept there" if path else "there is no home to keep a key in"
    return f"{where}: fingerprints are others in each run. `leakstop ignore FILE:LINE` makes a file from which on they last."


def key_path() -> str:
    """Where the key is kept; an empty string if the user has no place for it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_DATA_HOME", "")
        if not os.path.isabs(base):  # the XDG specification: a relative path is to be ignored
            home = os.path.expanduser("~")
            folders = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "share")
            base = os.path.join(home, *folders)
    return os.path.join(base, "leakstop", "key") if os.path.isabs(base) else ""


def _read(path: str) -> bytes:
    """The file's first bytes, one more than a key has."""
    # Not blocking, so that a pipe of that name cannot hang the run.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        return os.read(handle, KEY_SIZE + 1)
    finally:
        os.close(handle)


def _create(path: str, value: bytes) -> None:
    """Put a whole key at `path` unless something is there by then: nobody ever reads half a key."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        try:
            os.write(handle, value)
        finally:
            os.close(handle)
        _publish(draft, path)
    except FileExistsError:
        pass
    finally:
        try:
            os.unlink(draft)
        except FileNotFoundError:
            pass


def _publish(draft: str, path: str) -> None:
    """Give the finished file its name; FileExistsError if that is taken."""
    if sys.platform == "win32":
        os.rename(draft, path)  # fails there if the target exists
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.rename(draft, path)
