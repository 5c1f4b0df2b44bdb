"""The parts of one closed loop, built once from a configuration."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from env.arena import Arena
    from env.clock import Clock
    from worm.body import Body, BodyPlan
    from worm.connectome import Connectome
    from worm.media import Medium
    from worm.muscles import Muscles
    from worm.nervous_system import NervousSystem
    from worm.parameters import Parameters
    from worm.proprioception import Proprioception
    from worm.senses import Senses

__all__ = ["BODIES", "BodyKind", "Components", "build_components"]

BodyKind = Literal["pybullet", "free"]
BODIES: tuple[BodyKind, ...] = ("pybullet", "free")


@dataclass(frozen=True, kw_only=True)
class Components:
    """The animal's parts and its body in the world."""

    connectome: "Connectome"
    nervous: "NervousSystem"
    muscles: "Muscles"
    senses: "Senses"
    proprioception: "Proprioception"
    plan: "BodyPlan"
    body: "Body"


def build_components(
    *,
    parameters: "Parameters",
    arena: "Arena",
    medium: "Medium",
    clock: "Clock",
    resolution: str | float,
    body: BodyKind,
) -> Components:
    """Return the parts of a closed loop with their kernels ready; takes seconds, done once."""
    # Imported here: numba and pybullet are slow to load and not needed to read a recording.
    from worm.body import BodyPlan, FreeBody
    from worm.connectome import load_connectome
    from worm.muscles import Muscles
    from worm.nervous_system import NervousSystem
    from worm.proprioception import Proprioception
    from worm.senses import Senses

    connectome = load_connectome()
    plan = BodyPlan(
        length_mm=parameters["body.length"],
        bending_stiffness=parameters["body.bending_stiffness"],
        internal_viscosity_s=parameters["body.internal_viscosity_s"],
    )
    world: Body
    if body == "pybullet":
        from env.physics import PybulletWorld

        world = PybulletWorld(plan, medium, clock.physics_s, arena.obstacles)
    else:
        world = FreeBody(plan, medium, clock.physics_s, arena.obstacles)
    nervous = NervousSystem(connectome, parameters, resolution=resolution, dt_ms=clock.neuron_ms)
    return Components(
        connectome=connectome,
        nervous=nervous,
        muscles=Muscles(connectome, parameters),
        senses=Senses(connectome, parameters),
        proprioception=Proprioception(connectome, parameters, nervous.input_nS),
        plan=plan,
        body=world,
    )
