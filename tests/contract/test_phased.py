"""What every study must do, of some of them; see `contract`."""

from collections.abc import Iterator

import pytest

from tests.contract import contract
from tests.contract.contract import *  # noqa: F403


@pytest.fixture(scope="module", params=["noise", "silence", "learning", "frequency"])
def ran(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[contract.Ran]:
    yield from contract.run_study(request.param, tmp_path_factory.mktemp(request.param))
