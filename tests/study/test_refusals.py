"""What is no study, or cannot be trained, is refused in one line that says why."""

from pathlib import Path
from typing import Any

import jax
import pytest

from seqjax import __main__ as program
from seqjax.lab.errors import UserError
from seqjax.study import load, study_of
from seqjax.study.checks import told
from seqjax.study.grid import Grid
from tests.study.files import DATA, HEAD, LOSS, MODEL, SCORE, source, written

Capture = pytest.CaptureFixture[str]


def refused(capsys: Capture, *words: object) -> str:
    """What a command that is refused has to say."""
    assert program.main([str(word) for word in words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err.strip()


def test_a_file_has_to_be_named(capsys: Capture) -> None:
    assert refused(capsys, "run") == (
        "seqjax: error: FILE must be given, got none; for example seqjax run mystudy.py"
    )
    assert refused(capsys, "run", "--seeds", 3, "mine.py") == (
        "seqjax: error: FILE must come before the options, got --seeds; for example "
        "seqjax run mystudy.py --seeds 3"
    )


def test_it_has_to_be_a_file_of_python(tmp_path: Path, capsys: Capture) -> None:
    there = written(tmp_path, "", "notes.txt")
    for missing in (tmp_path / "gone.py", tmp_path):
        assert refused(capsys, "run", missing) == (
            f"seqjax: error: FILE must be a Python file, but there is none at {missing}"
            "; name the file of a study"
        )
    assert refused(capsys, "run", there) == (
        f"seqjax: error: FILE must be a Python file, not {there}; give one ending in "
        ".py"
    )


def test_it_has_to_define_a_study(tmp_path: Path, capsys: Capture) -> None:
    # What is imported from elsewhere is no study of this file.
    file = written(tmp_path, "from seqjax.study import Experiment\nOther = Experiment")
    assert refused(capsys, "run", file) == (
        f"seqjax: error: {file} must define a subclass of seqjax.study.Experiment, but "
        "defines none; see docs/contributing/add-a-study.md"
    )


def test_of_several_one_has_to_be_named(tmp_path: Path, capsys: Capture) -> None:
    whole = source(MODEL, DATA, LOSS)
    file = written(tmp_path, whole + "\n\nclass RNNAgain(Mine):\n    pass\n")
    assert refused(capsys, "run", file) == (
        f"seqjax: error: {file} defines mine, rnn-again; name one, for example seqjax "
        f"run {file}:mine"
    )
    assert refused(capsys, "run", f"{file}:min") == (
        f"seqjax: error: study of {file} must be one of mine, rnn-again, got 'min'; "
        "did you mean mine?"
    )
    assert refused(capsys, "run", f"{file}:else") == (
        f"seqjax: error: study of {file} must be one of mine, rnn-again, got 'else'; "
        "choose one of these"
    )


def test_what_others_derive_from_need_not_be_complete(tmp_path: Path) -> None:
    text = source(MODEL, LOSS) + "\n\nclass Rest(Mine):\n" + source(DATA)[len(HEAD) :]
    (found,) = load(written(tmp_path, text))
    assert found.name == "rest"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "line 1: SyntaxError: invalid syntax ({name}, line 1)"),
        ("\n1 / 0\n", "line 2: ZeroDivisionError: division by zero"),
        ("import sys\n\nsys.exit(3)\n", "line 3: SystemExit: 3"),
    ],
)
def test_a_file_that_fails(
    text: str, said: str, tmp_path: Path, capsys: Capture, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, text)
    said = said.format(name="mine.py")
    assert refused(capsys, "run", "mine.py") == (
        f"seqjax: error: mine.py fails in {said}; 'python mine.py' tells more"
    )


ALL = (MODEL, DATA, LOSS)
TEXT = '"""Mine.\n\nAttributes:\n    width: Of it.\n"""\n'


def grid(value: str) -> tuple[str, ...]:
    return (*ALL, f"\ndef grid(self):\n    return {value}\n")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            ("width: int = 8\n", *ALL),
            "field width of Mine must be described under 'Attributes:'; add 'width: "
            "...' to the docstring",
        ),
        (
            (TEXT, "width: int\n", *ALL),
            "field width of Mine must have a default; give one behind '='",
        ),
        (
            (TEXT, "width: dict = None\n", *ALL),
            "field width of Mine has a type that no option can have: <class 'dict'>; "
            "use int, float, str, bool or a tuple such as tuple[int, ...]",
        ),
        (
            ("data: str = ''\n", MODEL, LOSS),
            "field data of Mine must have another name, as data is a method; for "
            "example data_used",
        ),
        (
            (TEXT.replace("width", "out"), "out: str = ''\n", *ALL),
            "field out of Mine must have another name, as out is an option of every "
            "study; for example out_used",
        ),
        (
            ("steps: int = 0\n", *ALL),
            "default of Mine: steps must be an integer of at least 1, not 0; give 1 or "
            "more",
        ),
        (
            (MODEL, LOSS),
            "Mine must define data(setting); return study.Data(train=(inputs, "
            "targets), test=(...))",
        ),
        (
            (MODEL, DATA),
            "Mine must define loss(outputs, targets); for example return "
            "study.squared_error(outputs, targets)",
        ),
        *(
            (
                (DATA, LOSS, *other),
                "Mine must define either model(setting, rngs), which returns an "
                "nnx.Module, or both init(setting, key) and apply(setting, params, "
                "inputs); define one of them",
            )
            for other in (
                (),
                ("\ndef init(self, setting, key):\n    return key\n",),
                (
                    MODEL,
                    "\ndef init(self, setting, key):\n    return key\n",
                    "\ndef apply(self, setting, params, inputs):\n    return inputs\n",
                ),
            )
        ),
        (
            grid("[8]"),
            "grid must return a dictionary, not list; for example {'width': (2, 8)}",
        ),
        (
            grid("{'width': 8}"),
            "grid['width'] must be a tuple or list of values, not 8; give (8,)",
        ),
        (
            grid("{'width': None}"),
            "grid['width'] must be a tuple or list of values, not None; for example "
            "(2, 8)",
        ),
        (
            grid("{'cell': 'gru'}"),
            "grid['cell'] must be a tuple or list of values, not 'gru'; give ('gru',)",
        ),
        (
            grid("{'width': ()}"),
            "grid['width'] must have at least one value, got none; give one",
        ),
        (
            grid("{'width': (8, 'wide')}"),
            "grid['width'] must have numbers, or text, or bools, not (8, 'wide'); give "
            "values of one type",
        ),
        (
            grid("{'width': (1.5, float('nan'))}"),
            "grid['width'] must have no nan; leave it out",
        ),
        (grid("{'cell': ('', 'a')}"), "grid['cell'] must have no ''; leave it out"),
        (
            grid("{'a width': (1, 2)}"),
            "grid must have names that could be a variable's, not 'a width'; use "
            "letters, digits and _",
        ),
        (
            grid("{'loss': (1, 2)}"),
            "grid must not have the name loss, which is a result; choose another",
        ),
        (
            grid("{'seeds': (1, 2)}"),
            "grid must not have the name seeds, which is an option of all settings; "
            "choose another",
        ),
        (
            grid("{'cell': ('a b', 'a-b')}"),
            "grid must have settings of different names, got cell-a-b twice; give "
            "values that differ in letters or digits",
        ),
        (
            grid("{'cell': ('x' * 150,)}"),
            "grid must have settings with names of at most 150 letters, got 155: "
            f"cell-{'x' * 150}; give shorter text",
        ),
        (
            grid("{'learning_rate': (-1,)}"),
            "grid must keep to the rules of options: learning_rate must be a finite "
            "number above 0, "
            "not -1.0; try 1e-3",
        ),
        (
            grid("{'width': (1 / 0,)}"),
            "Mine fails in line 24 of mine.py: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_class_that_is_no_study(
    parts: tuple[str, ...], said: str, tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path, source(*parts))
    assert refused(capsys, "run", file) == f"seqjax: error: {said}"


def test_options_may_choose_values_but_not_names(
    tmp_path: Path, capsys: Capture
) -> None:
    own = "\ndef grid(self):\n    return {'width': self.width} if self.width[0] else {}"
    file = written(
        tmp_path, source(TEXT, "width: tuple[int, ...] = (2, 8)\n", *ALL, own)
    )
    begin = f"seqjax run {file}: error: grid must have"
    out = tmp_path / "run"
    assert refused(capsys, "run", file, "--width", 0, "--out", out) == (
        f"{begin} the names width whatever the options, not none; let options choose "
        "the values"
    )
    assert refused(capsys, "run", file, "--width", 2, 2, "--out", out) == (
        f"{begin} settings of different names, got width-2 twice; give values that "
        "differ in letters or digits"
    )
    assert not out.exists()


def data(value: str) -> str:
    return f"\ndef data(self, setting):\n    x = np.zeros((4, 1))\n    return {value}\n"


def loss(value: str) -> str:
    return f"\ndef loss(self, outputs, targets):\n    return {value}\n"


def tried(file: Path) -> None:
    """All that is asked of a study before it trains, without compiling."""
    (study,) = load(file)
    grid = Grid(study.config_type)
    config = study.config_type()
    grid.seed_bytes(config)
    setting = grid.settings(config)[0]
    learner = grid.learner(config, setting)
    with told(study.config_type):
        trial = grid.trial(config, learner, setting)
        task = learner.task()
        batch = jax.eval_shape(task.batch, jax.random.key(0), trial.training)
        params = jax.eval_shape(task.init, jax.random.key(0))
        jax.eval_shape(task.loss, params, batch, trial.training)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            (MODEL, data("(x, x)"), LOSS),
            "data must return study.Data, not tuple; give study.Data(train=(inputs, "
            "targets), test=(inputs, targets))",
        ),
        (
            (MODEL, data("study.Data(train=(x, x), test=[x, x])"), LOSS),
            "data.test must be a pair of inputs and targets, not list; give "
            "study.Data(test=(inputs, targets), ...)",
        ),
        (
            (MODEL, data("study.Data(train=(x, x[:3]), test=(x, x))"), LOSS),
            "data.train must have as many inputs as targets, at least one, not 4 and "
            "3; put examples along the first axis",
        ),
        (
            (MODEL, data("study.Data(train=(x[:0], x[:0]), test=(x, x))"), LOSS),
            "data.train must have as many inputs as targets, at least one, not 0 and "
            "0; put examples along the first axis",
        ),
        *(
            (
                (MODEL, data(f"study.Data(train=(x, {wrong}), test=(x, x))"), LOSS),
                "data.train must be arrays of numbers with the examples along the "
                f"first axis, not {kind}; give np.asarray(...)",
            )
            for wrong, kind in (
                ("[1, 2, 3, 4]", "int"),
                ("x.astype(str)", "ndarray"),
            )
        ),
        (
            (MODEL, data("study.Data(train=lambda key: x, test=(x, x))"), LOSS),
            "data.train(key) must return a pair of inputs and targets, not ndarray; "
            "return inputs, targets",
        ),
        (
            (
                MODEL,
                data("study.Data(train=(x, np.random.rand(4)), test=(x, x))"),
                LOSS,
            ),
            "data must return the same each time, but returned other numbers; give a "
            "seed, as in np.random.default_rng(0)",
        ),
        (
            ("\ndef model(self, setting, rngs):\n    return 3\n", DATA, LOSS),
            "model must return an nnx.Module, not int; for a pure function define init "
            "and apply instead",
        ),
        (
            (MODEL, DATA, loss("(outputs - targets)[:, 0]")),
            "loss must return one floating number, not float32[32]; return the mean "
            "over the batch",
        ),
        *(
            (
                (MODEL, DATA, loss(value)),
                f"loss must return one floating number, not {kind}; return the mean "
                "over the batch",
            )
            for value, kind in (("None", "NoneType"), ("'a'", "str"))
        ),
        (
            (
                "\ndef init(self, setting, key):\n    return jnp.ones(1, int)\n",
                "\ndef apply(self, setting, params, inputs):\n    return inputs\n",
                DATA,
                LOSS,
            ),
            "init must make parameters of floating numbers, not int32; what is not "
            "learnt is no parameter, or give jnp.float32",
        ),
        (
            (MODEL, DATA, LOSS, SCORE.replace("1 - abs", "(outputs < targets).sum()#")),
            "score must return one floating number, not int32[]; return the mean over "
            "the batch",
        ),
        (
            (MODEL, DATA, loss("study.squared_error(outputs, targets[:, 0])")),
            "Mine fails in line 21 of mine.py: ValueError: targets must have the shape "
            "of the outputs, (32, 1), not (32,); reshape one of them",
        ),
        (
            (MODEL, DATA, loss("study.cross_entropy(outputs, targets)")),
            "Mine fails in line 21 of mine.py: ValueError: labels must be integers, "
            "not float32; give numbers of classes from 0",
        ),
        (
            (MODEL, DATA, loss("study.accuracy(outputs, targets.astype(int))")),
            "Mine fails in line 21 of mine.py: ValueError: labels must have the shape "
            "(32,), one for each vector of logits, not (32, 1); reshape them",
        ),
        (
            (MODEL, DATA, loss("self.nothing")),
            "Mine fails in line 21 of mine.py: AttributeError: 'Mine' object has no "
            "attribute 'nothing'",
        ),
        (
            (
                MODEL.replace("1, 1", "1, round(setting.learning_rate)"),
                *grid("{'learning_rate': (0.1,)}")[1:],
            ),
            "Mine fails in line 14 of mine.py: AttributeError: 'Setting' object has no "
            "attribute 'learning_rate'",
        ),
    ],
)
def test_what_cannot_be_trained(
    parts: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    file = written(tmp_path, source(*parts))
    with pytest.raises(UserError) as caught:
        tried(file)
    assert str(caught.value) == said


def test_an_error_in_the_loss_ends_the_command_in_one_line(
    tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path, source(MODEL, DATA, loss("targets @ outputs")))
    words = ["run", str(file), "--out", str(tmp_path / "run"), "--seeds", "1"]
    assert program.main([*words, "--devices", "2", "--progress", "none"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    begin = f"seqjax run {file}: error: Mine fails in line 21 of mine.py: TypeError: "
    assert line.startswith(begin)
    # Nothing of it is kept: the next one, mended, is another file.
    assert not (tmp_path / "run").exists()


def test_data_of_which_nothing_can_be_said_end_the_command(
    tmp_path: Path, capsys: Capture
) -> None:
    wrong = DATA.replace("(x, 2 * x))", "(x, np.nan * x))")
    file = written(tmp_path, source(MODEL, wrong, LOSS))
    words = ["run", str(file), "--out", str(tmp_path / "run"), "--seeds", "1"]
    assert program.main([*words, "--devices", "2", "--progress", "none"]) == 2
    assert capsys.readouterr().err == (
        f"seqjax run {file}: error: loss must be a number, but on the test set that of "
        "every untrained network is nan, at all; look for nan in data.test, or let the "
        "loss and the score leave it out\n"
    )
    assert not (tmp_path / "run").exists()


def test_an_option_that_the_grid_does_not_look_at_is_refused(
    tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path, source(*grid("{'learning_rate': (0.1, 0.2)}")))
    words = ("--learning-rate", 5, "--out", tmp_path / "run")
    assert refused(capsys, "run", file, *words) == (
        f"seqjax run {file}: error: learning_rate must be left out, as the grid of "
        "Mine varies it, got 5.0; change its values there"
    )
    looks = written(
        tmp_path,
        source(*grid("{'learning_rate': (self.learning_rate, 1.0)}")),
        "looks.py",
    )
    (study,) = load(looks)
    config = study.config_type(learning_rate=5.0)
    assert study.block_names(config) == ["learning_rate-5.0", "learning_rate-1.0"]


def test_a_study_is_found_by_its_class_too(tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path, source(MODEL, DATA, LOSS))
    assert program.main(["run", f"{file}:Mine", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage:")


def test_an_error_that_is_not_of_the_file_is_not_hidden(tmp_path: Path) -> None:
    (study,) = load(written(tmp_path, source(MODEL, DATA, LOSS)))
    with pytest.raises(ZeroDivisionError), told(study.config_type):
        1 / 0  # noqa: B018


def test_a_study_can_be_made_of_a_class_alone(tmp_path: Path) -> None:
    (study,) = load(written(tmp_path, source(MODEL, DATA, LOSS)))
    again = study_of(study.config_type)
    assert (again.name, again.summary, again.source) == ("mine", "mine", "")
    assert study.source.startswith("mine.py ")
