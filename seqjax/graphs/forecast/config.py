"""Settings of the forecast study."""

from dataclasses import dataclass

from seqjax.core.checks import check_choice, check_choices, check_integer, check_number
from seqjax.core.graphs import MODELS
from seqjax.graphs.forecast.models import CONTENDERS, CONTROLS, REFERENCES
from seqjax.lab.option_groups import (
    AnyLengthWeights,
    HiddenSize,
    LearningRate,
    Optimizer,
    Seeds,
)

SIMULATED = ("heat", "sir")

CONVOLUTIONS = tuple(name for name in MODELS if name != "mlp")
"""How features may pass along the edges; "mlp" leaves them out."""

PREDICTS = ("change", "value")


@dataclass(frozen=True)
class ForecastConfig(AnyLengthWeights, HiddenSize, LearningRate, Optimizer, Seeds):
    """One forecast study: contenders with graph and memory against controls.

    Attributes:
        dataset: What to forecast: heat or sir (simulated on a graph), chickenpox
            (how its cases change from week to week in 20 counties of Hungary), a JSON
            or npz file with edges and values, a folder with edges.csv and values.csv (a
            row per time, a column per node), or a file of values alone and --graph.
        graph: Where a simulation takes place, or the graph of values without edges:
            karate, example, cora, citeseer, pubmed, a folder with edges.csv, or a file
            (edge list, npz, GraphML, JSON); simulations are on karate by default.
        directed: Whether edges of a file go one way only.
        snapshots: Length of a simulated series.
        simulation_seed: Number that a simulated series is drawn by.
        models: Contenders, among gc-gru, gc-lstm and lstm-gcn; time is shuffled for the
            first one.
        controls: What they are compared with, among persistence, mean, lstm, gru, gcn
            and shuffled.
        lags: Snapshots that every model reads for a forecast, the present one included;
            with 1 all memory is in the state, others often take 4 of chickenpox.
        horizon: Steps ahead that forecasts are tested on; all models learn one step,
            and read their own forecasts for the others.
        train_share: Part of the series that is learnt from, its beginning.
        validation_share: Part after it, on which the update to keep is chosen; the rest
            is tested on.
        predicts: What the network answers: the change of the last value, or the value.
        convolution: How features pass along the edges, among {graph_models}, but not
            mlp; renormalized as in a GCN, first-order with own weights and others for
            the neighbours.
        steps: Updates per seed, each on the whole training part.
    """

    dataset: str = "heat"
    graph: str | None = None
    directed: bool = False
    snapshots: int = 400
    simulation_seed: int = 0
    models: tuple[str, ...] = tuple(CONTENDERS)
    controls: tuple[str, ...] = ("persistence", "lstm", "gcn", "shuffled")
    lags: int = 1
    horizon: int = 1
    train_share: float = 0.6
    validation_share: float = 0.2
    predicts: str = "change"
    convolution: str = "first-order"
    hidden_size: int = 16
    steps: int = 200
    learning_rate: float = 0.01
    optimizer: str = "adam"
    clip_norm: float = 5.0
    initializer: str = "xavier"

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        for name in ("snapshots", "lags", "horizon"):
            check_integer(name, getattr(self, name), minimum=1)
        check_integer("simulation_seed", self.simulation_seed, minimum=0)
        check_choices("models", self.models, CONTENDERS)
        check_choices("controls", self.controls, CONTROLS)
        for name in ("train_share", "validation_share"):
            share = getattr(self, name)
            hint = "give the part of the series, such as 0.2"
            check_number(name, share, minimum=0.0, exclusive=True, hint=hint)
        total = self.train_share + self.validation_share
        if total >= 1:
            raise ValueError(
                "train_share and validation_share must leave something to test on, but "
                f"add up to {total:g}; give less"
            )
        check_choice("predicts", self.predicts, PREDICTS)
        check_choice("convolution", self.convolution, CONVOLUTIONS)

    @property
    def simulated(self) -> bool:
        """Whether the series is simulated."""
        return self.dataset in SIMULATED

    @property
    def names(self) -> tuple[str, ...]:
        """All that is measured: contenders, controls; and both references always."""
        rest = tuple(name for name in REFERENCES if name not in self.controls)
        return self.models + self.controls + rest
