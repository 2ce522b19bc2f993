# Messages and small checks for the scripts of both packages.
say() { echo "amphora-agent: $*" >&2; }
# Runs a step whose failure doesn't stop the installation.
try() { "$@" || say "failed with exit code $?: $*"; }
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
has_systemd() { [ -d /run/systemd/system ]; }
