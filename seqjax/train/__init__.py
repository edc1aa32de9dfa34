"""Optimisers, the training loop, and many seeds over many devices."""

from seqjax.train.ensemble import Ensemble as Ensemble
from seqjax.train.ensemble import Progress as Progress
from seqjax.train.gradient import Sharding as Sharding
from seqjax.train.gradient import gradient as gradient
from seqjax.train.loop import Metrics as Metrics
from seqjax.train.loop import TrainState as TrainState
from seqjax.train.loop import train as train
from seqjax.train.optimizers import OPTIMIZERS as OPTIMIZERS
from seqjax.train.optimizers import Direction as Direction
from seqjax.train.optimizers import direction as direction
from seqjax.train.schedules import SCHEDULES as SCHEDULES
from seqjax.train.schedules import make_schedule as make_schedule
from seqjax.train.seed_map import SeedMap as SeedMap
from seqjax.train.seed_map import batch_parts as batch_parts
from seqjax.train.seed_map import seed_mesh as seed_mesh
from seqjax.train.size import seed_bytes as seed_bytes
from seqjax.train.task import Hyper as Hyper
from seqjax.train.task import Task as Task
from seqjax.train.task import make_hyper as make_hyper
