"""Finished runs for the report page: their files, written by hand."""

import json
from pathlib import Path
from typing import Any

NASTY = "</script><script>alert('&amp;')</script><!-- \"quoted\" &lt; \u2028"
"""What a page must show as it is, and never obey."""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
    "<!-- accuracy --><!-- 10 --><!-- loss &amp; more -->"
    '<rect width="40" height="20" fill="#0072B2"/></svg>'
)

RESULTS = """\
block,cell,seed,accuracy,solved_step
a,rnn,0,0.5,
a,rnn,1,1e-05,7
b,"l,s""tm",0,nan,10
b,lstm,1,-2.0,9
"""


def header(**more: Any) -> dict[str, Any]:
    """Content of ``config.json``."""
    return {
        "schema": 1,
        "study": "palindrome",
        "config": {"seeds": 2, "lengths": [5, 10], "clip_norm": "inf", "text": NASTY},
        "command_line": "python -m seqjax.palindrome --seeds 2",
        "history_axes": {},
        **more,
    }


def summary(**more: Any) -> dict[str, Any]:
    """Content of ``summary.json``."""
    estimate = {"value": 0.93456, "low": 0.9, "high": 0.95, "confidence": 0.95, "n": 2}
    return {
        "chance_accuracy": 0.1,
        "settings": [
            {"accuracy": estimate, "cell": "lstm", "length": 10},
            {"accuracy": {**estimate, "value": None}, "cell": "rnn", "length": 5},
        ],
        "claims": [{"claim": "it <b>learns</b>", "verdict": "holds", "seeds": 2}],
        **more,
    }


def make_run(path: Path, **files: Any) -> Path:
    """A finished run, with a figure and two texts.

    Args:
        path: its folder.
        files: texts, or values for JSON, in place of the usual ones, by the stems of
            their names; None leaves one out.
    """
    content = {
        "config.json": header(),
        "environment.json": {"versions": {"jax": "0.10.2"}, "host": {"cpu": "abacus"}},
        "summary.json": summary(),
        "results.csv": RESULTS,
        "figures/a_curve.svg": SVG,
        "texts/samples.txt": f"updates\ttext\n10\t{NASTY[:-1]}\n9\tthe the\n",
        "texts/plain.txt": f"{NASTY}\n no table",
    }
    stems = {name.rpartition("/")[2].partition(".")[0]: name for name in content}
    for stem, value in files.items():
        content[stems[stem]] = value
    for name, value in content.items():
        if value is None:
            continue
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else json.dumps(value)
        file.write_text(text, encoding="utf-8", newline="")
    return path
