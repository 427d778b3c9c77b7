"""`python -m leakstop`, and the installed command."""

from leakstop.cli import main

if __name__ == "__main__":
    import sys

    sys.exit(main())
