"""The Python in the pages about environments and agents runs as it stands."""

import re
from pathlib import Path

import pytest

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
