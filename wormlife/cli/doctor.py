"""``worm doctor``: what this machine has of what wormlife needs."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import sys
import tempfile
from importlib import metadata, util
from pathlib import Path
from typing import Any

from wormlife.cli.output import print_json

NAME = "doctor"
ABOUT = "Check this machine: Python, packages, compiler cache, display, video, disk."

_CORE = ("numpy", "numba", "pybullet", "gymnasium", "h5py", "pillow", "pyglet", "tqdm")
_EXTRA = {
    "av": "video",
    "moderngl": "viewer",
    "imgui-bundle": "viewer",
    "matplotlib": "plot",
    "cma": "evolve",
    "distributed": "cluster",
}
_DISK_NEEDED_GB = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm doctor``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Print every check; fail if one that matters fails."""
    checks = [_python(), _platform(), *_packages(), _cache(), _display(), _disk()]
    healthy = all(check["ok"] or not check["needed"] for check in checks)
    if options.json:
        print_json({"ok": healthy, "checks": checks})
        return 0 if healthy else 1
    for check in checks:
        mark = "ok  " if check["ok"] else "FAIL" if check["needed"] else "-   "
        print(f"{mark} {check['name']:16} {check['found']}")
    if not healthy:
        raise ValueError("something wormlife needs is missing; see the lines marked FAIL")
    return 0


def _check(name: str, found: str, *, ok: bool, needed: bool = True) -> dict[str, Any]:
    return {"name": name, "found": found, "ok": ok, "needed": needed}


def _python() -> dict[str, Any]:
    ok = sys.version_info[:2] == (3, 11)
    return _check("python", platform.python_version() + ("" if ok else "; 3.11 is needed"), ok=ok)


def _platform() -> dict[str, Any]:
    ok = sys.platform == "linux" and platform.machine() == "x86_64"
    found = f"{platform.system()} {platform.machine()}"
    return _check("platform", found + ("" if ok else "; Linux x86_64 is needed"), ok=ok)


def _packages() -> list[dict[str, Any]]:
    checks = []
    for name in (*_CORE, *_EXTRA):
        extra = _EXTRA.get(name)
        try:
            found, ok = metadata.version(name), True
        except metadata.PackageNotFoundError:
            found, ok = "not installed", False
            if extra:
                found += f"; pip install 'wormlife[{extra}]' adds it"
        checks.append(_check(name, found, ok=ok, needed=extra is None))
    return checks


def _cache() -> dict[str, Any]:
    """Check that compiled kernels can be kept: beside the source or in the user's cache folder."""
    spec = util.find_spec("worm")
    sources = Path(spec.origin).parent / "kernels" if spec and spec.origin else Path()
    folders = [Path(os.environ.get("NUMBA_CACHE_DIR") or sources)]
    folders.append(
        Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    )  # numba's next
    for folder in folders:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=there):
            return _check("numba cache", f"{folder} is writable", ok=True)
    found = (
        f"{folders[0]} is not writable: kernels are compiled at every start; set NUMBA_CACHE_DIR"
    )
    return _check("numba cache", found, ok=False, needed=False)


def _display() -> dict[str, Any]:
    display = os.environ.get("DISPLAY")
    found = display or "none: `worm run` writes a video instead of opening a window"
    return _check("display", found, ok=bool(display), needed=False)


def _disk() -> dict[str, Any]:
    free_GB = shutil.disk_usage(Path.cwd()).free / 1e9
    return _check("free disk", f"{free_GB:.1f} GB here", ok=free_GB > _DISK_NEEDED_GB)
