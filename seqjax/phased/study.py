"""The commands of this package."""

from seqjax.phased.frequency.study import FREQUENCY
from seqjax.phased.gate.study import GATE

STUDIES = (GATE, FREQUENCY)
