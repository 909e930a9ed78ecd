#!/bin/sh
# Whether the two programs in a folder work, of a bundle or of an installed wheel: the command does a whole job, the window
# opens the sample, takes its picture and leaves with 0. It needs no Python, and lends them none.
set -eu
programs=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
cd "$folder"
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
PATH=/usr/bin:/bin
run=''
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
	if command -v xvfb-run >/dev/null; then
		run="xvfb-run -a -s '-screen 0 1920x1080x24'"
	else
		export QT_QPA_PLATFORM=offscreen
	fi
fi
"$programs/vitprune" analyze sample sample -o run.vitprune.h5
"$programs/vitprune" plan run.vitprune.h5 --method cosine --remove 3 -o plan.json
"$programs/vitprune" evaluate sample sample --plan plan.json -o run.vitprune.h5
"$programs/vitprune" export sample --plan plan.json -o exported
"$programs/vitprune" inspect exported --json >exported.json
"$programs/vitprune" verify sample --plan plan.json
"$programs/vitprune" check run.vitprune.h5
VITPRUNE_CONFIG_DIR="$folder/config" eval "$run" '"$programs/vitprune-gui"' --sample --screenshot window.png --quit

# Twelve blocks have 24 sublayers; three of them went. A picture of a window that failed to draw is a few kilobytes.
left=$(grep -oE '"kind": "(attention|mlp)"' exported.json | wc -l)
[ "$left" -eq 21 ] || { echo "The exported model has $left sublayers, not 21." >&2; exit 1; }
[ "$(wc -c <window.png)" -gt 20000 ] || { echo 'The picture of the window is empty.' >&2; exit 1; }
[ -s exported/model.safetensors ] && [ -s exported/rebuild.py ]
echo "Both programs work: $programs"
