"""The body in pybullet: the only module that imports it.

The mechanics kernel decides the rates of every step from drag, elasticity, film, obstacles and
muscles; pybullet's multibody is given the forces that realise them and integrates the motion. Its
masses are numerical (about 10⁵ times those of a worm) and cancel. Obstacles act through the kernel,
so contact forces do not depend on those masses either. Units: mm, g, s, µN.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from worm.body import Body, BodyPlan, Obstacle
from worm.media import Medium

__all__ = ["MAX_WORLDS", "PybulletWorld"]

Array = NDArray[np.float64]

MAX_WORLDS = 64
"""Worlds open at once in a process: each takes about 28 MB, and out of memory pybullet aborts."""

BULLET_MASS_G = 0.5
"""Numerical mass of the whole body. It does not enter the movement; see the module."""

_open_worlds = 0
_open_worlds_lock = threading.Lock()


class PybulletWorld(Body):
    """A worm in a pybullet client of its own; arguments and readings as those of :class:`Body`.

    The client is opened by the first step, so a world may be built before a fork and used after it.
    """

    def __init__(
        self,
        plan: BodyPlan,
        medium: Medium,
        dt_s: float = 4e-3,
        obstacles: Sequence[Obstacle] = (),
        *,
        bullet_mass_g: float = BULLET_MASS_G,
    ) -> None:
        n, m = plan.n_segments, plan.n_joints
        self._client: int | None = None
        self._closed = False
        self._body = -1
        self._joints = list(range(m))
        self._mass = np.full(n, bullet_mass_g / n)
        self._inertia = np.zeros((n, 2))
        self._rates, self._drive, self._wrench = np.zeros(6 + m), np.zeros(m), np.zeros(6)
        super().__init__(plan, medium, dt_s, obstacles)

    def _advance(self, torque: Array, external: Array) -> bool:
        from worm.kernels.mechanics import plan_step

        if self._client is None:
            self._connect()
        finite = plan_step(
            self._segment,
            self._joint,
            self._constant,
            self._obstacle,
            self._state,
            torque,
            external,
            self._centre,
            self._rotation,
            self._contact,
            self._contact_force,
            self._mass,
            self._inertia,
            self._rates,
            self._drive,
            self._wrench,
        )
        if not finite:
            return False
        self._apply()
        _bullet().stepSimulation(self._client)
        super()._take(self._read())
        return True

    def _take(self, state: Array) -> None:
        super()._take(state)
        if self._client is not None:
            self._write()

    def _apply(self) -> None:
        """Hand joint torques and the base wrench to pybullet; both last for one step."""
        bullet, client = _bullet(), self._client
        wrench, place = self._wrench.tolist(), self._state[:3].tolist()
        # pybullet keeps the base pose in another form than it reports: without this a state that
        # was read and set again would go on differently in its last bits
        self._write_base()
        bullet.setJointMotorControlArray(
            self._body,
            self._joints,
            bullet.TORQUE_CONTROL,
            forces=self._drive.tolist(),
            physicsClientId=client,
        )
        bullet.applyExternalForce(
            self._body, -1, wrench[3:], place, bullet.WORLD_FRAME, physicsClientId=client
        )
        bullet.applyExternalTorque(
            self._body, -1, wrench[:3], bullet.WORLD_FRAME, physicsClientId=client
        )

    def _read(self) -> Array:
        """Return pybullet's state as a state vector."""
        bullet, client, m = _bullet(), self._client, self.plan.n_joints
        joints = bullet.getJointStates(self._body, self._joints, physicsClientId=client)
        place, turn = bullet.getBasePositionAndOrientation(self._body, physicsClientId=client)
        velocity, omega = bullet.getBaseVelocity(self._body, physicsClientId=client)
        state = np.empty_like(self._state)
        state[:3], state[3:7] = place, turn
        state[7 : 7 + m] = [joint[0] for joint in joints]
        state[7 + m : 10 + m], state[10 + m : 13 + m] = omega, velocity
        state[13 + m :] = [joint[1] for joint in joints]
        return state

    def _write(self) -> None:
        """Set pybullet's state to the state vector."""
        m = self.plan.n_joints
        self._write_base()
        _bullet().resetJointStatesMultiDof(
            self._body,
            self._joints,
            [[angle] for angle in self._state[7 : 7 + m].tolist()],
            [[rate] for rate in self._state[13 + m :].tolist()],
            physicsClientId=self._client,
        )

    def _write_base(self) -> None:
        bullet, client, m = _bullet(), self._client, self.plan.n_joints
        pose, rates = self._state[:7].tolist(), self._state[7 + m : 13 + m].tolist()
        bullet.resetBasePositionAndOrientation(
            self._body, pose[:3], pose[3:], physicsClientId=client
        )
        # setting the pose stops the base
        bullet.resetBaseVelocity(self._body, rates[3:], rates[:3], physicsClientId=client)

    def _connect(self) -> None:
        """Open a client and build the body in the present state."""
        if self._closed:
            raise RuntimeError("this world was closed; make a new PybulletWorld to step again")
        _count_world()
        bullet = _bullet()
        with _silence():
            client = bullet.connect(bullet.DIRECT)
        if client < 0:
            _forget_world()
            raise RuntimeError(
                "pybullet opened no client; close worlds that are no longer needed with close()"
            )
        self._client = client
        bullet.setTimeStep(self.dt_s, physicsClientId=client)
        bullet.setGravity(
            0.0, 0.0, 0.0, physicsClientId=client
        )  # weight is 1/1000 of the film's hold
        bullet.setPhysicsEngineParameter(deterministicOverlappingPairs=1, physicsClientId=client)
        self._body = _build_body(bullet, client, self.plan, self._mass)
        _free_joints(bullet, client, self._body, self.plan)
        self._inertia[:] = _set_inertia(bullet, client, self._body, self.plan, self._mass)
        self._write()

    def close(self) -> None:
        """Disconnect from pybullet; calling it again does nothing."""
        client, self._client, self._closed = self._client, None, True
        if client is not None:
            _bullet().disconnect(client)
            _forget_world()

    def __del__(self) -> None:
        if getattr(self, "_client", None) is not None and not sys.is_finalizing():
            self.close()


def _build_body(bullet: ModuleType, client: int, plan: BodyPlan, mass: Array) -> int:
    """Return a new chain of capsules, joined by a hinge about −z, a massless link, one about −y."""
    length, m = plan.segment_length_mm, plan.n_joints
    along_x = bullet.getQuaternionFromEuler([0.0, 0.5 * np.pi, 0.0])
    shapes = [
        bullet.createCollisionShape(
            bullet.GEOM_CAPSULE,
            radius=float(radius),
            height=0.999 * length,
            collisionFrameOrientation=along_x,
            physicsClientId=client,
        )
        for radius in plan.radius_mm
    ]
    positions = [[-length, 0.0, 0.0], [0.0, 0.0, 0.0]] * (plan.n_segments - 1)
    positions[0] = [-0.5 * length, 0.0, 0.0]  # the base frame sits at the head's centre
    body = bullet.createMultiBody(
        float(mass[0]),
        shapes[0],
        -1,
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
        linkMasses=[value for k in range(1, plan.n_segments) for value in (0.0, float(mass[k]))],
        linkCollisionShapeIndices=[value for shape in shapes[1:] for value in (-1, shape)],
        linkVisualShapeIndices=[-1] * m,
        linkPositions=positions,
        linkOrientations=[[0.0, 0.0, 0.0, 1.0]] * m,
        linkInertialFramePositions=[[0.0, 0.0, 0.0], [-0.5 * length, 0.0, 0.0]] * (m // 2),
        linkInertialFrameOrientations=[[0.0, 0.0, 0.0, 1.0]] * m,
        linkParentIndices=list(range(m)),
        linkJointTypes=[bullet.JOINT_REVOLUTE] * m,
        linkJointAxis=[[0.0, 0.0, -1.0], [0.0, -1.0, 0.0]] * (m // 2),
        physicsClientId=client,
    )
    return int(body)


def _free_joints(bullet: ModuleType, client: int, body: int, plan: BodyPlan) -> None:
    """Take away what pybullet adds by default: motors, damping, friction, collisions."""
    m = plan.n_joints
    for link in range(-1, m):
        bullet.changeDynamics(
            body,
            link,
            linearDamping=0.0,
            angularDamping=0.0,
            jointDamping=0.0,
            maxJointVelocity=1e6,
            lateralFriction=0.0,
            spinningFriction=0.0,
            rollingFriction=0.0,
            physicsClientId=client,
        )
        # contacts are the kernel's: pybullet's force would scale with its numerical mass
        bullet.setCollisionFilterGroupMask(body, link, 0, 0, physicsClientId=client)
    bullet.setJointMotorControlArray(
        body,
        list(range(m)),
        bullet.VELOCITY_CONTROL,
        forces=[0.0] * m,
        physicsClientId=client,
    )


def _set_inertia(bullet: ModuleType, client: int, body: int, plan: BodyPlan, mass: Array) -> Array:
    """Give segments the inertia of cylinders; return what pybullet holds, (n, 2) about, across."""
    held = np.empty((plan.n_segments, 2))
    for k, radius in enumerate(plan.radius_mm):
        link = 2 * k - 1
        about = float(mass[k] * radius**2 / 2.0)
        across = float(mass[k] * (radius**2 / 4.0 + plan.segment_length_mm**2 / 12.0))
        # beside damping arguments the inertia would be silently ignored: a call of its own
        bullet.changeDynamics(
            body, link, localInertiaDiagonal=[about, across, across], physicsClientId=client
        )
        held[k] = bullet.getDynamicsInfo(body, link, physicsClientId=client)[2][:2]
    return held


def _count_world() -> None:
    global _open_worlds
    with _open_worlds_lock:
        if _open_worlds >= MAX_WORLDS:
            raise RuntimeError(
                f"{_open_worlds} pybullet worlds are open, at most {MAX_WORLDS} are allowed in one "
                "process; close some with close()"
            )
        _open_worlds += 1


def _forget_world() -> None:
    global _open_worlds
    with _open_worlds_lock:
        _open_worlds -= 1


@functools.cache
def _bullet() -> ModuleType:
    """Return pybullet, imported on first use and without its banner."""
    with _silence():
        import pybullet
    module: ModuleType = pybullet
    return module


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Send the process's standard output and error to nowhere: pybullet prints from C."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        for target, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, target)
            os.close(copy)
        os.close(nowhere)
