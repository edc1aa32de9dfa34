"""`python -m seqjax.memory`."""

import sys

# The study itself is imported inside, where Ctrl-C while JAX loads is already handled.
from seqjax.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["memory", *sys.argv[1:]]))
