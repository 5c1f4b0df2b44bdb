"""What the window remembers from one start to the next: a plain JSON file of the user."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass
class Settings:
    """Choices that outlive a window.

    Attributes:
        style: one of ``renderer_styles.STYLES``.
        quality: one of ``renderer_styles.QUALITIES``, or "auto".
        width: of the window, in pixels.
        height: of the window, in pixels.
        panels: whether the panels are shown.
        force_uN: of a touch.
        follow: whether the camera follows the worm.
    """

    style: str = "darkfield"
    quality: str = "auto"
    width: int = 1280
    height: int = 800
    panels: bool = True
    force_uN: float = 10.0
    follow: bool = True

    @classmethod
    def load(cls) -> Settings:
        """Return the remembered settings; what is missing or of another type is as at first."""
        loaded: Any = {}
        with suppress(OSError, ValueError):
            loaded = json.loads(path().read_text(encoding="utf-8"))
        settings = cls()
        if isinstance(loaded, dict):
            for field in fields(cls):
                value, usual = loaded.get(field.name), getattr(settings, field.name)
                if type(value) is type(usual):
                    setattr(settings, field.name, value)
        settings.width = min(max(settings.width, 320), 8192)
        settings.height = min(max(settings.height, 240), 8192)
        return settings

    def save(self) -> None:
        """Write the settings; a home that cannot be written to is no reason to fail."""
        with suppress(OSError):
            path().parent.mkdir(parents=True, exist_ok=True)
            path().write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def path() -> Path:
    """Return the file: under ``XDG_CONFIG_HOME``, by default ``~/.config``."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "wormlife" / "viewer.json"
