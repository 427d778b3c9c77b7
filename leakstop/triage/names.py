"""Which files take findings out of the count. Light: a hook asks for it before anything is found."""

from __future__ import annotations

import os

from leakstop.errors import ConfigError
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.reader import Reader

IGNORES = ".leakstop-ignore"
BASELINE = ".leakstop-baseline.json"


class Names(NamedTuple):
    """Which files. Paths are absolute or relative to the current folder."""

    top: str  # folder in which they are looked for
    ignore_file: str = ""  # in place of .leakstop-ignore
    baselines: tuple[str, ...] = ()  # in place of .leakstop-baseline.json
    foreign: bool = True  # whether those of other scanners count

    @property
    def ignores(self) -> str:
        """The ignore file's path, whether it is there or not."""
        return self.ignore_file or os.path.join(self.top, IGNORES)

    @property
    def baseline(self) -> str:
        """The path of the first baseline, whether it is there or not."""
        return self.baselines[0] if self.baselines else os.path.join(self.top, BASELINE)


_SEEN_FROM = "Paths on the command line are relative to the current folder, those in a configuration to its file."


def check(reader: Reader, names: Names) -> None:
    """ConfigError for a file that is named and not there. The others are read when there is a finding."""
    for option, path in (("ignore-file", names.ignore_file), *(("baseline", path) for path in names.baselines)):
        if path and not reader.is_file(path):
            raise ConfigError(f"{reader.shown(path)}: there is no such {option.replace('-', ' ')}", _SEEN_FROM)
