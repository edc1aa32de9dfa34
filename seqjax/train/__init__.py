"""Optimisers, the training loop, and many seeds over many devices."""

from seqjax.train.ensemble import Ensemble as Ensemble
from seqjax.train.ensemble import SeedMap as SeedMap
from seqjax.train.ensemble import seed_mesh as seed_mesh
from seqjax.train.loop import Hyper as Hyper
from seqjax.train.loop import Metrics as Metrics
from seqjax.train.loop import Task as Task
from seqjax.train.loop import TrainState as TrainState
from seqjax.train.loop import make_hyper as make_hyper
from seqjax.train.loop import train as train
from seqjax.train.optimizers import OPTIMIZERS as OPTIMIZERS
from seqjax.train.optimizers import direction as direction
