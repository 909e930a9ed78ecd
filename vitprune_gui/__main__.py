"""`vitprune-gui`, `python -m vitprune_gui`: look whether a window can be opened here, then open it."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

from vitprune import __version__
from vitprune.errors import DisplayUnavailable, VitPruneError

# Shared libraries that Qt does not bring along, each with the Debian package that has it.
LIBRARIES_EVERYWHERE = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
}
LIBRARIES_XCB = {
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="vitprune-gui", description="See which layers of a vision transformer are redundant, and prune them."
    )
    parser.add_argument(
        "path", nargs="?", help="a session, a weights file, an exported folder, or the name of a timm model"
    )
    parser.add_argument("--sample", action="store_true", help="open the sample model and its images, and analyse it")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a picture of the window once it is done")
    parser.add_argument("--quit", action="store_true", help="leave once everything is done")
    parser.add_argument(
        "--install-desktop-entry",
        action="store_true",
        help="put ViTPrune into the menu of this Linux desktop, and leave",
    )
    parser.add_argument("--version", action="version", version=f"ViTPrune {__version__}")
    return parser.parse_args(argv)


def check_platform(environment: Mapping[str, str]) -> None:
    """Raise DisplayUnavailable, on Linux, where Qt would abort: no display, or system libraries that are missing."""
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if not platform and not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise DisplayUnavailable(
            "There is no display to open a window on.",
            hint="Log in to a desktop, forward one with `ssh -X`, or use the `vitprune` command, which needs none.",
        )
    needed = dict(LIBRARIES_EVERYWHERE)
    on_x11 = platform == "xcb" or (not platform and not environment.get("WAYLAND_DISPLAY"))
    if on_x11:
        needed |= LIBRARIES_XCB
    missing = [package for library, package in needed.items() if not _loads(library)]
    if missing:
        raise DisplayUnavailable(
            "Qt needs system libraries that are not installed.",
            hint=f"Install them: sudo apt-get install {' '.join(missing)}",
        )
    if on_x11 and not _x_server_answers():
        raise DisplayUnavailable(
            f"The display {environment.get('DISPLAY', '')} cannot be reached.",
            hint="Check DISPLAY, or use the `vitprune` command, which needs none.",
        )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _x_server_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def _install_desktop_entry() -> int:
    from vitprune_gui import desktop_entry

    try:
        print(desktop_entry.install())  # noqa: T201
    except VitPruneError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


def main(argv: Iterable[str] | None = None) -> int:
    arguments = parse(list(argv) if argv is not None else None)
    if arguments.install_desktop_entry:
        return _install_desktop_entry()
    if sys.platform == "linux":
        try:
            check_platform(os.environ)
        except DisplayUnavailable as error:
            print(error, file=sys.stderr)  # noqa: T201
            return 2
    if sys.platform == "win32":
        import_module("torch")  # its libraries do not load any more once Qt's have
    from vitprune_gui.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
