"""How those who came before trained their language models, and what is best here."""

from collections.abc import Mapping
from typing import Any

# What is stated by each; what it leaves out is the course's. None says how the weights
# begin but char-rnn: evenly within 0.08, which is torch's own range at 128 units.
PRESETS: dict[str, dict[str, Any]] = {
    "course": {},
    # After Anna Karenina and other books had been learnt by the same defaults.
    # It says "dropout and a diminishing learning rate" without a number: they are
    # report 003's, who trained the same network on a text of that kind.
    "report-002": {
        "dropout": 0.05,
        "schedule": "step",
        "steps": 100_000,
        "sample_steps": (0, 1000, 5000, 10_000, 50_000),
    },
    "report-003": {
        "dropout": 0.05,
        "schedule": "step",
        "steps": 500_000,
        "sample_steps": (
            *range(0, 50_001, 10_000),
            100_000,
            200_000,
            500_000,
        ),
    },
    # Karpathy's defaults (2015); its gradient is clipped element by element, ours by
    # its norm.
    "char-rnn": {
        "optimizer": "rmsprop",
        "optimizer_flavor": "char-rnn",
        "window": 50,
        "batch_size": 50,
        "carried": True,
        "forget_bias": "one",
        "schedule": "step",
        "decay": 0.97,
        "decay_every": 1.0,
        "decay_after": 10.0,
        "decay_unit": "epochs",
        "epochs": 50.0,
    },
    "strong": {
        "minutes": 10.0,
        "window": 64,
        "batch_size": 32,
        "carried": True,
        "reset": 0.02,
        "forget_bias": "one",
        "schedule": "cosine",
        "warmup": 50,
    },
}

STRONG_SIZES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.0, {"layers": 1, "hidden_size": 256, "learning_rate": 5e-3}),
    (8.0, {"layers": 1, "hidden_size": 384, "learning_rate": 4e-3}),
    (
        30.0,
        {"layers": 2, "hidden_size": 384, "learning_rate": 3e-3, "dropout": 0.2},
    ),
)
"""From how many minutes on two cores a larger network ends lower than a smaller one,
which by then goes through its text so often that it learns it by heart."""


def preset_settings(preset: str, explicit: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a preset, which depend on the time that there is.

    Args:
        preset: one of `PRESETS`.
        explicit: options given, of which the minutes count.
    """
    settings = dict(PRESETS[preset])
    if preset == "strong":
        minutes = explicit.get("minutes", settings["minutes"])
        smallest, *larger = STRONG_SIZES
        settings |= smallest[1]
        for least, size in larger:
            if minutes >= least:
                settings |= size
    return settings
