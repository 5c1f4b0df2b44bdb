"""Write a recording as NWB, Neurodata Without Borders; needs the extra wormlife[export]."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import h5py

from env.episode import Episode
from viewer.files import ExportError, replacing

__all__ = ["write_nwb"]


def write_nwb(episode: Episode, path: Path, *, overwrite: bool = False) -> None:
    """Write an episode as an NWB file, in SI units by the conversion factor of each series.

    Voltages and currents of the 302 neurons are acquisitions; muscles, curvature, body axis and
    centroid stand in the processing module "behavior"; events
    are a table of annotations in JSON.

    Raises:
        ExportError: pynwb is not installed, or the file exists or cannot be written.
    """
    try:
        import pynwb
    except ImportError:
        raise ExportError(
            "writing NWB needs the package pynwb; install it with pip install 'wormlife[export]'"
        ) from None
    file = _file(pynwb, episode)
    _add_neurons(pynwb, file, episode)
    _add_behaviour(pynwb, file, episode)
    with (
        replacing(path, overwrite=overwrite) as draft,
        # Given as an open file, whose name may then end in anything.
        h5py.File(draft, "w") as target,
        pynwb.NWBHDF5IO(file=target, mode="w") as io,
    ):
        io.write(file)


def _file(pynwb: Any, episode: Episode) -> Any:
    # A simulation has no date of its own; that of its recording tells when it was run.
    began = datetime.fromtimestamp(episode.path.stat().st_mtime, UTC)
    file = pynwb.NWBFile(
        session_description=f"a simulated worm, seed {episode.seed}",
        identifier=blake2b(episode.digest.tobytes(), digest_size=16).hexdigest(),
        session_start_time=began,
        source_script=f"wormlife {episode.versions['wormlife']}",
        source_script_file_name=episode.path.name,
        notes=json.dumps({"config": episode.config, "versions": episode.versions}),
    )
    file.subject = pynwb.file.Subject(
        subject_id=f"wormlife-seed-{episode.seed}",
        species="Caenorhabditis elegans",
        sex="O",  # the standard's letter for a hermaphrodite
        age="P3D",
        description="simulated adult hermaphrodite",
    )
    events = file.create_events_table(
        name="events", description="what was done to the worm and what it bumped into, as JSON"
    )
    for event in episode.events:
        events.add_event(timestamp=float(event["time_s"]), annotation=json.dumps(event))
    return file


def _series(pynwb: Any, episode: Episode, name: str, data: Any, unit: str, factor: float) -> Any:
    return pynwb.TimeSeries(
        name=name,
        data=data,
        timestamps=episode.time_s,
        unit=unit,
        conversion=factor,
        description="columns as in the table 'neurons', 'muscles', or along the body, head first",
    )


def _add_neurons(pynwb: Any, file: Any, episode: Episode) -> None:
    for name, unit, factor in (
        ("voltages_mV", "volts", 1e-3),
        ("sense_current_pA", "amperes", 1e-12),
        ("injected_current_pA", "amperes", 1e-12),
    ):
        file.add_acquisition(_series(pynwb, episode, name, episode.channels[name], unit, factor))


def _add_behaviour(pynwb: Any, file: Any, episode: Episode) -> None:
    module = file.create_processing_module("behavior", "muscles and movement of the body")
    for kind, names in (("neurons", episode.neuron_names), ("muscles", episode.muscle_names)):
        table = pynwb.core.DynamicTable(name=kind, description=f"order of the columns: {kind}")
        table.add_column("label", "name in the connectome")
        for name in names:
            table.add_row(label=name)
        module.add(table)
    for name, unit, factor in (
        ("activation", "fraction", 1.0),
        ("curvature_L", "1", 1.0),
        ("centreline_mm", "meters", 1e-3),
    ):
        module.add(_series(pynwb, episode, name, episode.channels[name], unit, factor))
    centroid = pynwb.behavior.SpatialSeries(
        name="centroid",
        data=episode.centreline_mm.mean(axis=1),
        timestamps=episode.time_s,
        unit="meters",
        conversion=1e-3,
        reference_frame="middle of the plate; x and y in its plane, z up",
    )
    module.add(pynwb.behavior.Position(spatial_series=centroid))
