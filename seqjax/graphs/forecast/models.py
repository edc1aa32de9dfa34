"""The contenders and the controls by name."""

from typing import NamedTuple


class Kind(NamedTuple):
    """What a model is made of.

    Attributes:
        cell: that remembers, or None.
        encoder: whether the first layer is on the graph.
        readout: whether the last one is.
        title: in a few words.
    """

    cell: str | None
    encoder: bool
    readout: bool
    title: str


CONTENDERS = {
    "gc-gru": Kind("gru", True, False, "GRU of graph convolutions"),
    "gc-lstm": Kind("lstm", True, False, "LSTM of graph convolutions"),
    "lstm-gcn": Kind("lstm", False, True, "LSTM per node, then a graph convolution"),
}
"""Graph and memory."""

TRAINED_CONTROLS = {
    "lstm": Kind("lstm", False, False, "LSTM per node: no graph"),
    "gru": Kind("gru", False, False, "GRU per node: no graph"),
    "gcn": Kind(None, True, True, "two graph convolutions: no memory"),
}
"""Without the one or the other."""

SHUFFLED = "shuffled"
"""The first contender, for which time is shuffled."""

REFERENCES = {
    "persistence": "the last value again",
    "mean": "the mean of the training part",
}
"""What needs no training."""

CONTROLS = (*REFERENCES, *TRAINED_CONTROLS, SHUFFLED)


def kind_of(model: str, contenders: tuple[str, ...]) -> Kind:
    """What a trained model is made of.

    Args:
        model: of the study, not a reference.
        contenders: of the study; the first is the one that is shuffled.
    """
    if model == SHUFFLED:
        kind = CONTENDERS[contenders[0]]
        return kind._replace(title=f"{contenders[0]}, time shuffled")
    return (CONTENDERS | TRAINED_CONTROLS)[model]


def title(model: str, contenders: tuple[str, ...]) -> str:
    """A model in a few words; arguments as those of `kind_of`, or a reference."""
    return REFERENCES.get(model) or kind_of(model, contenders).title
