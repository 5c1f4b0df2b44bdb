"""An orbit camera: where the eye is, and how places become pixels. Pure numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: The eye stays above the plate, and off the pole where "up" has no direction.
_ELEVATION_RAD = (0.04, 1.553)
_DISTANCE_MM = (0.15, 90.0)
_FOLLOW_PER_S = 6.0
#: What must be seen of the plate from left to right, and from below to above.
_WORM_MM, _LEAST_MM = 1.05, 0.775


@dataclass
class Camera:
    """Looks at ``target_mm`` from a sphere around it.

    Attributes:
        target_mm: (3,) the point in the middle of the picture.
        distance_mm: from the eye to the target.
        azimuth_rad: direction of the eye around z, 0 along +x.
        elevation_rad: of the eye above the plate.
        fov_y_rad: opening angle of the picture from bottom to top.
    """

    target_mm: Array = field(default_factory=lambda: np.array([0.0, 0.0, 0.03]))
    distance_mm: float = 1.45
    azimuth_rad: float = -1.45
    elevation_rad: float = 0.95
    fov_y_rad: float = math.radians(30.0)

    @property
    def eye_mm(self) -> Array:
        """(3,) where the eye is."""
        flat = math.cos(self.elevation_rad)
        towards = (
            flat * math.cos(self.azimuth_rad),
            flat * math.sin(self.azimuth_rad),
            math.sin(self.elevation_rad),
        )
        eye: Array = self.target_mm + self.distance_mm * np.array(towards)
        return eye

    def view(self) -> Array:
        """Return the (4, 4) matrix from mm in the world to mm before the eye, row-major."""
        eye = self.eye_mm
        back = (eye - self.target_mm) / self.distance_mm
        right = np.cross((0.0, 0.0, 1.0), back)
        right /= np.linalg.norm(right)
        matrix = np.eye(4)
        matrix[:3, :3] = right, np.cross(back, right), back
        matrix[:3, 3] = -matrix[:3, :3] @ eye
        return matrix

    def view_projection(self, aspect: float) -> Array:
        """Return the (4, 4) matrix from the world to clip space, row-major.

        Args:
            aspect: width of the picture by its height.
        """
        near, far = max(0.01, 0.05 * self.distance_mm), 4.0 * self.distance_mm + 60.0
        scale = 1.0 / math.tan(0.5 * self.fov_y_rad)
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = scale / aspect, scale
        projection[2, 2] = (far + near) / (near - far)
        projection[2, 3] = 2.0 * far * near / (near - far)
        projection[3, 2] = -1.0
        matrix: Array = projection @ self.view()
        return matrix

    def fit(self, aspect: float) -> None:
        """Take the distance from which the worm, whichever way it lies, fills a picture.

        Args:
            aspect: width of the picture by its height.
        """
        seen_mm = max(_WORM_MM / aspect, _LEAST_MM)
        self.distance_mm = 0.5 * seen_mm / math.tan(0.5 * self.fov_y_rad)

    def orbit(self, right_rad: float, up_rad: float) -> None:
        """Turn the eye around the target."""
        self.azimuth_rad = math.remainder(self.azimuth_rad + right_rad, 2.0 * math.pi)
        low, high = _ELEVATION_RAD
        self.elevation_rad = min(max(self.elevation_rad + up_rad, low), high)

    def pan(self, right: float, up: float) -> None:
        """Shift the target along the plate, in heights of the picture."""
        seen_mm = 2.0 * self.distance_mm * math.tan(0.5 * self.fov_y_rad)
        side = np.array([-math.sin(self.azimuth_rad), math.cos(self.azimuth_rad), 0.0])
        ahead = -np.array([math.cos(self.azimuth_rad), math.sin(self.azimuth_rad), 0.0])
        self.target_mm = self.target_mm + seen_mm * (right * side + up * ahead)

    def zoom(self, steps: float) -> None:
        """Come nearer (positive) or go away, by an eighth per step."""
        low, high = _DISTANCE_MM
        self.distance_mm = min(max(self.distance_mm * 0.88**steps, low), high)

    def follow(self, point_mm: ArrayLike, elapsed_s: float) -> None:
        """Move the target towards a point; how fast does not depend on the frame rate."""
        share = -math.expm1(-_FOLLOW_PER_S * elapsed_s)
        self.target_mm = self.target_mm + share * (np.asarray(point_mm) - self.target_mm)

    def pixels(self, points_mm: ArrayLike, width: int, height: int) -> Array:
        """Return (n, 2) pixels of (n, 3) places, x right and y down; NaN behind the eye."""
        points = np.asarray(points_mm, np.float64)
        clip = np.column_stack([points, np.ones(len(points))])
        clip = clip @ self.view_projection(width / height).T
        w = np.where(clip[:, 3] > 1e-9, clip[:, 3], np.nan)
        x, y = clip[:, 0] / w, clip[:, 1] / w
        return np.stack([(0.5 + 0.5 * x) * width, (0.5 - 0.5 * y) * height], axis=1)

    def ray(self, x: float, y: float, width: int, height: int) -> tuple[Array, Array]:
        """Return start (mm) and unit direction of the ray through a pixel, x right and y down."""
        inverse = np.linalg.inv(self.view_projection(width / height))
        ends = []
        for depth in (-1.0, 1.0):
            end = inverse @ (2.0 * x / width - 1.0, 1.0 - 2.0 * y / height, depth, 1.0)
            ends.append(end[:3] / end[3])
        direction = ends[1] - ends[0]
        return ends[0], direction / np.linalg.norm(direction)
