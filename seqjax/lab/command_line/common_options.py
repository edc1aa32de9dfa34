"""The options that every study has, and what they are by default."""

import time
from typing import Any

from seqjax.lab.command_line.options import Option
from seqjax.lab.reporting.progress import FORMS
from seqjax.lab.reporting.reporter import DEFAULT_REPORTING, LOGS
from seqjax.lab.running import devices
from seqjax.lab.study import Study


def default_out(study: Study[Any]) -> str:
    """``runs/STUDY/<time stamp>``, in local time."""
    return "/".join(["runs", *study.name.split(), time.strftime("%Y-%m-%d-%H%M%S")])


def common_options(study: Study[Any]) -> list[Option]:
    """The options that every study has."""
    stamped = "/".join(["runs", *study.name.split(), "<time stamp>"])
    return [
        Option(
            "out",
            str,
            "Run directory: a new or empty folder, or an unfinished run to go on with.",
            shown=stamped,
        ),
        Option(
            "overwrite",
            bool,
            "Start anew if the run directory holds a run already.",
            default=False,
        ),
        Option(
            "redraw",
            str,
            "Only draw the figures of this finished run directory again.",
            shown="run the study",
        ),
        Option(
            "checkpoint_every",
            float,
            "Seconds between two checkpoints of a training, from which the same "
            "command goes on after a crash; 0: as often as it can, inf: only where it "
            "is interrupted.",
            default=DEFAULT_REPORTING.checkpoint_every,
        ),
        Option(
            "progress",
            str,
            "How progress is shown: a bar, lines, json (an object per line, for "
            "programs), none; auto: a bar on a terminal, lines elsewhere.",
            default=DEFAULT_REPORTING.progress,
            choices=FORMS,
        ),
        Option(
            "log",
            str,
            "Curves to watch while it runs: tensorboard writes them into the run "
            "directory.",
            default=DEFAULT_REPORTING.log,
            choices=LOGS,
        ),
        Option(
            "profile",
            float,
            "Seconds of training, once it is compiled, to record into trace.json.gz of "
            "the run directory, for Perfetto; 0: none.",
            default=DEFAULT_REPORTING.profile,
        ),
        Option(
            "seeds_at_once",
            int,
            "Seeds that are trained before the next ones begin; 0: as many as fit into "
            "memory. No influence on the numbers.",
            default=0,
        ),
        Option(
            "devices",
            str,
            "Devices over which seeds are spread: all, or so many. Of a CPU, each core "
            "is one unless a number is given.",
            shown=f"all; {devices.usable_cores()} cores here",
        ),
        Option(
            "distributed",
            bool,
            "Train together with other processes that run the same command, as SLURM, "
            "Kubernetes, Open MPI or a cloud TPU have started them.",
            default=False,
        ),
        Option(
            "coordinator",
            str,
            "Where there is no such cluster: host and port on which the first process "
            "is to be reached, as in node1:12345; ...",
            shown="as the cluster says",
        ),
        Option(
            "num_processes",
            int,
            "... how many processes there are; ...",
            shown="as the cluster says",
        ),
        Option(
            "process_id",
            int,
            "... and which one this is, from 0.",
            shown="as the cluster says",
        ),
        Option(
            "compilation_cache",
            bool,
            "Keep compiled code in the user's cache folder (or SEQJAX_CACHE) for the "
            "next time.",
            default=True,
        ),
    ]
