"""Every registered environment, in every action mode and form of observation, keeps the rules."""

import pickle
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import wormlife
from env.actions import ACTION_MODES
from env.observations import GROUPS
from env.simulation import SimulationDiverged
from env.tasks import TASKS, Chemotaxis
from env.worm_env import RESET_OPTIONS, WormEnv
from worm.parameters import Parameters

IDS = (
    "Worm/Crawl-v0",
    "Worm/Swim-v0",
    "Worm/Chemotaxis-v0",
    "Worm/TouchEscape-v0",
    "Worm/Forage-v0",
)
N_ACTIONS = {"brain": 1, "neurons": 4, "muscles": 24}


def make(env_id: str = IDS[0], **arguments: Any) -> gymnasium.Env[Any, Any]:
    return gymnasium.make(env_id, disable_env_checker=True, **arguments)


def worm_env(env: gymnasium.Env[Any, Any]) -> WormEnv:
    assert isinstance(env.unwrapped, WormEnv)
    return env.unwrapped


@pytest.fixture(scope="module")
def crawl() -> Iterator[gymnasium.Env[Any, Any]]:
    env = make()
    yield env
    env.close()


def test_ids_appear_with_the_import_of_wormlife() -> None:
    assert set(IDS) == {name for name in gymnasium.registry if name.startswith("Worm/")}
    assert all(gymnasium.spec(env_id).max_episode_steps for env_id in IDS)
    assert gymnasium.make("wormlife:Worm/Crawl-v0").spec is not None
    assert wormlife.__version__


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("mode", ACTION_MODES)
@pytest.mark.parametrize("env_id", IDS)
class TestEveryEnvironment:
    def test_gymnasium_finds_no_fault(self, env_id: str, mode: str, flat: bool) -> None:
        env = make(env_id, action_mode=mode, flat=flat, render_mode="rgb_array")
        assert env.action_space.shape == (N_ACTIONS[mode],)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(env.unwrapped)
        env.close()

    def test_corner_actions_stay_inside_the_space_and_terms_add_up(
        self, env_id: str, mode: str, flat: bool
    ) -> None:
        env = make(env_id, action_mode=mode, flat=flat)
        observation, _ = env.reset(seed=1)
        rng = np.random.default_rng(0)
        for _ in range(25):
            assert observation in env.observation_space
            action = rng.choice([-1.0, 1.0], env.action_space.shape).astype(np.float32)
            observation, reward, terminated, truncated, info = env.step(action)
            assert reward == sum(info["reward_terms"].values())
            assert np.isfinite(float(reward))
            assert not terminated
            assert not truncated
        env.close()

    def test_same_seed_and_actions_give_the_same_episode(
        self, env_id: str, mode: str, flat: bool
    ) -> None:
        env = make(env_id, action_mode=mode, flat=flat)
        episodes = []
        for _ in range(2):
            env.action_space.seed(3)
            seen = [str(env.reset(seed=3)[0])]
            for _ in range(10):
                observation, reward, _, _, info = env.step(env.action_space.sample())
                seen.append(f"{observation!r} {reward!r} {info!r}")
            episodes.append(seen)
        assert episodes[0] == episodes[1]
        env.close()


class TestSeeds:
    def test_another_seed_and_the_next_episode_differ(self, crawl: Any) -> None:
        first = [crawl.reset(seed=seed)[0] for seed in (1, 2, 1)]
        following = crawl.reset()[0]
        assert np.array_equal(first[0], first[2])
        assert not np.array_equal(first[0], first[1])
        assert not np.array_equal(first[0], following)

    def test_the_spec_makes_the_same_environment_after_pickling(self, crawl: Any) -> None:
        spec = pickle.loads(pickle.dumps(crawl.spec))
        again = gymnasium.make(spec)
        assert again.observation_space == crawl.observation_space
        assert np.array_equal(again.reset(seed=4)[0], crawl.reset(seed=4)[0])
        again.close()

    @pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
    def test_an_episode_that_ends_begins_anew(self, mode: str) -> None:
        kind = getattr(gymnasium.vector.AutoresetMode, mode)
        vector = gymnasium.make_vec(
            "Worm/Crawl-v0",
            num_envs=2,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": kind},
            max_episode_steps=3,
            action_mode="muscles",
            body="free",
        )
        vector.reset(seed=[1, 2])
        still = np.zeros((2, 24), np.float32)
        ends, times = [], []
        for _ in range(5):
            _, _, _, truncated, info = vector.step(still)
            ends.append(bool(truncated.all()))
            times.append(round(float(info["time_s"][0]), 9))
        vector.close()
        assert ends == [False, False, True, False, False]
        at_end = [0.12, 0.0, 0.04] if mode == "NEXT_STEP" else [0.0, 0.04, 0.08]
        assert times == [0.04, 0.08, *at_end]

    @pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
    def test_two_worms_side_by_side_live_as_they_would_alone(self, mode: str) -> None:
        kind = getattr(gymnasium.vector.AutoresetMode, mode)
        vector = gymnasium.vector.SyncVectorEnv([make, make], autoreset_mode=kind)
        both = [vector.reset(seed=[1, 2])[0]]
        both += [vector.step(np.zeros((2, 1), np.float32))[0] for _ in range(5)]
        vector.close()
        alone = make()
        one = [alone.reset(seed=2)[0]]
        one += [alone.step(np.zeros(1, np.float32))[0] for _ in range(5)]
        alone.close()
        assert np.array_equal(np.stack(both)[:, 1], np.stack(one))

    @pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
    def test_worms_in_processes_of_their_own_live_as_they_would_alone(
        self, crawl: Any, mode: str
    ) -> None:
        kind = getattr(gymnasium.vector.AutoresetMode, mode)
        vector = gymnasium.make_vec(
            "wormlife:Worm/Crawl-v0",
            num_envs=2,
            vectorization_mode="async",
            vector_kwargs={"context": "spawn", "autoreset_mode": kind},
        )
        vector.reset(seed=5)
        both = vector.step(np.zeros((2, 1), np.float32))[0]
        vector.close()
        crawl.reset(seed=6)
        assert np.array_equal(both[1], crawl.step(np.zeros(1, np.float32))[0])


class TestActions:
    @pytest.mark.parametrize(
        ("action", "message"),
        [
            (np.array([np.nan], np.float32), "the action holds nan; give finite"),
            (np.array([np.inf], np.float32), "the action holds inf"),
            (np.array([1.5], np.float32), "the action holds 1.5"),
            (np.zeros(2, np.float32), r"shape \(2,\); give \(1,\)"),
            (np.float32(0.0), r"shape \(\); give \(1,\)"),
            ("forward", r"the action is 'forward'; give \(1,\) numbers"),
            (None, r"shape \(\); give \(1,\)"),
            ([[0.0], 1.0], r"the action is .*; give \(1,\) numbers"),
        ],
    )
    def test_a_bad_action_is_refused_and_time_stands_still(
        self, crawl: Any, action: Any, message: str
    ) -> None:
        crawl.reset(seed=0)
        env = worm_env(crawl)
        with pytest.raises((TypeError, ValueError), match=message):
            env.step(action)
        assert env.sim.time_s == 0.0

    def test_brain_drives_one_command_pair_against_the_other(self, crawl: Any) -> None:
        env, index = worm_env(crawl), worm_env(crawl).sim.connectome.index_of
        env.reset(seed=0)
        for action, ava_pA, avb_pA in ((0.5, -75.0, 75.0), (-1.0, 150.0, -150.0), (0.0, 0.0, 0.0)):
            env.step(np.array([action], np.float32))
            current = env.sim.injected_current_pA
            assert (current[index["AVAL"]], current[index["AVBR"]]) == (ava_pA, avb_pA)
            assert current.astype(bool).sum() == (4 if action else 0)

    def test_the_command_neurons_follow_the_action(self) -> None:
        """Without the slow drive, which may hold AVA up whatever the action."""
        env = WormEnv(parameters=Parameters.load().with_values({"noise.command": 0.0}))
        voltages = []
        for action in (-1.0, 1.0):
            env.reset(seed=0)
            for _ in range(15):
                env.step(np.array([action], np.float32))
            voltages.append((env.sim.voltage_mV("AVAL"), env.sim.voltage_mV("AVBL")))
        env.close()
        (ava_down, avb_down), (ava_up, avb_up) = voltages
        assert ava_down - ava_up > 20.0
        assert avb_up - avb_down > 20.0

    def test_neurons_receive_their_own_currents(self) -> None:
        env = WormEnv(action_mode="neurons", neurons=("RIB", "SMDDL,SMDDR"), current_scale_pA=8.0)
        env.reset(seed=0)
        env.step(np.array([1.0, -0.5], np.float32))
        current, index = env.sim.injected_current_pA, env.sim.connectome.index_of
        assert current[index["RIBL"]] == 8.0
        assert current[index["SMDDR"]] == -4.0
        env.close()

    def test_muscles_pull_row_by_row_on_the_side_of_the_sign(self) -> None:
        env = WormEnv(action_mode="muscles")
        env.reset(seed=0)
        action = np.zeros(24, np.float32)
        action[0], action[4] = 0.75, -0.5
        env.step(action)
        names = env.sim.connectome.muscle_names
        pulling = {n: a for n, a in zip(names, env.sim.activation, strict=True) if a}
        assert pulling == {"MDL01": 0.75, "MDR01": 0.75, "MVL05": 0.5, "MVR05": 0.5}
        env.close()


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"action_mode": "legs"}, ValueError, "unknown action_mode 'legs'.*brain, neurons"),
            ({"observations": ("smell",)}, ValueError, "unknown observation 'smell'"),
            ({"observations": ()}, ValueError, "different group names"),
            ({"observations": ("touch", "touch")}, ValueError, "different group names"),
            ({"task": "dance"}, ValueError, "unknown task 'dance'.*crawl"),
            ({"render_mode": "human"}, ValueError, "unknown render_mode 'human'"),
            ({"action_mode": "neurons", "neurons": ("AVX",)}, KeyError, "unknown neuron"),
            ({"action_mode": "neurons", "neurons": ()}, ValueError, "sequence of names"),
            ({"action_mode": "neurons", "neurons": ("AVA", "AVAL")}, ValueError, "in common"),
            ({"current_scale_pA": -1.0}, ValueError, "positive current"),
            ({"muscles": "legs"}, ValueError, "unknown muscles 'legs'; choose one of rows, all"),
            ({"ablate": 5}, TypeError, "ablate=5 must be names of neurons"),
            ({"parameters": 5}, TypeError, "parameters=5 must be 'default', the path"),
            ({"arena": 5}, TypeError, "an arena is given by name"),
            (
                {"action_mode": "muscles", "observations": ("neurons",)},
                ValueError,
                "says nothing in action_mode 'muscles'",
            ),
        ],
    )
    def test_a_bad_argument_is_refused(
        self, arguments: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message.replace(".*", "(.|\n)*")):
            WormEnv(**arguments)

    def test_all_muscles_are_driven_one_by_one(self) -> None:
        env = WormEnv(action_mode="muscles", muscles="all", body="free")
        assert env.action_space.shape == (95,)
        env.reset(seed=0)
        action = np.full(95, -1.0, np.float32)
        action[7] = 0.25
        env.step(action)
        assert env.sim.activation[7] == 0.25
        assert env.sim.activation.sum() == 0.25
        env.close()

    def test_ablations_of_one_episode_are_gone_in_the_next(self) -> None:
        env = WormEnv(body="free", ablate="RIM")
        for options, rules in (
            ({"ablate": "AVA"}, ("ablate RIM", "ablate AVA")),
            ({}, ("ablate RIM",)),
        ):
            env.reset(seed=0, options=options)
            assert env.sim.perturbations == rules
        with pytest.raises(KeyError, match="AVX"):
            env.reset(seed=0, options={"ablate": "AVX"})
        env.reset(seed=0)
        assert env.sim.perturbations == ("ablate RIM",)
        env.close()

    def test_arena_and_parameters_of_one_episode_are_gone_in_the_next(self) -> None:
        env = WormEnv(task="chemotaxis", action_mode="muscles", body="free")
        key = "body.bending_stiffness"
        first = env.reset(seed=0)[0]
        value = 2.0 * env.sim.parameters[key]
        env.reset(seed=0, options={"arena": "odour", "parameters": {key: value}})
        assert env.sim.arena.name == "odour"
        assert env.sim.parameters[key] == value
        again = env.reset(seed=0)[0]
        assert env.sim.arena.name == "chemotaxis"
        assert env.sim.parameters[key] == value / 2.0
        assert np.array_equal(first, again)
        with pytest.raises(KeyError, match="unknown arena"):
            env.reset(options={"arena": "moon"})
        assert env.sim.arena.name == "chemotaxis"
        env.close()

    def test_reset_options_are_taken_and_unknown_ones_refused(self, crawl: Any) -> None:
        crawl.reset(seed=0, options={})
        where = {"position_mm": (1.0, 2.0), "heading_rad": 0.5, "posture": "straight"}
        observation, info = crawl.reset(seed=0, options=where)
        assert info["position_mm"][:2] == pytest.approx([1.0, 2.0])
        assert not observation[:23].any()
        assert set(where) < set(RESET_OPTIONS)
        with pytest.raises(ValueError, match="unknown reset option 'odor'; choose from ablate"):
            crawl.reset(options={"odor": 1.0})
        with pytest.raises(ValueError, match="unknown posture"):
            crawl.reset(options={"posture": "coil"})
        with pytest.raises(TypeError, match="ablate=5 must be names"):
            crawl.reset(options={"ablate": 5})
        with pytest.raises(TypeError, match="option parameters=5 must be a mapping"):
            crawl.reset(options={"parameters": 5})

    def test_every_group_can_be_seen_and_dict_and_flat_agree(self) -> None:
        dicts = WormEnv(task="chemotaxis", observations=tuple(GROUPS), flat=False)
        flats = WormEnv(task="chemotaxis", observations=tuple(GROUPS), flat=True)
        one, other = dicts.reset(seed=1)[0], flats.reset(seed=1)[0]
        for _ in range(2):
            assert isinstance(one, dict)
            assert one in dicts.observation_space
            assert np.array_equal(np.concatenate(list(one.values())), other)
            action = np.ones(1, np.float32)
            one, other = dicts.step(action)[0], flats.step(action)[0]
        assert {name: box.shape for name, box in one.items()} == {
            name: (group.size,) for name, group in GROUPS.items()
        }
        dicts.close()
        flats.close()


class TestEnds:
    def test_reaching_the_peak_ends_the_episode_with_food(self) -> None:
        env = WormEnv(task="chemotaxis")
        env.reset(seed=1, options={"position_mm": (-1.02, 0.0), "heading_rad": 0.0})
        env.task = Chemotaxis(goal_radius_mm=2.0)
        env.task.reset(env.sim)
        *_, terminated, truncated, info = env.step(np.zeros(1, np.float32))
        assert (terminated, truncated) == (True, False)
        assert info["termination_reason"] == "reached"
        assert info["reward_terms"]["food"] == 100.0
        with pytest.raises(RuntimeError, match="call reset"):
            env.step(np.zeros(1, np.float32))
        env.close()

    def test_leaving_the_arena_ends_the_episode(self) -> None:
        env = WormEnv(task="crawl")
        env.reset(seed=1, options={"position_mm": (25.5, 0.0)})
        *_, terminated, _, info = env.step(np.zeros(1, np.float32))
        assert terminated
        assert info["termination_reason"] == "left_arena"
        env.close()

    def test_divergence_ends_the_episode_without_a_bad_number(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        env = WormEnv(task="crawl")
        before, _ = env.reset(seed=1)

        def diverge() -> None:
            raise SimulationDiverged("the voltage of AVAL is nan mV")

        monkeypatch.setattr(env.sim, "step", diverge)
        observation, reward, terminated, _, info = env.step(np.zeros(1, np.float32))
        assert terminated
        assert info["termination_reason"] == "diverged"
        assert reward == -100.0
        assert np.array_equal(observation, before)
        env.close()

    def test_the_time_limit_truncates(self) -> None:
        env = gymnasium.make("Worm/Crawl-v0", max_episode_steps=3)
        env.reset(seed=0)
        ends = [env.step(np.zeros(1, np.float32))[2:4] for _ in range(3)]
        assert ends == [(False, False), (False, False), (False, True)]
        env.close()


class TestRewards:
    def test_forward_is_the_way_along_the_heading(self, crawl: Any) -> None:
        env = worm_env(crawl)
        env.reset(seed=0)
        place, heading = env.sim.position_mm, env.sim.heading_rad
        _, _, _, _, info = env.step(np.zeros(1, np.float32))
        way = (env.sim.position_mm - place)[:2] @ (np.cos(heading), np.sin(heading))
        assert info["reward_terms"]["forward"] == pytest.approx(way / 0.04 / 0.2, rel=1e-9)

    def test_approach_adds_up_to_the_distance_gained(self) -> None:
        env = WormEnv(task="chemotaxis", action_mode="muscles")
        env.reset(seed=0)
        start = np.linalg.norm(env.sim.centreline_mm[0, :2])
        rng = np.random.default_rng(1)
        total = 0.0
        for _ in range(10):
            info = env.step(rng.uniform(-1, 1, 24).astype(np.float32))[4]
            total += info["reward_terms"]["approach"] * 0.04 * 0.2
        gained = start - np.linalg.norm(env.sim.centreline_mm[0, :2])
        assert total == pytest.approx(gained, abs=1e-9)
        env.close()


class TestDocumentation:
    doc = WormEnv.__doc__ or ""

    def test_sections_stand_in_the_order_of_gymnasium(self) -> None:
        assert re.findall(r"^ *(##+ .*?)\.?$", self.doc, re.M) == [
            "## Description",
            "## Action Space",
            "## Observation Space",
            "## Rewards",
            "## Starting State",
            "## Episode End",
            "### Termination",
            "### Truncation",
            "## Arguments",
            "## Version History",
        ]

    def test_the_table_of_observations_is_that_of_the_code(self) -> None:
        section = self.doc.split("## Observation Space")[1].split("## Rewards")[0]
        rows = [line.strip() for line in section.splitlines() if line.strip().startswith("|")][2:]
        assert rows == [group.row for group in GROUPS.values()]

    def test_the_table_of_actions_has_the_modes_and_their_sizes(self) -> None:
        section = self.doc.split("## Action Space")[1].split("## Observation Space")[0]
        rows = [line.split("|")[1:3] for line in section.splitlines() if "|" in line][2:]
        table = {mode.strip(): size.strip() for mode, size in rows}
        assert table == {"brain": "1", "neurons": "k", "muscles": "24", 'muscles, "all"': "95"}
        assert tuple(table)[:3] == ACTION_MODES

    def test_numbers_in_the_text_are_those_of_the_code(self) -> None:
        assert {
            name: gymnasium.spec(i).max_episode_steps for name, i in zip(TASKS, IDS, strict=True)
        } == {
            "crawl": 500,
            "swim": 500,
            "chemotaxis": 7500,
            "touch_escape": 1500,
            "forage": 7500,
        }
        text = " ".join(self.doc.split())
        assert "after 500 steps (20 s) in Crawl and Swim, 1500 steps (1 min) in TouchEs" in text
        assert "7500 steps (5 min) in Chemotaxis and Forage" in text
        env = WormEnv()
        assert env.metadata["render_fps"] == round(1.0 / env.sim.clock.control_s)
        env.close()

    def test_describe_names_every_index(self, crawl: Any) -> None:
        text = worm_env(crawl).describe()
        assert "| 0..22 | proprioception | 23 |" in text
        assert "| 46..140 | muscle | 95 |" in text
        assert "AVB (+) and AVA (-)" in text


class TestPictures:
    def test_rgb_array_shows_a_new_picture_without_a_window(self) -> None:
        env = make(render_mode="rgb_array")
        env.reset(seed=0)
        picture = np.asarray(env.render())
        assert picture.shape == (480, 640, 3)
        assert picture.dtype == np.uint8
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
        env.close()
        env.close()


def test_the_door_is_light() -> None:
    program = (
        "import sys, wormlife; heavy = {'numba', 'pybullet', 'pyglet', 'matplotlib', 'torch'};"
        "print(sorted(heavy & set(sys.modules)), wormlife.Simulation.__name__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[] Simulation\n"
    assert run.stderr == ""


def test_the_door_knows_its_names_and_no_others() -> None:
    assert set(dir(wormlife)) >= {"Simulation", "load"}
    with pytest.raises(AttributeError, match="has no attribute 'Simulator'"):
        wormlife.Simulator  # noqa: B018
