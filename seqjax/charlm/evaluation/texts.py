"""The samples of an evaluation to read, with what is verbatim in each of the worst."""

from collections.abc import Mapping

from seqjax.charlm.evaluation.card import Card, Longest
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.findings import findings
from seqjax.charlm.evaluation.rows import TEXT
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results

SHOWN = 5
"""Samples of each model and temperature."""

_LINE = "=" * 72


def texts(config: Config, results: Results) -> Mapping[str, str]:
    """Some samples of every temperature, each below its prompt and the longest run.

    Args:
        config: of the evaluation.
        results: its rows and arrays.
    """
    card = Card(config, results)
    parts = [" ".join(findings(card).said)]
    prompts = results.history[f"{TEXT}/prompts"]
    for one in card.longest():
        temperature = config.temperatures.index(one.temperature)
        samples = results.history[f"{one.name}/samples"][temperature]
        parts.append(f"{_LINE}\n{_head(one)}")
        parts += [
            f"--- {number}, after: {_quoted(str(prompt))}\n\n{text}"
            for number, (prompt, text) in enumerate(
                zip(prompts[:SHOWN], samples, strict=False), 1
            )
        ]
    return {"samples.txt": "\n\n".join(parts) + "\n"}


def _head(one: Longest) -> str:
    return (
        f"{one.name}, temperature {one.temperature:g}. The longest run of the training "
        f"text in {counted(one.samples, 'sample')} has {one.run} characters "
        f"({counted(one.times, 'time')} there, first found at {one.at}): "
        f"{_quoted(one.text)}"
    )


def _quoted(text: str) -> str:
    return repr(text)
