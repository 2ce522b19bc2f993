# What the scripts of both packages say, and how.
say() { echo "amphora-agent: $*" >&2; }
# For a step without which the agent still works.
try() { "$@" || say "failed with exit code $?: $*"; }
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
has_systemd() { [ -d /run/systemd/system ]; }
