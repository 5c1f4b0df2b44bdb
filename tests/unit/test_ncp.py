"""The neural-circuit policy is wired as published, and computes what the package ncps computes."""

from typing import Any

import numpy as np
import pytest

from agents.agent import Agent, load_agent, save_agent
from agents.genomes import MlpGenome, NcpGenome
from agents.ncp import N_UNITS, SYNAPSES, Ncp, wire
from agents.policies import CONTROL_S, build_policy
from agents.settings import Settings
from wormlife.cli import main

N_IN, N_OUT = 3, 4
N_COMMAND = 6
LAYERS = {
    "motor": range(N_OUT),
    "command": range(N_OUT, N_OUT + N_COMMAND),
    "inter": range(N_OUT + N_COMMAND, N_UNITS),
}


def arrays(seed: int = 0) -> dict[str, Any]:
    genome = NcpGenome(N_IN, N_OUT, seed)
    return genome.arrays(genome.start(seed))


def policy(changes: dict[str, Any] | None = None) -> Ncp:
    made = build_policy("ncp", N_OUT, {**arrays(), **(changes or {})}, {"unfolds": 6})
    assert isinstance(made, Ncp)
    return made


class TestWiring:
    @pytest.mark.parametrize("seed", range(5))
    def test_layers_drive_the_next_one_and_command_neurons_each_other(self, seed: int) -> None:
        sensory, inner = wire(N_IN, N_OUT, seed)
        assert sensory.shape == (N_IN, N_UNITS)
        assert set(np.unique([*sensory.ravel(), *inner.ravel()])) == {-1.0, 0.0, 1.0}
        allowed = {("inter", "command"), ("command", "command"), ("command", "motor")}
        for before, rows in LAYERS.items():
            for after, columns in LAYERS.items():
                block = inner[np.ix_(rows, columns)]
                assert block.any() == ((before, after) in allowed)
        assert not sensory[:, : LAYERS["inter"].start].any()

    @pytest.mark.parametrize("seed", range(5))
    def test_nobody_is_left_out(self, seed: int) -> None:
        sensory, inner = wire(N_IN, N_OUT, seed)
        assert sensory.any(axis=1).all()
        assert sensory[:, LAYERS["inter"]].any(axis=0).all()
        assert inner[:, : LAYERS["inter"].start].any(axis=0).all()
        assert inner[N_OUT:].any(axis=1).all()

    def test_it_is_sparse_and_follows_from_the_seed(self) -> None:
        inner = wire(N_IN, N_OUT, 0)[1]
        assert np.count_nonzero(inner) < 0.2 * inner.size
        assert np.array_equal(inner, wire(N_IN, N_OUT, 0)[1])
        assert not np.array_equal(inner, wire(N_IN, N_OUT, 1)[1])

    def test_too_many_outputs_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no room for 24 outputs; give at most 14"):
            wire(N_IN, 24, 0)
        inner = wire(N_IN, 14, 0)[1]
        assert inner[:, :14].any(axis=0).all()


class TestPolicy:
    def test_it_has_memory_and_loses_it_on_reset(self) -> None:
        one, seen = policy(), np.array([0.5, -0.2, 0.1], np.float32)
        first = [one.act(seen) for _ in range(3)]
        assert not np.array_equal(first[0], first[2])
        one.reset(0)
        assert np.array_equal([one.act(seen) for _ in range(3)], first)

    def test_what_is_seen_matters_and_actions_stay_inside(self) -> None:
        one, other = policy(), policy({"output_w": np.full(N_OUT, 50.0)})
        rng = np.random.default_rng(0)
        for _ in range(20):
            big = rng.choice([-1.0, 1.0], N_IN).astype(np.float32)
            assert np.abs(other.act(big)).max() <= 1.0
        actions = [one.act(np.full(N_IN, value, np.float32)) for value in (-1.0, 1.0)]
        assert not np.allclose(actions[0], actions[1], atol=1e-3)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"cm": np.ones(3)}, r"'cm' of a policy 'ncp' has shape \(3,\); it needs \(19,\)"),
            ({"w": -np.ones((19, 19))}, "'w' of a policy 'ncp' holds numbers below 0"),
            ({"extra": np.ones(2)}, "needs the setting unfolds and gleak"),
        ],
    )
    def test_wrong_arrays_are_refused(self, changes: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            policy(changes)

    def test_it_is_stored_as_numbers_and_read_back(self, tmp_path: Any) -> None:
        settings = {"unfolds": 6}
        agent = Agent(
            name="n", about="", env_id="", policy="ncp", settings=settings, arrays=arrays()
        )
        save_agent(agent, tmp_path / "n.npz")
        again = load_agent(tmp_path / "n.npz")
        seen = np.array([0.5, -0.2, 0.1], np.float32)
        kept = build_policy("ncp", N_OUT, again.arrays, again.settings)
        assert kept.act(seen) == pytest.approx(policy().act(seen), abs=1e-5)


class TestGenome:
    def test_each_number_belongs_to_one_neuron_synapse_or_output(self) -> None:
        genome = NcpGenome(N_IN, N_OUT, 0)
        start = genome.start(0)
        sensory, inner = wire(N_IN, N_OUT, 0)
        synapses = np.count_nonzero(sensory) + np.count_nonzero(inner)
        assert start.shape == (3 * N_UNITS + 3 * synapses + 2 * N_OUT,)
        for i in range(len(start)):
            moved = start.copy()
            moved[i] += 0.1
            before, after = genome.arrays(start), genome.arrays(moved)
            assert sum(np.count_nonzero(before[k] != after[k]) for k in before) == 1

    def test_no_search_can_make_it_invalid(self) -> None:
        genome = NcpGenome(N_IN, N_OUT, 0)
        rng = np.random.default_rng(0)
        wild = genome.start(0) + 5.0 * rng.standard_normal(len(genome.start(0)))
        one = build_policy("ncp", N_OUT, genome.arrays(wild), genome.settings)
        assert np.isfinite(one.act(np.ones(N_IN, np.float32))).all()

    def test_a_linear_policy_has_no_hidden_layer(self) -> None:
        genome = MlpGenome(N_IN, (), N_OUT)
        assert set(genome.arrays(genome.start(0))) == {"weight0", "bias0"}


class TestTraining:
    WORDS = (
        "train Worm/Chemotaxis-v0 --action-mode neurons --observations chemo_trend --policy ncp "
        "--neurons AVA,SMDDL+SMDDR --current-scale-pA 60 --steps 8 --episode-steps 2 "
        "--evaluate-episodes 1 --evaluate-steps 2 --option pairs=2 --quiet"
    )

    def test_evolution_trains_it(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("agents.training.FINAL_EPISODES", 1)
        monkeypatch.setattr(
            "agents.training.evaluate",
            lambda agent, **k: _short(agent, **{**k, "max_episode_steps": 2}),
        )
        assert main([*self.WORDS.split(), "--out", str(tmp_path / "run")]) == 0
        agent = load_agent(tmp_path / "run" / "agent.npz")
        assert agent.policy == "ncp"
        assert agent.env["neurons"] == ["AVA", "SMDDL,SMDDR"]
        assert agent.env["current_scale_pA"] == 60.0
        assert len(agent.score["returns"]) == 1
        assert "--policy ncp" in agent.command

    @pytest.mark.parametrize("changes", [{"policy": "lstm"}, {"algorithm": "ppo"}])
    def test_only_evolution_does(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="choose 'mlp', or 'ncp' with es"):
            Settings(**{"env_id": "Worm/Crawl-v0", "policy": "ncp", **changes})


def _short(agent: Agent, **arguments: Any) -> Any:
    from agents.evaluation import evaluate

    return evaluate(agent, **arguments)


def test_it_computes_what_the_package_ncps_computes() -> None:
    """The same arrays in its cell of torch give the same actions, step by step."""
    torch = pytest.importorskip("torch", reason="needs the extra wormlife[rl]")
    wirings = pytest.importorskip("ncps.wirings", reason="needs the package ncps")
    from ncps.torch import LTCCell

    sensory, inner = wire(N_IN, N_OUT, 0)
    wiring = wirings.Wiring(N_UNITS)
    wiring.set_output_dim(N_OUT)
    wiring.build(N_IN)
    for kind, polarity in (("add_sensory_synapse", sensory), ("add_synapse", inner)):
        for source, target in np.argwhere(polarity):
            getattr(wiring, kind)(source, target, int(polarity[source, target]))
    cell = LTCCell(wiring)
    mine = arrays()
    for name in ("gleak", "vleak", "cm", *SYNAPSES, *(f"sensory_{s}" for s in SYNAPSES)):
        cell._params[name].data = torch.as_tensor(mine[name], dtype=torch.float32)
    for name in ("output_w", "output_b"):
        cell._params[name].data = torch.as_tensor(mine[name], dtype=torch.float32)
    one, state = policy(), torch.zeros(1, N_UNITS)
    for seen in np.random.default_rng(0).uniform(-1, 1, (25, N_IN)).astype(np.float32):
        theirs, state = cell(torch.as_tensor(seen[None]), state, elapsed_time=CONTROL_S)
        assert one.act(seen) == pytest.approx(theirs.detach().numpy()[0], abs=1e-5)
