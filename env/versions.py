"""What a result depends on besides its configuration: packages, machine, and our own source."""

from __future__ import annotations

import functools
import platform
from hashlib import sha256
from importlib import metadata, util
from pathlib import Path

_PACKAGES = ("wormlife", "numpy", "numba", "pybullet", "h5py", "gymnasium")
#: Our packages that take part in a simulation, and what of them does.
_SIMULATING = ("connectome_data", "worm", "env")
_SUFFIXES = (".py", ".csv", ".gz", ".toml")


def versions() -> dict[str, str]:
    """Return the version of every package and of the machine that a result depends on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found | {"source": source_digest()}


@functools.cache
def source_digest() -> str:
    """Return a short hash over code and tables of the simulation, equal only if all of them are."""
    digest = sha256()
    for package in _SIMULATING:
        spec = util.find_spec(package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            root = Path(folder)
            for path in sorted(root.rglob("*")):
                if path.suffix in _SUFFIXES:
                    digest.update(str(path.relative_to(root)).encode())
                    digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
