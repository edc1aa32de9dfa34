"""The table of samples: what a model wrote at which step, temperature and length."""

import html
from collections.abc import Mapping
from typing import NamedTuple

from seqjax.charlm.config import Config
from seqjax.charlm.summary import subject
from seqjax.charlm.training import BLOCK
from seqjax.lab.study import Results


class Sample(NamedTuple):
    """One text.

    Attributes:
        step: After so many updates.
        temperature: That it was drawn at; 0 is greedy.
        length: Characters (or bytes) asked for.
        text: What was written.
    """

    step: int
    temperature: float
    length: int
    text: str


def samples_of(results: Results) -> list[Sample]:
    """All samples, in the order in which they were written."""
    columns = [results.history[f"{BLOCK}/sample_{name}"] for name in Sample._fields]
    return [
        Sample(int(step), float(temperature), int(length), str(text))
        for step, temperature, length, text in zip(*columns, strict=True)
    ]


def chosen_samples(results: Results) -> list[Sample]:
    """The longest of each step and temperature."""
    samples = samples_of(results)
    longest = max((sample.length for sample in samples), default=0)
    return [sample for sample in samples if sample.length == longest]


def shown(text: str) -> str:
    """A text on one line: line breaks as a sign, other controls escaped."""
    return "".join(
        "\u23ce"
        if character == "\n"
        else character
        if character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text
    )


def texts(config: Config, results: Results) -> Mapping[str, str]:
    """The table of all samples, as plain text and as a page."""
    samples = samples_of(results)
    return {"samples.txt": _plain(samples), "samples.html": _page(config, samples)}


def _plain(samples: list[Sample]) -> str:
    lines = ["updates\ttemperature\tlength\ttext"]
    for sample in samples:
        head = f"{sample.step}\t{sample.temperature:g}\t{sample.length}"
        lines.append(f"{head}\t{shown(sample.text)}")
    return "\n".join(lines) + "\n"


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem; }
thead th { border-bottom: 2px solid #000; }
tbody tr { border-bottom: 1px solid #ccc; }
tbody tr.first { border-top: 2px solid #000; }
td.text { font-family: ui-monospace, monospace; white-space: pre-wrap; }
"""


def _page(config: Config, samples: list[Sample]) -> str:
    """A row per step and length, a column per temperature."""
    temperatures = sorted({sample.temperature for sample in samples})
    cells = {(s.step, s.length, s.temperature): s.text for s in samples}
    name = html.escape(subject(config))
    head = "".join(
        f"<th>temperature {temperature:g}{' (greedy)' if not temperature else ''}</th>"
        for temperature in temperatures
    )
    rows, before = [], None
    for step, length in dict.fromkeys((s.step, s.length) for s in samples):
        texts = "".join(
            f'<td class="text">{html.escape(cells.get((step, length, t), ""))}</td>'
            for t in temperatures
        )
        first = ' class="first"' if step != before else ""
        rows.append(f"<tr{first}><td>{step}</td><td>{length}</td>{texts}</tr>")
        before = step
    body = "\n".join(rows)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Samples: {name}</title>
<style>{_STYLE}</style>
<h1>What {html.escape(config.cell.upper())} wrote while it learnt {name}</h1>
<p>Each text begins with a random character and has the length given.</p>
<table>
<thead><tr><th>updates</th><th>length</th>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</html>
"""
