"""`seqjax.fit` beside a plain loop of Flax over seeds, each from its start to its end.

    python benchmarks/fit.py [--seeds 10] [--steps 500]

Both train the same network of Flax's own (`nnx.RNN` over `OptimizedLSTMCell`, and a
linear map) on the same sequences, from the same initial weights on the same batches, by
the same optimiser of optax. Their losses on the test set must agree to rounding.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.harness import report
from benchmarks.harness.programs import run

OURS, PLAIN = "seqjax.fit", "a loop of Flax"
TOLERANCE = 0.02
RATE = 3e-3


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("many seeds of one network, process by process", rounds=3)
    parser.add_argument("--seeds", type=report.positive, default=10)
    parser.add_argument("--steps", type=report.positive, default=500)
    parser.add_argument("--length", type=report.positive, default=20)
    parser.add_argument("--batch-size", type=report.positive, default=32)
    parser.add_argument("--hidden-size", type=report.positive, default=64)
    parser.add_argument("--part", choices=("ours", "plain"), help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.seeds, chosen.steps, chosen.length = 2, 3, 4
        chosen.batch_size, chosen.hidden_size, chosen.rounds = 4, 5, 1
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Take turns; 1 if the losses do not agree."""
    chosen = options(arguments)
    if chosen.part:
        program = {"ours": ours, "plain": plain}[chosen.part]
        chosen.to.write_text(json.dumps(program(chosen)))
        return 0
    seconds: dict[str, list[float]] = {OURS: [], PLAIN: []}
    losses: dict[str, list[float]] = {}
    for turn in range(chosen.rounds):
        for name in (OURS, PLAIN) if turn % 2 == 0 else (PLAIN, OURS):
            before = time.perf_counter()
            losses[name] = part(chosen, "ours" if name == OURS else "plain")
            seconds[name].append(time.perf_counter() - before)
    ratio = np.median(np.array(seconds[PLAIN]) / np.array(seconds[OURS]))
    for name, taken in seconds.items():
        loss = np.mean(losses[name])
        print(f"{name:15} {np.median(taken):7.1f} s, mean test loss {loss:.4f}")
    print(f"{PLAIN} takes {ratio:.1f} times as long")
    report.write(
        chosen.json,
        {
            "benchmark": "fit",
            "options": {k: str(v) for k, v in vars(chosen).items() if k != "json"},
            "seconds": seconds,
            "losses": losses,
            "ratio": float(ratio),
        },
    )
    apart = not np.allclose(losses[OURS], losses[PLAIN], rtol=TOLERANCE)
    if apart:
        print("their losses disagree", file=sys.stderr)
    return int(apart)


def part(chosen: argparse.Namespace, name: str) -> list[float]:
    """Run one of the two as a process: its losses on the test set."""
    names = ("seeds", "steps", "length", "batch_size", "hidden_size")
    words = [
        word
        for each in names
        for word in ("--" + each.replace("_", "-"), str(getattr(chosen, each)))
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "losses.json"
        run(["-m", "benchmarks.fit", "--part", name, "--to", str(file), *words])
        found: list[float] = json.loads(file.read_text())
    return found


def examples(chosen: argparse.Namespace) -> tuple[Any, Any]:
    """Sequences with the sum of their first half for a target; and others to test."""
    draw = np.random.default_rng(0)
    parts = []
    for count in (2000, 500):
        x = draw.normal(size=(count, chosen.length, 4)).astype(np.float32)
        parts.append((x, x[:, : -(-chosen.length // 2), 0].sum(axis=1, keepdims=True)))
    return parts[0], parts[1]


def network(hidden_size: int, rngs: Any) -> Any:
    """The network of both."""
    from flax import nnx

    class Network(nnx.Module):
        def __init__(self) -> None:
            cell = nnx.OptimizedLSTMCell(4, hidden_size, rngs=rngs)
            self.rnn = nnx.RNN(cell)
            self.out = nnx.Linear(hidden_size, 1, rngs=rngs)

        def __call__(self, x: Any) -> Any:
            return self.out(self.rnn(x)[:, -1])

    return Network()


def ours(chosen: argparse.Namespace) -> list[float]:
    """Ten lines with `seqjax.fit`."""
    import optax

    import seqjax
    from seqjax import study

    train, test = examples(chosen)
    found = seqjax.fit(
        lambda rngs: network(chosen.hidden_size, rngs),
        train,
        test=test,
        loss=study.squared_error,
        optimizer=optax.adam(RATE),
        steps=chosen.steps,
        batch_size=chosen.batch_size,
        seeds=chosen.seeds,
    )
    losses: list[float] = found.losses.tolist()
    return losses


def plain(chosen: argparse.Namespace) -> list[float]:
    """As Flax's own pages write it, seed after seed."""
    import jax
    import jax.numpy as jnp
    import optax
    from flax import nnx

    from seqjax.core.keys import named_keys, seed_keys

    (x, y), (unseen, answers) = examples(chosen)
    x, y = jnp.asarray(x), jnp.asarray(y)

    def loss_of(model: Any, x: Any, y: Any) -> Any:
        return ((model(x) - y) ** 2).mean()

    @nnx.jit
    def step(model: Any, optimizer: Any, key: Any, number: Any) -> None:
        key = jax.random.fold_in(key, number)
        chosen_ones = jax.random.randint(key, (chosen.batch_size,), 0, len(x))
        grads = nnx.grad(loss_of)(model, x[chosen_ones], y[chosen_ones])
        optimizer.update(model, grads)

    test = nnx.jit(loss_of)
    losses = []
    for seed in range(chosen.seeds):
        # The same streams as those of `fit`, that the two can be compared.
        keys = named_keys(seed_keys([seed])[0], ("params", "batches"))
        model = network(chosen.hidden_size, nnx.Rngs(keys["params"]))
        optimizer = nnx.Optimizer(model, optax.adam(RATE), wrt=nnx.Param)
        for number in range(chosen.steps):
            step(model, optimizer, keys["batches"], number)
        losses.append(float(test(model, unseen, answers)))
    return losses


if __name__ == "__main__":
    sys.exit(main())
