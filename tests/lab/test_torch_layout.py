"""Torch's layout, held against what torch's own modules answer."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.lab.run_directory.torch_layout import from_torch, to_torch
from seqjax.nn import LanguageNetwork

torch: Any = pytest.importorskip("torch", reason="torch is not installed")

VOCAB, HIDDEN, EMBEDDING = 7, 5, 3
KINDS = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}


def module(cell: str, embedding: int | None, layers: int = 2, **options: Any) -> Any:
    """A language model as one writes it in torch."""

    class Model(torch.nn.Module):  # type: ignore[misc]  # torch is Any here
        def __init__(self) -> None:
            super().__init__()
            if embedding is not None:
                self.embedding = torch.nn.Embedding(VOCAB, embedding)
            kind = getattr(torch.nn, KINDS[cell])
            self.rnn = kind(embedding or VOCAB, HIDDEN, layers, **options)
            self.linear = torch.nn.Linear(HIDDEN, VOCAB)

        def forward(self, text: Any) -> Any:
            if embedding is None:
                xs = torch.nn.functional.one_hot(text, VOCAB).float()
            else:
                xs = self.embedding(text)
            return self.linear(self.rnn(xs)[0])

    torch.manual_seed(0)
    return Model()


def answer(model: Any, text: Any) -> Any:
    with torch.no_grad():
        return model(torch.from_numpy(np.asarray(text, np.int64))).numpy()


def draw_text() -> Any:
    return np.random.default_rng(0).integers(0, VOCAB, size=(9, 4)).astype(np.int32)


def state_of(model: Any) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in model.state_dict().items()}


def logits(network: LanguageNetwork, params: Any, text: Any) -> Any:
    return jax.jit(lambda p: network.apply(p, jnp.asarray(text))[0])(params)


BOTH = pytest.mark.parametrize("embedding", [None, EMBEDDING], ids=["onehot", "learnt"])
CELL = pytest.mark.parametrize("cell", KINDS)


@BOTH
@CELL
def test_exported_weights_give_torchs_logits(cell: str, embedding: int | None) -> None:
    network = LanguageNetwork(cell, VOCAB, HIDDEN, embedding_size=embedding)
    shapes = jax.eval_shape(network.init, jax.random.key(0))
    rng = np.random.default_rng(1)
    # Biases too, the GRU's second one among them.
    params = jax.tree.map(
        lambda s: jnp.asarray(0.5 * rng.normal(size=s.shape), jnp.float32), shapes
    )
    state = to_torch(network, params)
    model, text = module(cell, embedding), draw_text()
    tensors = {name: torch.from_numpy(value.copy()) for name, value in state.items()}
    model.load_state_dict(tensors)  # strict: no name may be missing or unknown
    found = answer(model, text)
    np.testing.assert_allclose(found, logits(network, params, text), rtol=0, atol=1e-5)
    assert np.ptp(found) > 1
    back, numbers = from_torch(state)
    assert back == network
    jax.tree.map(np.testing.assert_array_equal, numbers, params)


@pytest.mark.parametrize(
    ("cell", "embedding", "bias"),
    [
        ("rnn", EMBEDDING, True),
        ("lstm", None, True),
        ("gru", EMBEDDING, True),
        ("lstm", EMBEDDING, False),
        ("gru", None, False),
    ],
)
def test_imported_weights_give_torchs_logits(
    cell: str, embedding: int | None, bias: bool
) -> None:
    model, text = module(cell, embedding, layers=2, bias=bias), draw_text()
    network, params = from_torch(state_of(model))
    assert network == LanguageNetwork(
        cell, VOCAB, HIDDEN, layers=2, embedding_size=embedding
    )
    found = logits(network, params, text)
    np.testing.assert_allclose(found, answer(model, text), rtol=0, atol=1e-5)


def test_names_are_the_modules_own() -> None:
    network = LanguageNetwork("rnn", VOCAB, HIDDEN, layers=1, embedding_size=EMBEDDING)
    state = state_of(module("rnn", EMBEDDING, layers=1))
    renamed = {
        name.replace("rnn.", "core.")
        .replace("linear", "head.out")
        .replace("embedding", "table"): value
        for name, value in state.items()
    }
    found, params = from_torch(renamed)
    assert found == network
    names = {"recurrent": "core.", "projection": "head.out.", "embedding": "table."}
    assert to_torch(network, params, **names).keys() == renamed.keys()


def without(name: str) -> dict[str, np.ndarray]:
    state = state_of(module("gru", None))
    del state[name]
    return state


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: {"linear.weight": np.zeros((2, 3))},
            "state must have one recurrent part, with a weight_ih_l0, not 0; "
            "give the state of a module with one nn.LSTM, GRU or RNN",
        ),
        (
            lambda: without("linear.bias"),
            "state must have one linear layer with a bias, not 0; "
            "give the state of a module that ends in one nn.Linear",
        ),
        (
            lambda: without("rnn.weight_hh_l1"),
            "state must hold rnn.weight_hh_l1, but does not; give a whole state",
        ),
        (
            lambda: state_of(module("lstm", None, proj_size=2)),
            "rnn.weight_hh_l0 must have 1, 3 or 4 times as many rows as columns, not "
            "shape (20, 2); give the state of an nn.RNN, nn.GRU or nn.LSTM without "
            "projections",
        ),
        (
            lambda: state_of(module("rnn", None, 1, bidirectional=True)),
            "state must hold recurrent layers in one direction, one embedding at most "
            "and one linear layer, but also has rnn.bias_hh_l0_reverse, "
            "rnn.bias_ih_l0_reverse, rnn.weight_hh_l0_reverse, "
            "rnn.weight_ih_l0_reverse; leave that out",
        ),
        (
            lambda: (
                state_of(module("rnn", None)) | {"linear.weight": np.zeros((VOCAB, 2))}
            ),
            "arrays must be the parameters of their network, but projection.w is "
            "float32[2, 7] instead of float32[5, 7]; give those of the same model",
        ),
    ],
)
def test_a_state_of_something_else_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match="must") as error:
        from_torch(make())
    assert str(error.value) == message
