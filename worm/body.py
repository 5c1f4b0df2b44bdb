"""The body: segments, elasticity and drag, and how muscle torque becomes movement.

Local axes of a segment: x to the head, y dorsal, z = x × y to the animal's right. A worm put on a
plate lies on its left side with z up, so that dorsoventral bends are in the plane and dorsal is to
the left of the heading. A positive torque on joint angle 2k makes the dorsal side concave
(``curvature_L[k]`` grows), one on 2k+1 the left side (``lateral_curvature_L[k]`` grows). Inertia
plays no part (Reynolds number below 1): rates follow forces at once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worm.media import Medium
from worm.obstacles import Dish, Obstacle, Post, Wall, obstacle_table

__all__ = ["Body", "BodyPlan", "Dish", "FreeBody", "Obstacle", "Post", "Wall"]

Array = NDArray[np.float64]

HOLD_FACTOR = 1000.0
"""Stiffness of a held joint, in units of its own: muscles then bend it a thousandth as far."""

FILM_TIME_S = 0.05
"""Time in which the film flattens a lifted segment; a guess, the true film is stiffer."""


@dataclass(frozen=True, kw_only=True)
class BodyPlan:
    """Geometry and passive mechanics of the body. Segment 0 is the head.

    Attributes:
        n_segments: number of rigid segments.
        length_mm: body length.
        max_radius_mm: radius in the middle; Boyle et al. 2012 (doi:10.3389/fncom.2012.00010).
        radius_floor: smallest radius as a fraction of the largest; assumed, keeps the ends from
            being needles.
        bending_stiffness: EI in the middle, g·mm³/s² (= µN·mm², 0.1 is 1e-13 N·m²); measured
            9.5e-14 N·m² by Fang-Yen et al. 2010 (doi:10.1073/pnas.1003016107). Falls with the
            square of the radius.
        internal_viscosity_s: joint damping divided by joint stiffness, s.
        contact_stiffness_uN_mm: spring of a segment pressed against an obstacle; assumed.
    """

    n_segments: int = 24
    length_mm: float = 1.0
    max_radius_mm: float = 0.04
    radius_floor: float = 0.35
    bending_stiffness: float = 0.1
    internal_viscosity_s: float = 0.0
    contact_stiffness_uN_mm: float = 1000.0

    def __post_init__(self) -> None:
        if self.n_segments < 2:
            raise ValueError(f"n_segments is {self.n_segments}; a body that bends needs at least 2")
        for name in (
            "length_mm",
            "max_radius_mm",
            "radius_floor",
            "bending_stiffness",
            "contact_stiffness_uN_mm",
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{name} is {value!r}; give a positive number")
        if not (math.isfinite(self.internal_viscosity_s) and self.internal_viscosity_s >= 0.0):
            raise ValueError(
                f"internal_viscosity_s is {self.internal_viscosity_s!r}; give 0 or a time in s"
            )

    @property
    def n_joints(self) -> int:
        """Number of joint angles: two between every two segments."""
        return 2 * (self.n_segments - 1)

    @property
    def segment_length_mm(self) -> float:
        """Length of one segment, mm."""
        return self.length_mm / self.n_segments

    @cached_property
    def radius_mm(self) -> Array:
        """(n_segments,) radii in mm, head first: an ellipse with a floor at both ends."""
        s = (np.arange(self.n_segments) + 0.5) / self.n_segments
        # 1.02: the outline ends a little beyond the last segment's middle, as in Boyle et al. 2012
        ellipse = np.sqrt(1.0 - ((2.0 * s - 1.0) / 1.02) ** 2)
        return _frozen(self.max_radius_mm * np.maximum(ellipse, self.radius_floor))

    @cached_property
    def joint_taper(self) -> Array:
        """(n_segments - 1,) square of radius over largest radius at every joint, head first."""
        radius_mm = 0.5 * (self.radius_mm[1:] + self.radius_mm[:-1])
        return _frozen((radius_mm / self.max_radius_mm) ** 2)

    @cached_property
    def joint_stiffness_uN_mm(self) -> Array:
        """(n_joints,) torque per angle, µN·mm/rad; equal for both angles of a joint."""
        stiffness = self.bending_stiffness / self.segment_length_mm * self.joint_taper
        return _frozen(np.repeat(stiffness, 2))

    @cached_property
    def joint_damping_uN_mm_s(self) -> Array:
        """(n_joints,) torque per rate, µN·mm·s/rad."""
        return _frozen(self.internal_viscosity_s * self.joint_stiffness_uN_mm)

    def drag_table(self, medium: Medium) -> Array:
        """Return the (n_segments, 6) table of ``worm.kernels.mechanics`` for ``medium``."""
        tangential = medium.drag_tangential * self.length_mm / self.n_segments
        normal = medium.drag_normal * self.length_mm / self.n_segments
        table = np.empty((self.n_segments, 6))
        table[:, 0], table[:, 1] = tangential, normal
        table[:, 2] = normal * self.radius_mm**2  # a cylinder that rolls: surface speed × radius
        table[:, 3] = normal * self.segment_length_mm**2 / 12.0  # a rod that turns
        table[:, 4] = normal / FILM_TIME_S if medium.film else 0.0
        table[:, 5] = self.radius_mm
        return table


class Body(ABC):
    """A body in a medium among obstacles: what both realisations, free and in pybullet, share.

    Args:
        plan: geometry and stiffness.
        medium: what the worm moves in; may be set anew at any time.
        dt_s: time of one step.
        obstacles: posts, walls, a dish.
    """

    def __init__(
        self,
        plan: BodyPlan,
        medium: Medium,
        dt_s: float = 4e-3,
        obstacles: Sequence[Obstacle] = (),
    ) -> None:
        if not (math.isfinite(dt_s) and dt_s > 0.0):
            raise ValueError(f"dt_s is {dt_s!r}; give a positive time step in s such as 0.004")
        n, m = plan.n_segments, plan.n_joints
        self.plan, self.dt_s = plan, dt_s
        self._obstacle, dish_mm = obstacle_table(obstacles)
        self._joint = np.column_stack((plan.joint_stiffness_uN_mm, plan.joint_damping_uN_mm_s))
        self._hold_torque: Array | None = None
        self._constant = np.array(
            [
                plan.segment_length_mm,
                dt_s,
                plan.max_radius_mm,
                plan.contact_stiffness_uN_mm,
                dish_mm,
            ]
        )
        self._state = np.zeros(13 + 2 * m)
        self._centre, self._rotation = np.empty((n, 3)), np.empty((n, 3, 3))
        self._contact = np.empty((n * (len(self._obstacle) + 1), 7))
        self._contact_force, self._no_force = np.zeros((n, 3)), np.zeros((n, 3))
        self.medium = medium
        self._place_start((0.0, 0.0), 0.0, np.zeros(m))

    @property
    def medium(self) -> Medium:
        """What the worm moves in."""
        return self._medium

    @medium.setter
    def medium(self, medium: Medium) -> None:
        self._medium = medium
        self._segment = self.plan.drag_table(medium)

    def reset(
        self,
        position_mm: ArrayLike = (0.0, 0.0),
        heading_rad: float = 0.0,
        joint_angle_rad: ArrayLike | None = None,
    ) -> None:
        """Put the body at rest at a place of the plate, on its left side, at film height.

        Args:
            position_mm: (2,) x and y of the mean of the segment centres.
            heading_rad: direction from tail to nose, counter-clockwise from x.
            joint_angle_rad: (n_joints,) posture; straight if None.

        Raises:
            ValueError: a shape is wrong or a number is not finite.
        """
        position = _checked(position_mm, (2,), "position_mm")
        if not math.isfinite(heading_rad):
            raise ValueError(f"heading_rad is {heading_rad!r}; give a finite angle in rad")
        m = self.plan.n_joints
        angle = (
            np.zeros(m)
            if joint_angle_rad is None
            else _checked(joint_angle_rad, (m,), "joint_angle_rad")
        )
        self._place_start((float(position[0]), float(position[1])), heading_rad, angle)

    def _place_start(
        self, position_mm: tuple[float, float], heading_rad: float, angle: Array
    ) -> None:
        m = self.plan.n_joints
        state = np.zeros_like(self._state)
        state[7 : 7 + m] = angle
        state[6] = 1.0
        self._take(state)
        nose_to_tail = self.centreline_mm[-1] - self.centreline_mm[0]
        yaw = heading_rad - math.atan2(-nose_to_tail[1], -nose_to_tail[0])
        state[5], state[6] = math.sin(0.5 * yaw), math.cos(0.5 * yaw)
        self._take(state)
        centroid = self._centre.mean(axis=0)
        state[0], state[1] = position_mm[0] - centroid[0], position_mm[1] - centroid[1]
        state[2] = self.plan.max_radius_mm - centroid[2]
        self._take(state)
        self._contact_force[:] = 0.0

    def _take(self, state: Array) -> None:
        """Make ``state`` the body's state and place the segments accordingly."""
        # the kernels are imported late so that plans and media can be read without numba
        from worm.kernels.kinematics import place_body

        self._state[:] = state
        place_body(self._state, self.plan.segment_length_mm, self._centre, self._rotation)

    def step(self, torque: ArrayLike, external_force_uN: ArrayLike | None = None) -> None:
        """Advance by ``dt_s``.

        Args:
            torque: (n_joints,) muscle torque on every joint angle, µN·mm.
            external_force_uN: (n_segments, 3) forces at the segment centres, world frame; none if
                None.

        Raises:
            ValueError: a shape is wrong or a number is not finite; the body is left as it was.
        """
        push = np.ascontiguousarray(torque, dtype=np.float64)
        force = (
            self._no_force
            if external_force_uN is None
            else np.ascontiguousarray(external_force_uN, dtype=np.float64)
        )
        if push.shape != (self.plan.n_joints,):
            raise ValueError(
                f"torque has shape {push.shape}; give ({self.plan.n_joints},) in µN·mm"
            )
        if force.shape != self._no_force.shape:
            raise ValueError(
                f"external_force_uN has shape {force.shape}; give {self._no_force.shape} in µN"
            )
        if self._hold_torque is not None:
            push = push + self._hold_torque
        if not self._advance(push, force):
            raise ValueError(
                "the body cannot move at a finite rate; give finite torques and forces"
            )

    def hold(self, curvature_L: ArrayLike) -> None:
        """Hold joints at a dorsoventral bend, as a tight channel does; stays through resets.

        Args:
            curvature_L: (n_segments - 1,) curvature times body length, NaN where a joint is free;
                all NaN lets go of the body.

        Raises:
            ValueError: the shape is wrong or a number is infinite.
        """
        angle = np.array(curvature_L, dtype=np.float64) / self.plan.n_segments
        if angle.shape != (self.plan.n_segments - 1,) or np.isinf(angle).any():
            raise ValueError(
                f"curvature_L has shape {angle.shape}; give ({self.plan.n_segments - 1},) finite "
                "curvatures times body length, NaN where a joint is free"
            )
        held = np.flatnonzero(np.isfinite(angle))
        stiffness = self.plan.joint_stiffness_uN_mm.copy()
        stiffness[2 * held] *= HOLD_FACTOR
        self._joint[:, 0] = stiffness
        self._hold_torque = None
        if held.size:
            self._hold_torque = np.zeros(self.plan.n_joints)
            self._hold_torque[2 * held] = stiffness[2 * held] * angle[held]

    @abstractmethod
    def _advance(self, torque: Array, external: Array) -> bool:
        """Advance state, pose and contact forces in place; return whether that could be done."""

    @property
    def centreline_mm(self) -> Array:
        """(n_segments + 1, 3) nose, joints, tail tip, in mm."""
        half = 0.5 * self.plan.segment_length_mm * self._rotation[:, :, 0]
        line = np.empty((self.plan.n_segments + 1, 3))
        line[:-1] = self._centre + half
        line[-1] = self._centre[-1] - half[-1]
        return line

    @property
    def segment_centre_mm(self) -> Array:
        """(n_segments, 3) centres of the segments, head first, mm."""
        return self._centre.copy()

    @property
    def segment_rotation(self) -> Array:
        """(n_segments, 3, 3); columns are the segment's axes (head, dorsal, right) in the world."""
        return self._rotation.copy()

    @property
    def joint_angle_rad(self) -> Array:
        """(n_joints,) joint angles, dorsoventral and left-right in turn, rad."""
        return self._state[7 : 7 + self.plan.n_joints].copy()

    @property
    def joint_rate_rad_s(self) -> Array:
        """(n_joints,) joint rates, rad/s."""
        return self._state[13 + self.plan.n_joints :].copy()

    @property
    def curvature_L(self) -> Array:
        """(n_segments - 1,) dorsoventral curvature × body length; positive: dorsal side concave."""
        return self._state[7 : 7 + self.plan.n_joints : 2] * float(self.plan.n_segments)

    @property
    def lateral_curvature_L(self) -> Array:
        """(n_segments - 1,) left-right curvature × body length; positive: left side concave."""
        return self._state[8 : 7 + self.plan.n_joints : 2] * float(self.plan.n_segments)

    @property
    def contact_force_uN(self) -> Array:
        """(n_segments, 3) force of obstacles on every segment in the last step, world frame, µN."""
        return self._contact_force.copy()

    def state(self) -> dict[str, Array]:
        """Return a copy of everything that decides the future, and of the last contact forces."""
        return {"state": self._state.copy(), "contact_force_uN": self._contact_force.copy()}

    def set_state(self, state: Mapping[str, Array]) -> None:
        """Return to a state from :meth:`state`, to the last bit.

        Raises:
            KeyError: an entry is missing.
            ValueError: a shape is wrong or a number is not finite.
        """
        for key in ("state", "contact_force_uN"):
            if key not in state:
                raise KeyError(f"the body's state lacks {key!r}; give a dict made by state()")
        values = _checked(state["state"], self._state.shape, "state")
        force = _checked(state["contact_force_uN"], self._contact_force.shape, "contact_force_uN")
        self._take(values)
        self._contact_force[:] = force

    @abstractmethod
    def close(self) -> None:
        """Give back what the body holds; calling it again does nothing."""


class FreeBody(Body):
    """The mechanics kernel integrated without pybullet: the fast path for parameter search.

    Second order in the step for prescribed bending (midpoint configuration), first order for
    elastic relaxation.
    """

    def _advance(self, torque: Array, external: Array) -> bool:
        from worm.kernels.mechanics import step_free

        return bool(
            step_free(
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
            )
        )

    def close(self) -> None:
        """Do nothing: a free body holds nothing."""


def _checked(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}; give {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds a number that is not finite; give finite numbers")
    return array


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
