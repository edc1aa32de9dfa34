"""What is learnt: sequence tasks, the networks that learn them, and their tests."""

from seqjax.tasks.network import Network as Network
from seqjax.tasks.recall import PalindromeTask as PalindromeTask
from seqjax.tasks.recall import Score as Score
