"""Makes notebooks/*.ipynb from the .py beside them: `python -m tests.notebooks.making`.

The sources are in the percent format of jupytext. What is made has no outputs, and is
the same every time.
"""

import re
from pathlib import Path
from typing import Any

import jupytext

FOLDER = Path(__file__).parents[2] / "notebooks"
FIRST_STEPS = FOLDER.parent / "docs" / "first-steps.md"

REPOSITORY = "OWNER/seqjax"
"""Where the project is on GitHub: the one place that says so. After a change of it, the
command above writes it into all notebooks, into their sources, and into the page on
first steps."""

BRANCH = "main"

_BADGE = re.compile(r"^# \[!\[Open in Colab\].*$", re.MULTILINE)
_ADDRESS = re.compile(r"git\+https://github\.com/[\w.-]+/[\w.-]+")

_CLONE = re.compile(r"git clone https://github\.com/[\w.-]+/[\w.-]+ && cd [\w.-]+")


def badge(stem: str) -> str:
    """The link by which a notebook opens in Colab, as Markdown."""
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    colab = "https://colab.research.google.com/github"
    place = f"{REPOSITORY}/blob/{BRANCH}/notebooks/{stem}.ipynb"
    return f"[![Open in Colab]({image})]({colab}/{place})"


def with_addresses(source: str, stem: str) -> str:
    """A source with `REPOSITORY` in its badge, and in the cell that installs."""
    source = _BADGE.sub(f"# {badge(stem)}", source)
    return _ADDRESS.sub(f"git+https://github.com/{REPOSITORY}", source)


def cloned(page: str) -> str:
    """A page with `REPOSITORY` in the command that clones it."""
    command = f"git clone https://github.com/{REPOSITORY} && cd "
    return _CLONE.sub(command + REPOSITORY.rpartition("/")[2], page)


def notebook(source: str) -> Any:
    """The notebook of a source, as nbformat has it."""
    made = jupytext.reads(source, fmt="py:percent")
    for number, cell in enumerate(made.cells):
        # Those that jupytext draws are others every time.
        cell["id"] = f"cell-{number:02d}"
    # What jupytext would need to turn the notebook into a source again.
    made.metadata.pop("jupytext", None)
    return made


def sources() -> list[Path]:
    """The sources, in the order of their numbers."""
    return sorted(FOLDER.glob("*.py"))


def make() -> None:
    """Write the addresses where they belong, and all notebooks."""
    page = FIRST_STEPS.read_text(encoding="utf-8")
    FIRST_STEPS.write_text(cloned(page), encoding="utf-8")
    for path in sources():
        source = with_addresses(path.read_text(encoding="utf-8"), path.stem)
        path.write_text(source, encoding="utf-8")
        text = jupytext.writes(notebook(source), fmt="ipynb")
        path.with_suffix(".ipynb").write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    make()
