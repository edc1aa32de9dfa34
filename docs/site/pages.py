"""What the site has beside the files of docs/; MkDocs calls the functions ``on_...``.

Made when the site is built, and never committed:

- the first page and those on benchmarks and notebooks, of the READMEs that git forges
  show: one text, two places;
- a page for every folder of docs/results: the command, its figures, its files;
- the reference, a page for every package that docs/api.md lists, from docstrings.

A link of a page to a file outside of docs/ leads to a copy of the file in the site.
"""

import json
import logging
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
READMES = {
    "README.md": "index.md",
    "benchmarks/README.md": "benchmarks.md",
    "notebooks/README.md": "notebooks.md",
}
HOME = ("Run", "What comes out", "What is true of the reports", "Studies")
"""The sections of the README that the first page has; the rest has pages of its own."""

_LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#:]+)(?=[)#])")
_ENTRY = re.compile(r"^- `(?P<name>\w+)`:", re.MULTILINE)
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\ssrc=\"?(?:https?:)?//[^>]*>"
    r"|<link\b(?=[^>]*rel=\"?(?:stylesheet|preload|preconnect|icon))"
    r"[^>]*href=\"?(?:https?:)?//[^>]*>"
)
_log = logging.getLogger("mkdocs.plugins.seqjax")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the files that pages link to."""
    made = {site: _readme(source) for source, site in READMES.items()}
    made |= _reference()
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    for uri, text in _results():
        page = File.generated(config, uri, content=text)
        page.inclusion = InclusionLevel.NOT_IN_NAV
        files.append(page)
    for path in sorted(_outside(files)):
        copy = File.generated(config, f"source/{path}", abs_src_path=str(ROOT / path))
        files.append(copy)
    named = set(_named(config.nav))
    config.nav = [_in_nav(entry, files, named) for entry in config.nav or []]
    config.nav = [entry for entry in config.nav if entry]
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Have every link to a file of the repository lead to where the site has it."""
    uri = page.file.src_uri
    if page.parent is None:
        page.meta["hide"] = ["navigation"]  # it would list this page alone
    if uri == "api.md":
        markdown = _linked(markdown)

    def moved(match: re.Match[str]) -> str:
        target = _in_site(_in_repository(uri, match["target"]))
        if target is None or files.get_file_from_path(target) is None:
            return match["target"]  # MkDocs will say that it is not there
        return posixpath.relpath(target, posixpath.dirname(uri) or ".")

    return _LINK.sub(moved, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Warn of whatever a browser would fetch from elsewhere."""
    for found in _FETCHED.findall(output):
        _log.warning("%s asks for something from outside: %s", page.file.src_uri, found)
    return output


def _readme(source: str) -> str:
    """The text of a README; of the first, what belongs on the first page."""
    text = (ROOT / source).read_text(encoding="utf-8")
    if source != "README.md":
        return text
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    by_name = {section[3:].partition("\n")[0]: section for section in sections}
    return "".join([head, *(by_name[name] for name in HOME)])


def _results() -> Iterator[tuple[str, str]]:
    """A page for every folder of results."""
    folders = sorted(
        path for path in (ROOT / "docs/results").iterdir() if path.is_dir()
    )
    for folder in folders:
        files = sorted(path.name for path in folder.iterdir())
        lines = [f"# Results: {folder.name}\n"]
        if "config.json" in files:
            header = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            lines += [f"```sh\n{header['command_line']}\n```\n"]
        lines += [f"- [{name}]({name})" for name in files]
        for name in files:
            if name.endswith(".png"):
                title = name.removesuffix(".png").replace("_", " ").capitalize()
                lines += [f"\n## {title}\n", f"![{title}]({name})"]
        yield f"results/{folder.name}/index.md", "\n".join(lines) + "\n"


def _modules() -> Iterator[tuple[str, str, list[str]]]:
    """Every package in docs/api.md, its purpose, and its public names."""
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, rest = section.partition("\n")
        purpose = rest.strip().partition("\n")[0]
        yield heading.strip("`"), purpose, _ENTRY.findall(rest)


def _reference() -> dict[str, str]:
    """A page for every package: its docstring, and that of every public name."""
    pages = {}
    for module, _, names in _modules():
        directives = [f"# {module}\n\n::: {module}\n    options: {_HEAD}\n"]
        directives += [f"::: {module}.{name}\n" for name in names]
        pages[_page_of(module)] = "\n".join(directives)
    return pages


_HEAD = "{members: false, show_root_heading: false}"


def _page_of(module: str) -> str:
    return f"api/{module.removeprefix('seqjax.')}.md"


def _linked(markdown: str) -> str:
    """docs/api.md with a link from every name to its place in the reference."""
    sections = re.split(r"^(?=## )", markdown, flags=re.MULTILINE)
    for number, (module, _, _) in enumerate(_modules(), start=1):
        place = rf"- [`\g<name>`]({_page_of(module)}#{module}.\g<name>):"
        sections[number] = _ENTRY.sub(place, sections[number])
    return "".join(sections)


def _named(nav: object) -> Iterator[str]:
    """The pages that the navigation names one by one."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict | list):
        for each in nav.values() if isinstance(nav, dict) else nav:
            yield from _named(each)


def _in_nav(entry: object, files: Files, named: set[str]) -> object:
    """An entry of the navigation, with the pages of a folder in place of its name.

    Pages that are named elsewhere stand there alone.
    """
    if not isinstance(entry, dict):
        return entry
    ((title, value),) = entry.items()
    if not (isinstance(value, str) and value.endswith("/")):
        return entry
    uris = sorted(file.src_uri for file in files.documentation_pages())
    found = [uri for uri in uris if uri.startswith(value) and uri not in named]
    found.sort(key=lambda uri: not uri.endswith("/index.md"))
    if value == "api/":
        core = [uri for uri in found if uri.startswith("api/core.")]
        others = [uri for uri in found if uri not in core]
        found = ["api.md", *others, {"seqjax.core": core}]
    return {title: found} if found else None


def _in_repository(uri: str, target: str) -> str:
    """The path, from the root of the repository, of what a page links to."""
    source = {site: readme for readme, site in READMES.items()}.get(uri, f"docs/{uri}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _in_site(path: str) -> str | None:
    """Where the site has a file or folder of the repository."""
    if path in READMES:
        return READMES[path]
    if path.startswith("docs/"):
        uri = path.removeprefix("docs/")
        return f"{uri}/index.md" if (ROOT / path).is_dir() else uri
    return f"source/{path}"


def _outside(files: Files) -> set[str]:
    """Files of the repository outside docs/ that a page links to."""
    found = set()
    for file in files.documentation_pages():
        for match in _LINK.finditer(file.content_string):
            path = _in_repository(file.src_uri, match["target"])
            inside = path.startswith(("docs/", "../")) or path in READMES
            if not inside and (ROOT / path).is_file():
                found.add(path)
    return found
