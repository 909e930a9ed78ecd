#!/bin/sh
# Whether a bundle works: the command does a whole job, the window opens the sample, takes its picture and leaves with 0.
set -eu
bundle=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
PATH=/usr/bin:/bin
run=''
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xvfb-run >/dev/null; then
	run="xvfb-run -a -s '-screen 0 1920x1080x24'"
elif [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
	export QT_QPA_PLATFORM=offscreen
fi
"$bundle/vitprune" analyze sample sample -o run.vitprune.h5
"$bundle/vitprune" plan run.vitprune.h5 --method cosine --remove 3 -o plan.json
"$bundle/vitprune" evaluate sample sample --plan plan.json -o run.vitprune.h5
"$bundle/vitprune" export sample --plan plan.json -o exported
"$bundle/vitprune" verify sample --plan plan.json
"$bundle/vitprune" check run.vitprune.h5
VITPRUNE_CONFIG_DIR="$folder/config" eval "$run" '"$bundle/vitprune-gui"' --sample --screenshot window.png --quit
test -s window.png
echo "The bundle works: $bundle ($(du -sh "$bundle" | cut -f1))"
