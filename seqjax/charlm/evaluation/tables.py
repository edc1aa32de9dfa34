"""What an evaluation prints: losses, quality of the samples, and what they recite."""

from collections.abc import Sequence

from seqjax.charlm.evaluation.card import Card
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.findings import findings
from seqjax.charlm.evaluation.memorising import beyond_chance
from seqjax.charlm.evaluation.structure import LABELS
from seqjax.charlm.evaluation.summary import LOSSES
from seqjax.core.statistics import Estimate
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table

HELD_OUT = "held-out text"
"""What the samples are held against."""


def tables(config: Config, results: Results) -> list[Table]:
    """Losses, quality, memorisation, and what follows for those who would share."""
    card = Card(config, results)
    return [_losses(card), _quality(card), _memorisation(card), _findings(card)]


def _losses(card: Card) -> Table:
    part = card.config.part
    body = []
    for name, where, state in (
        ("model, state carried", part, "carried"),
        ("model, state reset", part, "reset"),
        ("model on training text", "train", "carried"),
    ):
        found = [card.predicted(m, where, state) for m in (*LOSSES, "accuracy")]
        body.append([name, *(_text(one, "{:.3f}") for one in found)])
    losses = {name: card.baseline(name, "nats") or 0.0 for name in card.baselines()}
    for name in sorted(losses, key=losses.__getitem__):
        numbers = [card.baseline(name, m) for m in (*LOSSES, "accuracy")]
        body.append([name, *("" if n is None else f"{n:.3f}" for n in numbers)])
    pairs = {
        "the likeliest character": "calibration",
        "every character": "calibration_all",
    }
    errors = ", ".join(
        f"{what} {_calibration(card, name)}" for what, name in pairs.items()
    )
    seeds = "; 95 % intervals (Student) over seeds" if card.several else ""
    diverged = f" {card.diverged()} diverged." if card.diverged() else ""
    return Table(
        title=f"Prediction of the {part} part of {card.corpus}, "
        f"{card.held_out_characters} characters: {_models(card)}",
        columns=("", "nats", "bits per character", "perplexity", "accuracy"),
        rows=body,
        caption=(
            f"Per character{seeds}. Carried: the state goes on through the text; "
            f"reset: it is zero every {card.window} characters. Baselines learn from "
            f"the {card.train_characters} characters trained on, and know nothing else."
            f" Calibration error of {errors}.{diverged}"
        ),
    )


def _calibration(card: Card, name: str) -> str:
    error, chance = (
        card.predicted(f"{name}_{side}", card.config.part, "carried")
        for side in ("error", "chance")
    )
    if error is None or chance is None:
        return "unknown"
    return f"{error.value:.4f} (by chance {chance.value:.4f})"


def _quality(card: Card) -> Table:
    """Samples of every length and temperature, below held-out text of that length."""
    rates = [name for name in card.measures if name in LABELS]
    shown = ["words", "repeats", "ngram_nats", *rates]
    body = []
    for length in card.config.lengths:
        expected = [card.held_out(name, length) for name in shown]
        body.append([str(length), HELD_OUT, *_cells(expected)])
        for temperature in card.config.temperatures:
            found = [card.written(name, temperature, length) for name in shown]
            body.append([str(length), f"{temperature:g}", *_cells(found)])
    order = card.config.ngram_order
    return Table(
        title=f"Quality: {counted(card.config.samples, 'sample')} per temperature and "
        f"model, {card.kind}",
        columns=(
            "length",
            "temperature",
            "real words",
            "repeats itself",
            f"{order}-gram nats",
            *(LABELS[name] for name in rates),
        ),
        rows=body,
        caption=(
            "Real words: share of the words that the training text has. Repeats "
            "itself: share of a text's 16-grams that it had before. "
            f"{order}-gram nats: per character of the sample, by {order}-grams of the "
            "training text; less than in held-out text is duller, more is odder. "
            f"Samples: 95 % intervals (Student) over {card.unit}; held-out text: over "
            "its pieces (Clopper-Pearson where a share is 0 or 1)."
        ),
        left=2,
    )


def _memorisation(card: Card) -> Table:
    length = card.config.longest
    seen = [name for name in card.measures if name.startswith("seen_")]
    longest = card.longest()
    usual = longest[0]
    body = [
        [
            HELD_OUT,
            *_cells([card.held_out("run", length)], "{:.1f}"),
            str(usual.held_out),
            "",
            *_cells([card.held_out(name, length) for name in seen]),
        ]
    ]
    for temperature in card.config.temperatures:
        here = [one for one in longest if one.temperature == temperature]
        samples = sum(one.samples for one in here)
        body.append(
            [
                f"{temperature:g}",
                *_cells([card.written("run", temperature, length)], "{:.1f}"),
                str(max(one.run for one in here)),
                f"{sum(one.beyond for one in here)} of {samples}",
                *_cells([card.written(name, temperature, length) for name in seen]),
            ]
        )
    chance = beyond_chance(sum(o.samples for o in longest), usual.pieces)
    chance /= len(card.config.temperatures)
    return Table(
        title=f"Memorisation: samples of {length} characters",
        columns=(
            "temperature",
            "mean run",
            "longest run",
            "longer than held-out",
            *(f"{name[5:]}-grams known" for name in seen),
        ),
        rows=body,
        caption=(
            "Run: characters of a sample that are in the training text verbatim. "
            "Longer than held-out: samples with a longer run than any of "
            f"{counted(usual.pieces, 'piece')} of held-out text; {chance:.1f} by "
            "chance. Known: share of k-grams that are in the training text. 95 % "
            f"intervals (Student) over {card.unit}."
        ),
    )


def _findings(card: Card) -> Table:
    found = findings(card)
    return Table(
        title="Before it is shared" + (": WARNING" if found.warns else ""),
        columns=("what was found",),
        rows=[[sentence] for sentence in found.said],
    )


def _models(card: Card) -> str:
    return counted(len(card.config.names), "model")


def _cells(found: Sequence[Estimate | None], form: str = "{:.3f}") -> list[str]:
    return [_text(one, form) for one in found]


def _text(found: Estimate | None, form: str) -> str:
    return "-" if found is None else estimate_text(found, form)
