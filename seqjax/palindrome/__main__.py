"""`python -m seqjax.palindrome`."""

import sys

from seqjax.lab.cli import main
from seqjax.palindrome.study import STUDY

if __name__ == "__main__":
    sys.exit(main(STUDY))
