"""Texts drawn from a language model by seqjax, and searched for."""

from typing import Any

import jax
import numpy as np

from benchmarks.contenders.language import SHOWN, TEMPERATURE, Language, shown
from benchmarks.contenders.language_training import network
from benchmarks.harness.workers import Contender
from seqjax.core.decoding import (
    Streams,
    beam_search,
    draw,
    make_choice,
    open_streams,
)
from seqjax.lab.running import devices


class _Writer:
    """The first seed's model, and what opens texts with it."""

    def __init__(self, problem: Language) -> None:
        devices.configure(None, None)
        self._network = network(problem)
        # One and the same object: a stepper is known to the compiler by its identity.
        self.stepper = self._network.stepper
        self.params = self._network.from_arrays(
            {name: leaf[0] for name, leaf in problem.params().items()}
        )
        self._prompt = problem.prompt()

    def open(self, streams: int, *, prompt: bool = False) -> Streams:
        """So many texts that begin with one character, or with the prompt."""
        return open_streams(
            self.stepper,
            self.params,
            self._network.initial_carry(streams),
            [self._prompt if prompt else [0]] * streams,
            jax.random.key(0),
        )


def drawing(
    problem: Language,
    streams: int,
    characters: int,
    temperature: float = TEMPERATURE,
) -> Contender:
    """Draw texts side by side.

    Args:
        problem: the model.
        streams: how many texts.
        characters: of each.
        temperature: 0 takes the most probable character.
    """
    writer = _Writer(problem)
    opened, choice = writer.open(streams), make_choice(temperature)

    def write(streams: Streams, choice: Any, number: int) -> jax.Array:
        tokens, _ = draw(
            writer.stepper, writer.params, streams, choice, num_tokens=number
        )
        return jax.block_until_ready(tokens)

    def run(repeats: int) -> None:
        for _ in range(repeats):
            write(opened, choice, characters)

    def result() -> dict[str, np.ndarray]:
        begun = writer.open(streams, prompt=True)
        greedy = write(begun, make_choice(0), SHOWN)
        return shown(np.asarray(begun.logits[0]), np.asarray(greedy[0]))

    return Contender(run, result)


def searching(problem: Language, width: int, characters: int) -> Contender:
    """Search for the most probable text; one beam is shown, which is greedy.

    Args:
        problem: the model.
        width: beams.
        characters: of a text.
    """
    writer = _Writer(problem)
    opened = writer.open(1)

    def search(stream: Streams, width: int, number: int) -> jax.Array:
        beams = beam_search(
            writer.stepper, writer.params, stream, num_tokens=number, width=width
        )
        return jax.block_until_ready(beams.tokens)

    def run(repeats: int) -> None:
        for _ in range(repeats):
            search(opened, width, characters)

    def result() -> dict[str, np.ndarray]:
        begun = writer.open(1, prompt=True)
        greedy = search(begun, 1, SHOWN)
        return shown(np.asarray(begun.logits[0]), np.asarray(greedy[0]))

    return Contender(run, result)
