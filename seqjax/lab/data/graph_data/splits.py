"""Random splits of the sizes that Planetoid's have."""

import numpy as np

from seqjax.core.checks import check_integer
from seqjax.lab.data.graph_data.building import checked_split
from seqjax.lab.data.graph_data.graph import GraphData, Split
from seqjax.lab.data.graph_data.sampling import generator
from seqjax.lab.errors import UserError


def random_split(
    graph: GraphData,
    seed: int,
    *,
    per_class: int = 20,
    validation: int = 500,
    test: int = 1000,
) -> Split:
    """Labelled nodes drawn for training, validation and testing, without repetition.

    As many of each class are trained on, whichever they are; those for validation and
    testing are drawn from all others with a label (Kipf & Welling 2017, section 6.1).

    Args:
        graph: It has labels.
        seed: 0 or more; the same gives the same split.
        per_class: Training nodes of each class, 20 by default.
        validation: Nodes for validation, 500 by default; may be 0.
        test: Nodes for testing, 1000 by default; may be 0.

    Raises:
        UserError: Fewer labelled nodes than these.
        ValueError: A number that is not allowed.
    """
    check_integer("per_class", per_class, minimum=1)
    check_integer("validation", validation, minimum=0)
    check_integer("test", test, minimum=0)
    what = f"the graph {graph.name}"
    if not graph.num_classes:
        raise UserError(
            f"{what} must have labels to be split, but has none; name a graph with "
            "labels"
        )
    random = generator(seed, "split")
    train: list[np.ndarray] = []
    for label in range(graph.num_classes):
        members = np.flatnonzero(graph.labels == label)
        if not len(members):
            raise UserError(
                f"{what} must have nodes of each of its classes 0 to "
                f"{graph.num_classes - 1}, but class {label} has none; number the "
                "classes from 0 without gaps"
            )
        if len(members) < per_class:
            raise UserError(
                f"{what} must have at least {per_class} nodes of each class, but class "
                f"{label} has {len(members)}; train on fewer of each class"
            )
        train.append(random.permutation(members)[:per_class])
    chosen = np.concatenate(train)
    others = np.setdiff1d(np.flatnonzero(graph.labels >= 0), chosen)
    if len(others) < validation + test:
        raise UserError(
            f"{what} must have {validation + test} labelled nodes for validation and "
            f"testing beside the {len(chosen)} for training, but has {len(others)}; "
            "take fewer"
        )
    drawn = random.permutation(others)
    parts = (chosen, drawn[:validation], drawn[validation : validation + test])
    split = Split(*(part.astype(np.int32) for part in parts))
    return checked_split(split, graph.labels, what)
