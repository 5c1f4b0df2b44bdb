"""Names of neurons and muscles: one canonical spelling, one order.

Canonical neuron names are unpadded (VA8, not VA08); AWCL is the AWC-OFF cell and AWCR the AWC-ON
cell of the data sets used. Body-wall muscles are MDL01 .. MVR24; quadrant VL has 23.
"""

import re

QUADRANTS = ("DL", "DR", "VL", "VR")
MUSCLES = tuple(
    f"M{quadrant}{row:02d}"
    for quadrant in QUADRANTS
    for row in range(1, 25)
    if (quadrant, row) != ("VL", 24)
)
CORD_CLASSES = frozenset(("AS", "DA", "DB", "DD", "VA", "VB", "VC", "VD"))

_PADDED = re.compile(r"^(AS|DA|DB|DD|VA|VB|VC|VD)0(\d)$")
_CORD = re.compile(r"^(AS|DA|DB|DD|VA|VB|VC|VD)\d+$")
_SYNONYMS = {
    "AWCON": "AWCR",
    "AWC_ON": "AWCR",
    "AWCOFF": "AWCL",
    "AWC_OFF": "AWCL",
    "AWCOF": "AWCL",
    "DB1/3": "DB1",
    "DB3/1": "DB3",
}
_COOK_MUSCLE = re.compile(r"^([dv])BWM([LR])(\d+)$")
_OTHER_MUSCLE = re.compile(r"^(?:BWM-|M)([DV][LR])(\d+)$")


def canonical(name: object) -> str:
    """Return the canonical name of a neuron or muscle; any other name only stripped of blanks."""
    text = str(name).strip()
    if match := _PADDED.match(text):
        return match.group(1) + match.group(2)
    if match := _COOK_MUSCLE.match(text):
        return f"M{match.group(1).upper()}{match.group(2)}{int(match.group(3)):02d}"
    if match := _OTHER_MUSCLE.match(text):
        return f"M{match.group(1)}{int(match.group(2)):02d}"
    return _SYNONYMS.get(text, text)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts VA2 before VA10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", name)
    )


def sign_class(name: str) -> str:
    """Return the class by which sign overrides are written: VA8 → VA, AWCL → AWC, SMDDL → SMD."""
    match = _CORD.match(name)
    return match.group(1) if match else name[:3]
