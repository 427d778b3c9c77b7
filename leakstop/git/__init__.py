"""The only code that starts git or reads its files."""

import os

# Nothing here multiplies matrices. The library that numpy brings for it would start a thread for each core; they spin for a tenth
# of a second, and a process that forks with threads in it may hang.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
