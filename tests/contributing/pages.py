"""The pages on how to add something: their diffs and commands, and trees to try them.

Helpers of the tests, and of `python -m tests.contributing.making`.
"""

import difflib
import filecmp
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "contributing"
COPIED = ("seqjax", "tests", "benchmarks", "docs", "pyproject.toml", "README.md")
MADE = ("docs/api.md", "docs/contributing")
"""What a command makes, or what shows the diffs: in no diff."""


def page_names() -> list[str]:
    """Names of the pages with diffs: all but the index and that on a study."""
    return sorted(
        path.stem
        for path in PAGES.glob("add-*.md")
        if "```diff" in path.read_text("utf-8")
    )


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in a language, in their order."""
    text = (PAGES / f"{page}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[list[list[str]]]:
    """What the page asks to type: words of each line, of each of its sh blocks."""
    return [
        [shlex.split(line, comments=True) for line in block.splitlines()]
        for block in blocks(page, "sh")
    ]


def files_of(diff: str) -> list[str]:
    """Files that a diff changes or makes."""
    return re.findall(r"^\+\+\+ b/(.+)$", diff, re.MULTILINE)


def copy_tree(to: Path) -> None:
    """The tree without results, pictures and what Python leaves."""
    ignored = shutil.ignore_patterns("__pycache__", "results", "*.png", ".*_cache")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, to / name)


def apply(page: str, tree: Path, *options: str) -> str:
    """Apply the diffs of a page to a tree, one after another.

    Args:
        page: its name.
        tree: a copy of the tree; it need not be a repository.
        options: of `git apply`.

    Returns:
        What git complains about; nothing where all of them fit.
    """
    # A repository around the tree would make git look for the files in there.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    complaints = []
    for diff in blocks(page, "diff"):
        done = subprocess.run(
            ["git", "apply", *options, "-"],
            input=diff,
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
        )
        complaints += [done.stderr] if done.returncode else []
    return "".join(complaints)


def run(words: list[str], tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of a page in a tree, with this Python and the tree's own code."""
    modules = {"pytest": ["-m", "pytest", "-q"], "python": []}
    module = modules.get(words[0], ["-m", words[0]])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST_")  # options and workers of the outer tests
    }
    return subprocess.run(
        [sys.executable, *module, *words[1:]],
        cwd=tree,
        env=environment | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
    )


def changed_files(tree: Path) -> Iterator[str]:
    """Files of a tree that are new or other than here, as far as a diff may have them.

    Args:
        tree: a copy of this one in which somebody has worked.
    """
    for suffix in ("py", "md", "toml"):
        for path in sorted(tree.rglob(f"*.{suffix}")):
            name = path.relative_to(tree).as_posix()
            here = ROOT / name
            if name.startswith(MADE):
                continue
            if not here.exists() or not filecmp.cmp(here, path, shallow=False):
                yield name


def diff_of(name: str, tree: Path) -> str:
    """What turns a file of this tree into that of another one.

    Args:
        name: of the file, relative to both.
        tree: the other.
    """
    here = ROOT / name
    old = here.read_text("utf-8").splitlines(True) if here.exists() else []
    new = (tree / name).read_text("utf-8").splitlines(True)
    source = f"a/{name}" if here.exists() else "/dev/null"
    return "".join(difflib.unified_diff(old, new, source, f"b/{name}", n=1))


TRY, BEFORE_THE_COMMIT = 0, 1
"""Which block of commands."""


def check(page: str, tree: Path, block: int = TRY) -> None:
    """Apply the diffs of a page to a copy of the tree, and run commands of it there.

    Args:
        page: its name.
        tree: a folder that is not there yet.
        block: which of its blocks; default: the quick one.
    """
    tree.mkdir()
    copy_tree(tree)
    complaint = apply(page, tree)
    assert not complaint, (
        f"docs/contributing/{page}.md shows diffs that no longer fit the tree; mend "
        f"them with `python -m tests.contributing.making {page} TREE`:\n{complaint}"
    )
    for words in commands(page)[block]:
        done = run(words, tree)
        assert done.returncode == 0, (
            f"docs/contributing/{page}.md says `{shlex.join(words)}`, which failed "
            f"once its diffs were applied:\n{done.stdout[-5000:]}{done.stderr[-5000:]}"
        )
