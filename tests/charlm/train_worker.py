"""Trains in a process of its own, which may kill itself: ``DIR TEXT [CALL]``.

It does so just before the CALL-th time that it makes a file last, see `kill_at`.
"""

import sys
from dataclasses import replace
from pathlib import Path

from seqjax.charlm.study import TRAIN
from seqjax.lab import devices, driver
from tests.charlm.trainings import CONFIG
from tests.lab.worker import kill_at


def prepare() -> None:
    """As many devices as the tests have; compiled code is kept for the next process."""
    devices.configure(2, devices.cache_folder())


if __name__ == "__main__":
    if len(sys.argv) > 3:
        kill_at(int(sys.argv[3]))
    study = replace(TRAIN, figures=lambda config, results: {})
    config = replace(CONFIG, corpus=(sys.argv[2],))
    sys.exit(driver.conduct(study, config, Path(sys.argv[1]), prepare=prepare))
