"""The panel of one neuron: what it is, whom it talks to, what can be done to it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from imgui_bundle import imgui

from viewer.renderer_styles import VOLTAGE_RANGE_mV
from worm.connectome import load_connectome

if TYPE_CHECKING:
    from viewer.app import App

_MOST_NAMES, _MOST_PARTNERS = 6, 4
_MOST_CURRENT_PA = 60.0


class NeuronPanel:
    """Chooses a neuron by name, shows it, injects current, ablates and restores."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._text = ""
        self._current_pA: dict[int, float] = {}

    def build(self) -> None:
        """Lay out the panel."""
        imgui.set_next_item_width(-1)
        _, self._text = imgui.input_text_with_hint("##name", "name, as AVAL", self._text)
        if self._text:
            self._complete()
        if self._app.neuron is None:
            imgui.text_disabled("shift + click chooses one")
            return
        self._describe(self._app.neuron)
        if self._app.source.is_live:
            self._handle(self._app.neuron)

    def _complete(self) -> None:
        typed = self._text.strip().upper()
        names = load_connectome().names
        fitting = [i for i, name in enumerate(names) if name.startswith(typed)]
        for index in fitting[:_MOST_NAMES]:
            if imgui.small_button(names[index]) or typed == names[index]:
                self._app.neuron, self._text = index, ""
                return
            imgui.same_line()
        imgui.new_line()

    def _describe(self, index: int) -> None:
        connectome, moment = load_connectome(), self._app.panes[0].moment
        name = connectome.names[index]
        transmitter = connectome.transmitters[index] or "?"
        dead = ", ablated" if name in self._app.source.ablated else ""
        imgui.text(f"{name}: {connectome.types[index]}, {transmitter}{dead}")
        if moment is not None:
            voltage_mV = float(moment.frame.voltages_mV[index])
            low, high = VOLTAGE_RANGE_mV
            share = min(max((voltage_mV - low) / (high - low), 0.0), 1.0)
            imgui.progress_bar(share, imgui.ImVec2(-1, 0), f"{voltage_mV:.1f} mV")
        hears, tells = partners(index)
        imgui.text_wrapped(f"hears {hears}")
        imgui.text_wrapped(f"tells {tells}")

    def _handle(self, index: int) -> None:
        source: Any = self._app.source
        name = load_connectome().names[index]
        imgui.set_next_item_width(-0.22 * imgui.get_window_width())
        now_pA = self._current_pA.get(index, 0.0)
        most = _MOST_CURRENT_PA
        changed, current_pA = imgui.slider_float("inject", now_pA, -most, most, "%.0f pA")
        if changed:
            self._current_pA[index] = current_pA
            source.send("inject", cell=name, current_pA=float(round(current_pA)))
        if imgui.button("restore" if name in source.ablated else "ablate"):
            self._app.input.toggle_ablation()
        imgui.same_line()
        if imgui.button("let go"):
            self._app.neuron = None


@functools.cache
def partners(index: int) -> tuple[str, str]:
    """Return the strongest chemical partners before and behind a neuron, as text.

    Args:
        index: of the neuron, in the order of the connectome.
    """
    connectome = load_connectome()
    chemical = connectome.chemical

    def strongest(mine: Any, theirs: Any) -> str:
        rows = np.flatnonzero(mine == index)
        rows = rows[np.argsort(-chemical.sections[rows], kind="stable")][:_MOST_PARTNERS]
        return ", ".join(connectome.names[theirs[i]] for i in rows) or "none"

    return strongest(chemical.post, chemical.pre), strongest(chemical.pre, chemical.post)
