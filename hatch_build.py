"""Build hook: puts a merged index of the rule files into the wheel.

The index is never kept in the checkout, and an editable install gets none: it reads `patterns/` itself, so nothing there can be
stale (see `leakstop.rules.load`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexHook(BuildHookInterface):
    """Adds `leakstop/patterns/index.jsonl`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built; `version` is the kind of wheel."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from leakstop.rules import index, load
        finally:
            sys.path.remove(self.root)
        rules = [entry.rule for entry in load.read(os.path.join(self.root, "patterns"))]
        self._folder = tempfile.TemporaryDirectory()
        target = os.path.join(self._folder.name, index.NAME)
        with open(target, "wb") as file:
            file.write(index.dump(rules, load.digest(rules)))
        build_data["force_include"][target] = f"leakstop/patterns/{index.NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - the names are hatchling's
        """Called after it is built."""
        if version != "editable":
            self._folder.cleanup()
