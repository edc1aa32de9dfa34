"""``python -m seqjax.reports FILE``: the table of a ``claims.json``, as Markdown."""

import sys
from collections.abc import Sequence
from pathlib import Path

from seqjax.lab.command_line import cli
from seqjax.lab.errors import UserError
from seqjax.reports.table import markdown, stored


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table.

    Args:
        argv: words of the command line; ``sys.argv`` by default.

    Returns:
        Exit status, as `seqjax.lab.command_line.cli.main`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return cli.guarded("seqjax.reports", lambda: _print(words))


def _print(words: Sequence[str]) -> int:
    if len(words) != 1 or words[0].startswith("-"):
        raise UserError(
            f"FILE must be one claims.json, got {' '.join(words) or 'none'}; seqjax "
            "report --all writes it"
        )
    print(markdown(stored(Path(words[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
