"""SVG that every program draws alike."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from PySide6.QtCore import QRectF

_SVG = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink"
_MATRIX = re.compile(r"matrix\(([^)]*)\)")
_POINT = re.compile(r"(-?[\d.]+(?:e[-+]?\d+)?),(-?[\d.]+(?:e[-+]?\d+)?)")

_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RECT = ("x", "y", "width", "height")


def enclosed(frame: bytes, inside: bytes, area: QRectF) -> bytes:
    """One drawing of two that QSvgGenerator wrote: on top of `frame` that part of `inside` which lies in `area`."""
    for prefix, space in (("", _SVG), ("xlink", _LINK)):
        ElementTree.register_namespace(prefix, space)
    # A name of a file may have what XML has not. Nothing else comes from outside: the rest was written a moment ago.
    root, added = (ElementTree.fromstring(_NOT_XML.sub(b"", part)) for part in (frame, inside))  # noqa: S314
    sides = (area.x(), area.y(), area.width(), area.height())
    bounds = {name: f"{side:.7g}" for name, side in zip(_RECT, sides, strict=True)}
    ElementTree.SubElement(ElementTree.SubElement(root, f"{{{_SVG}}}clipPath", id="plot"), f"{{{_SVG}}}rect", bounds)
    cut = ElementTree.SubElement(root, f"{{{_SVG}}}g", {"clip-path": "url(#plot)"})
    cut.extend(part for part in added if part.tag == f"{{{_SVG}}}g")
    for group in root.iter(f"{{{_SVG}}}g"):
        _unstretch(group)
    root.set("version", "1.1")
    root.attrib.pop("baseProfile", None)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _unstretch(group: ElementTree.Element) -> None:
    """Give lines and shapes where they end up: few programs know strokes that keep their width when they are scaled."""
    found = _MATRIX.fullmatch(group.get("transform", ""))
    if found is None or not any(shape.get("vector-effect") == "non-scaling-stroke" for shape in group):
        return
    del group.attrib["transform"]
    for shape in group:
        if shape.attrib.pop("vector-effect", "") == "non-scaling-stroke":
            _put(shape, tuple(map(float, found[1].split(","))))
        else:
            shape.set("transform", found[0])


def _put(shape: ElementTree.Element, matrix: tuple[float, ...]) -> None:
    a, b, c, d, e, f = matrix

    def moved(point: re.Match[str]) -> str:
        x, y = float(point[1]), float(point[2])
        return f"{a * x + c * y + e:.7g},{b * x + d * y + f:.7g}"

    if shape.tag == f"{{{_SVG}}}rect":
        x, y, wide, high = (float(shape.attrib.pop(name)) for name in _RECT)
        corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
        shape.tag = f"{{{_SVG}}}polygon"
        shape.set("points", " ".join(f"{one!r},{other!r}" for one, other in corners))
    for name in ("d", "points"):
        if name in shape.attrib:
            shape.set(name, _POINT.sub(moved, shape.attrib[name]))
