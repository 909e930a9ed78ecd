"""Where the frozen application starts, and the processes that it makes of itself. The command is its other name."""

import multiprocessing
import runpy
import sys
from pathlib import Path

multiprocessing.freeze_support()

from vitprune import downloads  # noqa: E402
from vitprune.sessions import child  # noqa: E402

if child.main() or downloads.main():
    sys.exit()
if sys.argv[1:2] in (["rebuild.py"], ["load_program.py"]):  # of an exported folder, to prove that it works
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
    sys.exit()
if Path(sys.executable).stem == "vitprune":
    from vitprune.cli import main
else:
    from vitprune_gui.__main__ import main
sys.exit(main())
