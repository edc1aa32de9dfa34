"""`python -m seqjax.graphs`."""

import sys

# The studies are imported inside, where Ctrl-C while JAX loads is already handled.
from seqjax.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["graphs", *sys.argv[1:]]))
