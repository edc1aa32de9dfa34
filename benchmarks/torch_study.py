"""The palindrome study as a torch program, the way the reports write theirs.

    python benchmarks/torch_study.py --seeds 10 --cells rnn lstm --lengths 5 10 15 20

One model after another: a cell with a matrix per gate in a Python loop over time,
batches by NumPy, torch's RMSProp, gradients clipped at 10; then a test on new strings.
Its batches are drawn as one array, which is faster than the course's data loader.
`study.py` times it beside `python -m seqjax.palindrome`.
"""

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import CLASSES, GATES, RATE

CLIP = 10.0


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for; the names are those of `seqjax.palindrome`."""
    parser = argparse.ArgumentParser(
        description="the palindrome study in torch",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--cells", nargs="+", choices=GATES, default=["rnn", "lstm"])
    parser.add_argument("--lengths", nargs="+", type=int, default=[5, 10, 15, 20])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--evaluation-size", type=int, default=4000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="accuracies, by seed")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes")
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.lengths, chosen.seeds, chosen.steps = [3], 1, 2
        chosen.batch_size, chosen.hidden_size, chosen.evaluation_size = 8, 8, 40
    return chosen


def palindromes(rng: np.random.Generator, length: int, count: int) -> np.ndarray:
    """Digits (length, count), each column a palindrome."""
    left = rng.integers(0, CLASSES, ((length + 1) // 2, count))
    return np.concatenate([left, left[: length // 2][::-1]])


def accuracy(chosen: argparse.Namespace, cell: str, length: int, seed: int) -> float:
    """Train one model; its accuracy on new strings."""
    import torch

    from benchmarks.contenders.torch_cells import CELLS
    from benchmarks.contenders.torch_training import update

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = CELLS[cell](chosen.hidden_size)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=RATE)

    def draw(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        digits = torch.from_numpy(palindromes(rng, length, count))
        return digits[:-1, :, None].float(), digits[-1]

    for _ in range(chosen.steps):
        update(model, optimizer, *draw(chosen.batch_size), CLIP)
    xs, targets = draw(chosen.evaluation_size)
    with torch.no_grad():
        found = model(xs).argmax(-1)
    return float((found == targets).float().mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train everything, print a line per cell and length."""
    chosen = options(arguments)
    if not importlib.util.find_spec("torch"):
        print("torch is not installed: there is nothing to run", file=sys.stderr)
        return
    results = []
    for cell in chosen.cells:
        for length in chosen.lengths:
            accuracies = [
                accuracy(chosen, cell, length, seed) for seed in range(chosen.seeds)
            ]
            print(f"{cell} T={length}: accuracy {np.mean(accuracies):.3f}", flush=True)
            results.append({"cell": cell, "length": length, "accuracy": accuracies})
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
