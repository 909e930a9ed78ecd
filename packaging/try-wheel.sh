#!/bin/sh
# Whether a wheel works where nothing else is: in an empty environment of each Python, with whatever pip chooses today, away from
# the clone. Gigabytes are downloaded, and removed again.
#
#     packaging/try-wheel.sh WHEEL PYTHON...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
wheel=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
cd "$folder"
for python in "$@"; do
	echo "== $("$python" --version): $(basename "$wheel")"
	"$python" -m venv environment
	bin=$folder/environment/bin

	# The command has to do without the window's libraries.
	"$bin/python" -m pip install --quiet "$wheel"
	"$bin/vitprune" --version
	"$bin/vitprune" verify sample

	"$bin/python" -m pip install --quiet "$wheel[gui]"
	"$bin/python" -m pip check
	"$bin/python" - "$folder" <<-'CODE'
		import sys
		from importlib.metadata import version
		from pathlib import Path
		import torch, torchvision, vitprune, vitprune_gui, vitprune_resources
		for package in (vitprune, vitprune_gui, vitprune_resources):
		    assert Path(sys.argv[1]).resolve() in Path(package.__file__).resolve().parents, package.__file__
		assert vitprune.__version__ == version("vitprune")
		assert torchvision.ops.nms(torch.ones(1, 4), torch.ones(1), 0.5).tolist() == [0]
		names = ("vitprune", "torch", "torchvision", "timm", "numpy", "h5py", "PySide6-Essentials", "pyqtgraph")
		print(*(f"{name} {version(name)}" for name in names), sep=", ")
	CODE
	"$here/try.sh" "$bin"
	rm -rf environment
	echo "== $("$python" --version): works"
	echo
done
