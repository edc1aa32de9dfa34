"""The network of a study of palindromes, from its options."""

from typing import Any

from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.palindromes import NUM_CLASSES, num_features


def reader(
    config: Any, cell: str, encoding: str, longest: int, initializer: str = ""
) -> PalindromeTask:
    """A cell that reads digits, and names the last one.

    Args:
        config: with ``hidden_size``, ``forget_bias``, ``batch_size`` and, if they are
            not given here, ``layers`` (default: 1) and ``initializer``.
        cell: name of the cell.
        encoding: of the digits.
        longest: digits of the longest palindrome.
        initializer: of all weights; default: that of the configuration.
    """
    network = Network(
        cell,
        num_features(encoding),
        NUM_CLASSES,
        config.hidden_size,
        getattr(config, "layers", 1),
        initializer or config.initializer,
        config.forget_bias,
        # Of influence on chrono alone.
        memory_length=max(3, longest - 1),
    )
    return PalindromeTask(network, encoding, config.batch_size, longest)
