"""The same training steps on a GPU, beside cuDNN; says so where there is none.

    python benchmarks/gpu.py [--inputs 20] [--seeds 1 10 100]

Takes the first GPU that the process may see. cuDNN comes by `torch.nn` and, for the
LSTM, by `jax.experimental.rnn`; neither can be mapped over seeds, so they train one
after another.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import recurrent_training
from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.ceiling import Ceiling
from benchmarks.harness.race import race
from benchmarks.harness.workers import CPU, Worker
from benchmarks.recurrent_training import OURS

CUDNN, TORCH = "cuDNN by JAX", "cuDNN by torch.nn"
PRECISIONS = ("float32", "tf32")

# RMSProp takes the sign of a gradient that is nearly zero: with eleven bits of the
# factors (TF32) many more turn than with all 24.
TOLERANCES = {"float32": 0.02, "tf32": 0.4}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("one RMSProp training step on a GPU")
    parser.add_argument("--cells", nargs="+", choices=GATES, default=list(GATES))
    parser.add_argument(
        "--inputs",
        nargs="+",
        type=report.positive,
        default=[10, 20, 50],
        help="steps in time",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=report.positive, default=[1, 10, 100]
    )
    parser.add_argument(
        "--peer-seeds",
        type=report.positive,
        default=10,
        help="most seeds that a peer trains; its time per seed stands for more",
    )
    parser.add_argument(
        "--precision",
        nargs="+",
        choices=PRECISIONS,
        default=list(PRECISIONS),
        help="of the factors of products",
    )
    parser.add_argument("--batch", type=report.positive, default=128)
    parser.add_argument("--hidden", type=report.positive, default=128)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.cells, chosen.inputs, chosen.seeds = ["lstm"], [3], [3]
        chosen.batch, chosen.hidden, chosen.peer_seeds, chosen.rounds = 8, 8, 2, 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Race every setting in every precision, where there is a GPU."""
    chosen = options(arguments)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    gpu = ask(
        visible,
        "import jax; d = jax.devices()[0];"
        "print(d.device_kind if jax.default_backend() == 'gpu' else '')",
    )
    if not gpu:
        print("no GPU that JAX can use: nothing to measure")
        return
    torch = report.has_torch() and (
        ask(visible, "import torch; print(torch.cuda.is_available())") == "True"
    )
    if not torch:
        print("torch cannot use the GPU: its rows are left out", file=sys.stderr)
    settings = []
    for precision in chosen.precision:
        print(f"\n# {gpu}, {precision}")
        settings += measure(chosen, precision, visible, torch)
    report.write(chosen.json, {"benchmark": "gpu", "gpu": gpu, "settings": settings})


def ask(visible: str, question: str) -> str:
    """What a Python process with that GPU prints; nothing where it fails.

    In a process of its own, since whoever looks at a GPU by JAX takes memory there.
    """
    done = subprocess.run(
        [sys.executable, "-c", question],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": visible},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def measure(
    chosen: argparse.Namespace, precision: str, visible: str, torch: bool
) -> list[dict[str, Any]]:
    """All settings in one precision."""
    tf32 = precision == "tf32"
    environment = {
        **CPU,
        "JAX_PLATFORMS": None,
        "CUDA_VISIBLE_DEVICES": visible,
        # Several processes share the GPU's memory.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "JAX_DEFAULT_MATMUL_PRECISION": "tensorfloat32" if tf32 else "highest",
    }
    peers: dict[str, tuple[Any, ...]] = {
        "JAX scan, vmap": ("plain_jax:training", "scan", "vmap"),
        CUDNN: ("cudnn:training", tf32),
        **({TORCH: ("torch_training:layer", "cuda", tf32)} if torch else {}),
    }
    settings = []
    with contextlib.ExitStack() as stack:
        ceiling = Ceiling(
            64 if chosen.smoke else 8192,
            devices=1,
            environment=environment,
            torch=torch,
            device="cuda",
            tf32=tf32,
        )
        stack.callback(ceiling.close)
        workers = {
            name: stack.enter_context(Worker(name, environment))
            for name in (OURS, *peers)
        }
        for cell in chosen.cells:
            able = {
                n: build for n, build in peers.items() if n != CUDNN or cell == "lstm"
            }
            for inputs in chosen.inputs:
                for seeds in chosen.seeds:
                    problem = Problem(cell, inputs, seeds, chosen.batch, chosen.hidden)
                    mine = {name: workers[name] for name in (OURS, *able)}
                    entrants = recurrent_training.build(
                        problem, able, mine, chosen.peer_seeds, chosen.smoke
                    )
                    timings = race(
                        [*entrants, *ceiling.entrants],
                        rounds=chosen.rounds,
                        tolerance=TOLERANCES[precision],
                        rows=min(seeds, chosen.peer_seeds),
                    )
                    recurrent_training.show(problem, timings, chosen.peer_seeds)
                    settings.append(
                        {
                            **problem._asdict(),
                            "precision": precision,
                            "timings": report.samples(timings),
                        }
                    )
    return settings


if __name__ == "__main__":
    main()
