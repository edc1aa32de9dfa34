"""The card of a trained model: what it predicts, what it writes, what it recites."""

from seqjax.charlm.evaluation.memorising import memorisation_row as memorisation_row
from seqjax.charlm.evaluation.study import STUDY as STUDY
