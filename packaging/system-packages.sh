#!/bin/sh
# Debian and Ubuntu: install the packages that are named and missing, as root; otherwise say how. Elsewhere: nothing to do.
set -eu
command -v apt-get >/dev/null 2>&1 || exit 0

# apt itself knows which name is provided by which package; it fails where its lists are empty, as in a bare container.
if plan=$(apt-get --simulate --no-upgrade --no-install-recommends install "$@" 2>/dev/null) &&
    ! printf '%s\n' "$plan" | grep -q '^Inst '; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    printf 'System packages are missing. If something does not work:\n\n    sudo apt-get install %s\n\n' "$*" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet update
apt-get --quiet --yes --no-upgrade --no-install-recommends install "$@"
