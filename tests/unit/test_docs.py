"""The Python in the pages about environments and agents runs as it stands."""

import re
from pathlib import Path

import gymnasium
import pytest

import wormlife

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCKS = [
    pytest.param(block, id=f"{page}-{i}")
    for page in ("environments", "agents")
    for i, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", (DOCS / f"{page}.md").read_text("utf-8"), re.M | re.S)
    )
]


def test_there_are_some() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_the_pages_runs(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "block"}
    exec(compile(block, "block", "exec"), names)
    env = names.get("env")
    if env is not None:
        env.close()  # type: ignore[attr-defined]
    capsys.readouterr()


def test_the_table_of_environments_has_a_row_and_a_picture_of_each() -> None:
    assert wormlife.__version__  # importing it is what registers the ids
    text = (DOCS / "environments.md").read_text("utf-8")
    table = text.partition("begin -->")[2].partition("<!--")[0]
    for env_id in (name for name in gymnasium.registry if name.startswith("Worm/")):
        (row,) = [line for line in table.splitlines() if f"`{env_id}`" in line]
        (picture,) = re.findall(r"\]\((images/env-.*?\.png)\)", row)
        assert (DOCS / picture).stat().st_size < 60_000
