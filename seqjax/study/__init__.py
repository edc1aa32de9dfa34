"""A study of your own: declare a grid, a network, data and a loss; the rest is there.

A file with a class derived from `Experiment` is a study: ``seqjax run FILE.py`` gives
it options made from its fields, progress, resume after an interruption, several
devices, a run directory with results, intervals and figures.
"""

from seqjax.study.experiment import Data as Data
from seqjax.study.experiment import Experiment as Experiment
from seqjax.study.fitted import Fitted as Fitted
from seqjax.study.fitting import fit as fit
from seqjax.study.loading import load as load
from seqjax.study.loading import study_of as study_of
from seqjax.study.losses import accuracy as accuracy
from seqjax.study.losses import cross_entropy as cross_entropy
from seqjax.study.losses import squared_error as squared_error
