"""The most probable texts after a prompt."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from seqjax.charlm.prompts import Start, begin, stepper_of, symbol
from seqjax.core.decoding import beam_search
from seqjax.lab.run_directory.model_files import StoredModel

Number = int | float


class Found(NamedTuple):
    """One text of `search`.

    Attributes:
        text: What follows the prompt.
        length: Symbols of the text.
        log_prob: Log-probability of the text after its prompt, in nats.
        score: What is ranked by: the log-probability over the length's penalty.
    """

    text: str
    length: int
    log_prob: float
    score: float


def search(
    model: StoredModel,
    prompt: str,
    length: int,
    *,
    width: int,
    length_normalization: Number = 0.0,
    end: str | None = None,
    start: Start = "line",
    key: PRNGKeyArray | None = None,
) -> list[Found]:
    """Searches the most probable texts after a prompt, by a beam.

    Args:
        model: What writes.
        prompt: Beginning of the text; may be empty.
        length: Most symbols after the prompt.
        width: Beams; 1 is the greedy choice.
        length_normalization: A of `seqjax.core.decoding.beam_search`; 0 by default.
        end: A symbol that ends a text, and belongs to it; by default there is none, and
            all texts have the length.
        start: How a text without a prompt begins, ``"line"`` by default.
        key: Source of the first symbol where that is random; by default
            ``jax.random.key(0)``.

    Returns:
        At most `width` texts, best first.

    Raises:
        ValueError: On a length or width below 1, a negative length normalization, or
            an unknown start.
        UserError: The prompt has a character that the model does not know, or the end
            is not one symbol.
    """
    vocabulary = model.vocabulary
    last = None if end is None else symbol(vocabulary, end, "end")
    key = jax.random.key(0) if key is None else key
    beams = beam_search(
        stepper_of(model.network),
        model.params,
        begin(model, [prompt], key, start),
        num_tokens=length,
        width=width,
        length_normalization=length_normalization,
        end=last,
    )
    return [
        Found(vocabulary.decode(text[:n]), n, log_prob, score)
        for text, n, log_prob, score in zip(
            np.asarray(beams.tokens),
            beams.lengths.tolist(),
            beams.log_probs.tolist(),
            beams.scores.tolist(),
            strict=True,
        )
        if np.isfinite(log_prob)  # else there are not so many texts
    ]
