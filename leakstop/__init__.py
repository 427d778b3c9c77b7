"""leakstop finds secrets in commits, files and whole git histories."""

__version__ = "0.1.0"
