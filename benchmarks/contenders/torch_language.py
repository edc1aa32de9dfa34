"""Language models in torch: `nn.LSTM`, trained and sampled as the reports do."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contenders.language import (
    RATE,
    SHOWN,
    TEMPERATURE,
    Language,
    shown,
)
from benchmarks.harness.workers import Contender

State = tuple[Tensor, Tensor] | None

TORCH_NAMES = {"w_x": "weight_ih", "w_h": "weight_hh", "b": "bias_ih"}
"""Of a layer's parameters."""


class Network(nn.Module):
    """One-hot vectors or an embedding, `nn.LSTM`, and a linear layer.

    torch adds two biases where the equations have one. Adam would move their sum twice
    as far, so the second one stays at zero.
    """

    def __init__(self, problem: Language) -> None:
        super().__init__()
        self.vocab = problem.vocab
        self.embedding: nn.Embedding | None = None
        if problem.embedding:
            self.embedding = nn.Embedding(problem.vocab, problem.embedding)
        self.layers = nn.LSTM(
            problem.embedding or problem.vocab,
            problem.hidden,
            problem.layers,
            dropout=problem.dropout,
        )
        self.projection = nn.Linear(problem.hidden, problem.vocab)
        for layer in range(problem.layers):
            getattr(self.layers, f"bias_hh_l{layer}").requires_grad_(False)

    def forward(self, characters: Tensor, state: State = None) -> tuple[Tensor, Any]:
        """Logits (time, batch, vocab) after each of the characters (time, batch)."""
        if self.embedding is None:
            xs = nn.functional.one_hot(characters, self.vocab).float()
        else:
            xs = self.embedding(characters)
        ys, state = self.layers(xs, state)
        return self.projection(ys), state


def to_torch(params: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """A state dictionary from `Language.params` of one model."""
    own: dict[str, np.ndarray] = {}
    for name, value in params.items():
        part, *rest = name.split(".")
        if part == "embedding":
            own["embedding.weight"] = value
        elif part == "projection":
            own["projection." + {"w": "weight", "b": "bias"}[rest[0]]] = value.T
        else:
            layer, kind = rest
            suffix = layer.replace("layer_", "l")
            own[f"layers.{TORCH_NAMES[kind]}_{suffix}"] = value.T
            if kind == "b":
                own[f"layers.bias_hh_{suffix}"] = np.zeros_like(value)
    return {name: torch.tensor(value) for name, value in own.items()}


def from_torch(state: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Back from a state dictionary to seqjax's names."""
    own: dict[str, np.ndarray] = {}
    for name, value in state.items():
        array = value.detach().numpy()
        part, rest = name.split(".")
        if part == "embedding":
            own["embedding"] = array
        elif part == "projection":
            own["projection." + {"weight": "w", "bias": "b"}[rest]] = array.T
        else:
            kind, _, layer = rest.rpartition("_l")
            ours = {theirs: name for name, theirs in TORCH_NAMES.items()}
            if kind in ours:
                own[f"recurrent.layer_{layer}.{ours[kind]}"] = array.T
    return own


def model_of(problem: Language) -> Network:
    """The first seed's model."""
    model = Network(problem)
    first = {name: leaf[0] for name, leaf in problem.params().items()}
    model.load_state_dict(to_torch(first))
    return model


def training(problem: Language, starts: np.ndarray) -> Contender:
    """Updates of the first seed: windows cut from the text, loss, Adam."""
    model = Network(problem)
    begin = model_of(problem).state_dict()
    text = torch.from_numpy(problem.text()).long()
    places = torch.from_numpy(starts).long()
    steps = torch.arange(problem.window + 1)[:, None]

    def run(repeats: int) -> None:
        model.load_state_dict(begin)
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        state: State = None
        for begins in places[:repeats]:
            window = text[begins + steps]
            optimizer.zero_grad()
            logits, (h, c) = model(window[:-1], state)
            loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), window[1:].flatten()
            )
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), problem.clip)
            optimizer.step()
            if problem.carried:
                state = h.detach(), c.detach()

    def result() -> dict[str, np.ndarray]:
        ends = from_torch(model.state_dict())
        return problem._replace(seeds=1).change(
            {name: end[None] for name, end in ends.items()}
        )

    return Contender(run, result)


def sampling(problem: Language, characters: int, threads: int | None) -> Contender:
    """One text, character by character, as every one of the reports writes it.

    Args:
        problem: the model.
        characters: of a text.
        threads: of torch; None: as many as it likes.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    model = model_of(problem).eval()

    def write(prompt: list[int], number: int, temperature: float) -> list[int]:
        state: State = None
        for character in prompt:
            logits, state = model(torch.tensor([[character]]), state)
        text = []
        for _ in range(number):
            if temperature:
                shares = torch.softmax(logits[-1] / temperature, dim=-1)
                drawn = torch.multinomial(shares, 1)
            else:
                drawn = logits[-1].argmax(dim=-1, keepdim=True)
            text.append(int(drawn.item()))
            logits, state = model(drawn, state)
        return text

    def run(repeats: int) -> None:
        with torch.no_grad():
            for _ in range(repeats):
                write([0], characters, TEMPERATURE)

    def result() -> dict[str, np.ndarray]:
        with torch.no_grad():
            logits, _ = model(torch.tensor(problem.prompt())[:, None])
            return shown(logits[-1, 0].numpy(), write(problem.prompt(), SHOWN, 0))

    return Contender(run, result)
