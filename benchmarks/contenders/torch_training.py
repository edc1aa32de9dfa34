"""Training in torch: a loop over updates in Python, seeds one after another."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contenders import torch_cells, torch_layers
from benchmarks.contenders.problem import RATE, Problem
from benchmarks.harness.workers import Contender

State = Mapping[str, Tensor]


def loop(problem: Problem, device: str = "cpu") -> Contender:
    """The cell as the reports write it, see `torch_cells`."""

    def make() -> nn.Module:
        return torch_cells.CELLS[problem.cell](problem.hidden)

    return _contender(
        problem, make, torch_cells.to_torch, torch_cells.from_torch, device
    )


def layer(problem: Problem, device: str = "cpu", tf32: bool = True) -> Contender:
    """`torch.nn.RNN`, `LSTM` or `GRU`; cuDNN's on a GPU, with TF32 or without."""
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cuda.matmul.allow_tf32 = tf32

    def make() -> nn.Module:
        return torch_layers.Network(problem.cell, problem.hidden)

    return _contender(
        problem, make, torch_layers.to_torch, torch_layers.from_torch, device
    )


def update(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    xs: Tensor,
    targets: Tensor,
    clip: float,
) -> None:
    """One training step, as every torch tutorial has it."""
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(xs), targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()


def _contender(
    problem: Problem,
    make: Callable[[], nn.Module],
    to_torch: Callable[[str, Mapping[str, np.ndarray]], State],
    from_torch: Callable[[str, State], dict[str, np.ndarray]],
    device: str,
) -> Contender:
    start = problem.params()
    states = [
        to_torch(problem.cell, {name: leaf[seed] for name, leaf in start.items()})
        for seed in range(problem.seeds)
    ]
    models = [make().to(device) for _ in states]
    digits, classes = problem.data()
    xs = torch.from_numpy(digits).to(device)
    targets = torch.from_numpy(classes).long().to(device)

    def run(repeats: int) -> None:
        for model, state in zip(models, states, strict=True):
            model.load_state_dict(state)
            optimizer = torch.optim.RMSprop(model.parameters(), lr=RATE)
            for _ in range(repeats):
                update(model, optimizer, xs, targets, problem.clip)
        if device != "cpu":
            torch.cuda.synchronize()

    def result() -> dict[str, np.ndarray]:
        ends = [from_torch(problem.cell, model.state_dict()) for model in models]
        stacked = {name: np.stack([end[name] for end in ends]) for name in ends[0]}
        return problem.change(stacked)

    return Contender(run, result)
