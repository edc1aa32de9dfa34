"""The numbers of a card that are worth quoting."""

from typing import Any

from seqjax.charlm.evaluation.card import Card
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.estimates import estimate
from seqjax.charlm.evaluation.findings import LARGE_GAP, findings, limit
from seqjax.charlm.evaluation.memorising import beyond_chance, recites
from seqjax.core.statistics import Estimate
from seqjax.lab.study import Results

LOSSES = ("nats", "bits_per_character", "perplexity")


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: every number with its interval, chance beside it."""
    card = Card(config, results)
    found = findings(card)
    return {
        "corpus": card.corpus,
        "structure": card.kind,
        "train_characters": card.train_characters,
        "held_out_characters": card.held_out_characters,
        "part": config.part,
        "models": config.names,
        "weights": list(config.weights),
        "diverged": card.diverged(),
        "intervals_over": card.unit,
        "prediction": {
            name: _prediction(card, part, state)
            for name, part, state in (
                ("carried", config.part, "carried"),
                ("reset", config.part, "reset"),
                ("train", "train", "carried"),
            )
        },
        "baselines": {
            name: {m: card.baseline(name, m) for m in (*LOSSES, "accuracy")}
            for name in card.baselines()
        },
        "calibration": {
            name: {
                side: _plain(card.predicted(f"{name}_{side}", config.part, "carried"))
                for side in ("error", "chance")
            }
            for name in ("calibration", "calibration_all", "symbol")
        },
        "generalisation_gap": _gap(card),
        "samples": [
            {"temperature": temperature, "length": length}
            | {m: _plain(card.written(m, temperature, length)) for m in card.measures}
            for temperature in config.temperatures
            for length in config.lengths
        ],
        "held_out": [
            {"length": length}
            | {m: _plain(card.held_out(m, length)) for m in card.measures}
            for length in config.lengths
        ],
        "longest_runs": [
            one._asdict()
            | {
                "beyond_chance": beyond_chance(one.samples, one.pieces),
                "limit": limit(one),
                "recites": recites(one.run, one.held_out),
            }
            for one in card.longest()
        ],
        "recites": found.recites,
        "large_gap": found.large_gap,
        "findings": list(found.said),
    }


def _prediction(card: Card, part: str, state: str) -> dict[str, Any]:
    return {
        measure: _plain(card.predicted(measure, part, state))
        for measure in (*LOSSES, "accuracy")
    }


def _gap(card: Card) -> dict[str, Any]:
    gaps = [gap._asdict() for gap in card.gaps()]
    found = {name: estimate([gap[name] for gap in gaps]) for name in gaps[0]}
    return {name: _plain(one) for name, one in found.items()} | {"large": LARGE_GAP}


def _plain(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else found._asdict()
