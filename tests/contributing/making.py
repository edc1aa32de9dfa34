"""Refresh the diffs of a page when the tree below them has changed.

python -m tests.contributing.making PAGE TREE

Where TREE does not exist, a copy of this tree is made there, with the diffs of the page
applied as far as they fit; what does not fit lies beside its file as *.rej. Mend it
there, and give the command once more: the page then shows the diffs from this tree to
TREE, each file in the block that it was in before.
"""

import sys
from pathlib import Path

from tests.contributing.pages import (
    PAGES,
    apply,
    blocks,
    changed_files,
    copy_tree,
    diff_of,
    files_of,
)


def write_back(page: str, tree: Path) -> None:
    """Put the differences of a tree into the page."""
    path, diffs = PAGES / f"{page}.md", blocks(page, "diff")
    shown = [name for diff in diffs for name in files_of(diff)]
    if missing := set(changed_files(tree)) - set(shown):
        sys.exit(
            f"{path.name} must have a block for each file, but has none for "
            f"{', '.join(sorted(missing))}; write `+++ b/FILE` in the one where it is "
            "to stand, and run this again"
        )
    text = path.read_text("utf-8")
    for diff in diffs:
        new = "".join(diff_of(name, tree) for name in files_of(diff))
        text = text.replace(f"```diff\n{diff}```", f"```diff\n{new}```")
    path.write_text(text, "utf-8")
    print(f"{path.name} shows the differences of {tree}")


def main(page: str, tree: Path) -> None:
    """Make the tree, or write the page anew."""
    if tree.exists():
        write_back(page, tree)
        return
    tree.mkdir(parents=True)
    copy_tree(tree)
    complaints = apply(page, tree, "--reject")
    print(
        complaints or f"{tree} has the diffs of {page}; change it, and run this again"
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
