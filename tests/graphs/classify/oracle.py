"""The protocol once more, with dense matrices in float64 NumPy and slopes by hand."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.lab.data.graph_data import GraphData
from tests.core.graphs.graphs import terms_of


def propagation(model: str, graph: GraphData) -> list[np.ndarray]:
    """What multiplies X W_0, X W_1, ..., dense."""
    return terms_of(model, graph.edges, graph.num_nodes)


def features(graph: GraphData) -> np.ndarray:
    """Rows that sum to 1, or are 0."""
    if graph.features is None:
        return np.eye(graph.num_nodes)
    given: Any = graph.features
    x = np.asarray(given.todense(), np.float64)
    sums = x.sum(1, keepdims=True)
    return np.where(sums > 0, x / np.where(sums > 0, sums, 1), 0)


def forward(
    powers: list[np.ndarray], x: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden units and logits of all nodes."""
    hidden = sum(p @ x @ w for p, w in zip(powers, first, strict=True))
    hidden = np.maximum(np.asarray(hidden), 0)
    logits = sum(p @ hidden @ w for p, w in zip(powers, second, strict=True))
    return hidden, np.asarray(logits)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))


class Trained(NamedTuple):
    """What `train` finds."""

    losses: list[float]
    validation_losses: list[float]
    accuracies: list[float]
    weights: list[np.ndarray]
    early: bool


def train(
    powers: list[np.ndarray],
    x: np.ndarray,
    labels: np.ndarray,
    split: Any,
    weights: list[np.ndarray],
    *,
    epochs: int,
    rate: float,
    decay: float,
    window: int,
) -> Trained:
    """Full-batch training without dropout, with Adam as TensorFlow 1 has it."""
    weights = [np.array(w, np.float64) for w in weights]
    m, v = ([np.zeros_like(w) for w in weights] for _ in range(2))
    found = Trained([], [], [], weights, False)
    one_hot = np.eye(weights[1].shape[-1])

    def cost(nodes: np.ndarray) -> tuple[float, float]:
        logits = forward(powers, x, *weights)[1][nodes]
        entropy = -log_softmax(logits)[np.arange(len(nodes)), labels[nodes]].mean()
        right = float(np.mean(logits.argmax(1) == labels[nodes]))
        return float(entropy + decay / 2 * np.sum(weights[0] ** 2)), right

    for epoch in range(epochs):
        hidden, logits = forward(powers, x, *weights)
        found.losses.append(cost(split.train)[0])
        bar = np.zeros_like(logits)
        p = np.exp(log_softmax(logits[split.train]))
        bar[split.train] = (p - one_hot[labels[split.train]]) / len(split.train)
        second = np.stack([(p @ hidden).T @ bar for p in powers])
        back = sum(p.T @ bar @ w.T for p, w in zip(powers, weights[1], strict=True))
        back = np.asarray(back) * (hidden > 0)
        first = np.stack([(p @ x).T @ back for p in powers]) + decay * weights[0]
        t = epoch + 1
        step = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for i, gradient in enumerate((first, second)):
            m[i] = 0.9 * m[i] + 0.1 * gradient
            v[i] = 0.999 * v[i] + 0.001 * gradient**2
            weights[i] -= step * m[i] / (np.sqrt(v[i]) + 1e-8)
        loss, right = cost(split.validation)
        found.validation_losses.append(loss)
        found.accuracies.append(right)
        past = found.validation_losses
        # Word for word: epoch > W and cost[-1] > mean(cost[-(W + 1):-1]).
        if window and epoch > window and loss > np.mean(past[-(window + 1) : -1]):
            return found._replace(early=True)
    return found
