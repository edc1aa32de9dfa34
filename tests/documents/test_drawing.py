"""Figures of the committed runs that rows alone make are drawn by the code of today."""

from tests.documents.drawing import DRAWN
from tests.documents.making import RESULTS
from tests.documents.summaries import study_of


def test_each_of_them_is_a_figure_of_a_committed_run() -> None:
    for study, stem in DRAWN:
        folders = [path.parent for path in RESULTS.glob(f"*/{stem}.png")]
        assert study in {study_of(folder)[0].name for folder in folders}, stem
