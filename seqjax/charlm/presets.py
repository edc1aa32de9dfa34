"""How those who came before trained their language models, and what is best here."""

from typing import Any

# What is stated by each; what it leaves out is the course's. None says how the weights
# begin but char-rnn: evenly within 0.08, which is torch's own range at 128 units.
PRESETS: dict[str, dict[str, Any]] = {
    "course": {},
    # After Anna Karenina and other books had been learnt by the same defaults.
    "report-002": {"steps": 100_000, "sample_steps": (0, 1000, 5000, 10_000, 50_000)},
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
        "layers": 1,
        "hidden_size": 256,
        "learning_rate": 5e-3,
        "window": 64,
        "batch_size": 32,
        "carried": True,
        "reset": 0.02,
        "forget_bias": "one",
        "schedule": "cosine",
        "warmup": 50,
    },
}
