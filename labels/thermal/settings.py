"""What prepares a printer for a chunk of labels of one size, in its language. Holds until it is changed. Imports
nothing heavy."""

from labels.spec import dots_per_mm
from labels.thermal.setup import Setup

FASTEST_EPL = 6
_ZPL_MEDIA = {"gap": "W", "mark": "M", "continuous": "N"}
_ZPL_CUTTERS = {"tear": "T", "cut": "C", "peel": "P"}


def zpl(setup: Setup, width: float, height: float, dpi: int) -> str:
    """Stands in the first format of a chunk; sizes in mm."""
    per_mm = dots_per_mm(dpi)
    words = ["^CI28", f"^MN{_ZPL_MEDIA[setup.media]}", f"^MM{_ZPL_CUTTERS[setup.cutter]}"]
    words += ["^POI" if setup.turned else "^PON", "^LH0,0^LS0^LT0^PQ1"]
    words += [f"^PW{round(width * per_mm)}", f"^LL{round(height * per_mm)}"]
    words += [f"^MD0~SD{round(setup.darkness * 0.3):02d}"] if setup.darkness is not None else []
    words += [f"^PR{setup.speed}"] if setup.speed is not None else []
    return "".join(words)


def tspl(setup: Setup, width: float, height: float) -> str:
    """The empty line in front ends whatever was begun and never finished."""
    gap = {"gap": f"GAP {setup.gap:g} mm,0 mm", "mark": f"BLINE {setup.gap:g} mm,0 mm"}
    lines = [
        "",
        f"SIZE {width:g} mm,{height:g} mm",
        gap.get(setup.media, "GAP 0 mm,0 mm"),
        f"DIRECTION {0 if setup.turned else 1}",
        "REFERENCE 0,0",
        "SET CUTTER 1" if setup.cutter == "cut" else "SET CUTTER OFF",
        "SET PEEL ON" if setup.cutter == "peel" else "SET PEEL OFF",
    ]
    lines += [f"DENSITY {round(setup.darkness * 0.15)}"] if setup.darkness is not None else []
    lines += [f"SPEED {setup.speed}"] if setup.speed is not None else []
    return "\r\n".join([*lines, ""])


def epl(setup: Setup, width: float, height: float, dpi: int) -> str:
    per_mm = dots_per_mm(dpi)
    gap = round(setup.gap * per_mm)
    feed = {"gap": f",{gap}", "mark": f",B{gap}"}.get(setup.media, ",0")
    lines = ["", "N", f"q{round(width * per_mm)}", f"Q{round(height * per_mm)}{feed}"]
    lines += ["ZB" if setup.turned else "ZT", "R0,0"]
    lines += [{"cut": "OC", "peel": "OP"}[setup.cutter]] if setup.cutter != "tear" else []
    lines += [f"D{round(setup.darkness * 0.15)}"] if setup.darkness is not None else []
    lines += [f"S{min(setup.speed, FASTEST_EPL)}"] if setup.speed is not None else []
    return "\n".join([*lines, ""])
