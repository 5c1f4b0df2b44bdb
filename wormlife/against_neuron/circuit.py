"""Our circuit in the NEURON simulator, the independent solver of benchmark and reference tests.

Runs as a process of its own, for NEURON keeps global state and prints. It needs the package
``neuron`` and a C++ compiler:

    python -m wormlife.against_neuron.circuit task.json result.npz

The task is a JSON object: ``mechanisms``, a folder in which those beside this file are
compiled at the first use; ``neurons`` (names; an empty list is all 302); ``inputs`` ([name,
start_ms, stop_ms, pA] each); ``dt_ms`` (0 asks for the variable-step solver, whose ``tolerance``
is for mV and states); ``sample_ms`` and ``samples``. The result holds ``soma_mV`` (samples,
neurons), ``us_per_ms`` (CPU time per simulated time) and ``compartments``.

One section with one segment stands for one compartment. A child's start is joined to the centre of
its parent, and its axial resistivity is chosen so that its half-length has the whole resistance
between the two centres.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from neuron import h, load_mechanisms
from numpy.typing import NDArray

from worm.channels import CHANNEL_NAMES
from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]
MICRO = 1e-3  # nS to uS, pA to nA
SOURCES = Path(__file__).resolve().parent


class NeuronCircuit:
    """Some of the neurons of a nervous system, with all connections among them.

    Args:
        nervous: built, without perturbations.
        cells: indices of the neurons.
    """

    def __init__(self, nervous: NervousSystem, cells: list[int]) -> None:
        self.nervous, self.cells = nervous, cells
        kept = np.isin(nervous.compartments.neuron, cells)
        self._sections = {int(i): h.Section(name=f"c{i}") for i in np.flatnonzero(kept)}
        self._parts: list[Any] = []
        for i in self._sections:
            self._add_membrane(i)
        self._add_channels()
        self._add_synapses()
        self._add_gaps()

    def _add_membrane(self, i: int) -> None:
        nervous, section = self.nervous, self._sections[i]
        compartments, membrane = nervous.compartments, nervous._membrane
        section.nseg = 1
        section.L = section.diam = math.sqrt(compartments.area_um2[i] / math.pi)
        area = compartments.area_um2[i]
        section.cm = 100.0 * membrane.capacitance_pF[i] / area  # uF/cm2
        leak, tonic = membrane.leak_nS[i], nervous._tonic_nS[i]
        section.insert("pas")
        section(0.5).pas.g = 0.1 * (leak + tonic) / area  # S/cm2
        section(0.5).pas.e = (leak * membrane.e_leak_mV[i] + nervous._tonic_pA[i]) / (leak + tonic)
        parent = int(compartments.parent[i])
        if parent < nervous.n_compartments:
            half = 1e-2 * (section.L / 2) / (math.pi * section.diam**2 / 4)  # MOhm per Ohm cm
            section.Ra = 1e3 / compartments.axial_nS[i] / half
            section.connect(self._sections[parent](0.5), 0)

    def _attach(self, mechanism: Any, compartment: int, **values: float) -> Any:
        part = mechanism(self._sections[compartment](0.5))
        for name, value in values.items():
            setattr(part, name, value)
        self._parts.append(part)
        return part

    def _add_channels(self) -> None:
        sites = self.nervous.sites
        names = [name.replace("_", "").lower() for name in CHANNEL_NAMES]
        for k, site in enumerate(sites.compartment.tolist()):
            if site in self._sections:
                self._attach(
                    h.WormChannels,
                    site,
                    shift=sites.shift[k],
                    per_pA=sites.calcium_scale[k],
                    **dict(zip(names, sites.gbar[k].tolist(), strict=True)),
                )

    def _add_synapses(self) -> None:
        nervous = self.nervous
        release, contacts = nervous._release, nervous._contacts
        start = nervous.state()["release"]
        sources: dict[int, Any] = {}
        for j, (site, post) in enumerate(
            zip(contacts.site.tolist(), contacts.post.tolist(), strict=True)
        ):
            pre = int(release.compartment[site])
            if pre not in self._sections or post not in self._sections:
                continue
            if site not in sources:
                sources[site] = self._attach(
                    h.WormRelease,
                    pre,
                    theta=release.threshold[site],
                    k=release.slope[0],
                    tau=nervous.parameters["release.tau"],
                    start=start[site],
                )
            synapse = self._attach(h.WormSynapse, post, g=contacts.g[j], e=contacts.reversal[j])
            synapse._ref_s = sources[site]._ref_s

    def _add_gaps(self) -> None:
        gaps = self.nervous._gap_arrays
        for a, b, g in zip(gaps.a.tolist(), gaps.b.tolist(), gaps.g.tolist(), strict=True):
            if a in self._sections and b in self._sections:
                for here, there in ((a, b), (b, a)):
                    part = self._attach(h.WormGap, here, g=g)
                    part._ref_other = self._sections[there](0.5)._ref_v

    def add_input(self, cell: int, start_ms: float, stop_ms: float, pA: float) -> None:
        """Inject a current into a soma."""
        soma = int(self.nervous.compartments.soma[cell])
        self._attach(h.IClamp, soma, delay=start_ms, dur=stop_ms - start_ms, amp=MICRO * pA)

    def run(
        self, dt_ms: float, tolerance: float, sample_ms: float, samples: int
    ) -> tuple[FloatArray, float]:
        """Return soma potentials (samples, cells) in mV, and CPU µs per simulated ms."""
        v, compartments = self.nervous.state()["v"], self.nervous.compartments
        for i, section in self._sections.items():
            section(0.5).v = section(0.0).v = section(1.0).v = v[i]
        solver, parallel = h.CVode(), h.ParallelContext()
        solver.active(0 if dt_ms else 1)
        if dt_ms:
            h.dt = dt_ms
        else:
            solver.atol(tolerance)
            solver.rtol(tolerance)
        parallel.set_maxstep(10)
        h.finitialize()
        somata = [self._sections[int(compartments.soma[c])](0.5) for c in self.cells]
        found = np.empty((samples, len(somata)))
        began = time.process_time()
        for k in range(samples):
            parallel.psolve((k + 1) * sample_ms)
            found[k] = [soma.v for soma in somata]
        return found, 1e6 * (time.process_time() - began) / (samples * sample_ms)


def load_compiled(folder: Path) -> None:
    """Load our mechanisms into NEURON; compile them in ``folder`` if that was not done before."""
    if not list(folder.glob("*/libnrnmech.*")):
        for source in SOURCES.glob("*.mod"):
            shutil.copy(source, folder)
        compiler = Path(sys.executable).parent / "nrnivmodl"
        subprocess.run([compiler, "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    load_mechanisms(str(folder))


def main(task_path: str, result_path: str) -> None:
    """Run one task and store its result (see the module text)."""
    task = json.loads(Path(task_path).read_text())
    load_compiled(Path(task["mechanisms"]))
    connectome = load_connectome()
    quiet = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
    nervous = NervousSystem(connectome, quiet)
    cells = [connectome.index_of[name] for name in task["neurons"] or connectome.names]
    circuit = NeuronCircuit(nervous, cells)
    for name, start, stop, pA in task["inputs"]:
        circuit.add_input(connectome.index_of[name], start, stop, pA)
    keys = ("dt_ms", "tolerance", "sample_ms", "samples")
    soma_mV, us = circuit.run(*(task[key] for key in keys))
    np.savez(result_path, soma_mV=soma_mV, us_per_ms=us, compartments=len(circuit._sections))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
