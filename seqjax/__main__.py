"""``seqjax``: lists the studies, and runs one: ``seqjax NAME [OPTIONS]``."""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import seqjax
from seqjax.lab import cli
from seqjax.lab.errors import UserError
from seqjax.lab.parsing import suggestion

# Every study is a package with `study.STUDY`, or `study.STUDIES` for several commands.
STUDIES = (
    "palindrome",
    "optimizers",
    "gradients",
    "reconcile",
    "initialization",
    "memory",
    "charlm",
    "phased",
    "graphs",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command ``seqjax``.

    Args:
        argv: Words of the command line, without the program; ``sys.argv`` by default.

    Returns:
        Exit status, as `seqjax.lab.cli.main`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return cli.guarded("seqjax", lambda: _run(words))


def summary(name: str) -> str:
    """First line of the docstring of a study's package, which is not imported."""
    spec = importlib.util.find_spec(f"seqjax.{name}")
    if spec is None or spec.origin is None:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _run(words: list[str]) -> int:
    """Lists, tells the version, or runs a study."""
    if not words or words[0] in ("-h", "--help"):
        _list()
        return 0
    if words[0] == "--version":
        print(f"seqjax {seqjax.__version__}")
        return 0
    if words[0] not in STUDIES:
        way_out = suggestion(words[0], STUDIES)
        raise UserError(
            f"study must be one of {', '.join(STUDIES)}, got {words[0]!r}"
            + (way_out or "; 'seqjax' lists them")
        )
    module = importlib.import_module(f"seqjax.{words[0]}.study")
    return cli.main(getattr(module, "STUDIES", None) or module.STUDY, words[1:])


def _list() -> None:
    """Prints what there is."""
    print("usage: seqjax STUDY [OPTIONS]      (seqjax STUDY --help explains them)\n")
    print("studies:")
    for name in STUDIES:
        print(f"  {name:<14} {summary(name)}")
    print("\noptions:\n  --version      print the version and exit")


if __name__ == "__main__":
    sys.exit(main())
