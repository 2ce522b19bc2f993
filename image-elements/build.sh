#!/usr/bin/env bash
# Builds an amphora image with diskimage-builder. `build.sh -h` prints the options, which are those of Octavia's
# diskimage-create.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")

usage() {
  cat <<'END'
image-elements/build.sh [OPTION]...
  -a ARCHITECTURE   amd64 or arm64 (default: this machine's)
  -b haproxy        program that balances; only haproxy is possible
  -c DIRECTORY      cache (default: ~/.cache/image-create)
  -d RELEASE        release of the distribution (default: bookworm; for ubuntu: noble)
  -f                build on the disk, not in memory
  -g BRANCH         ignored: the agent is the one of this checkout
  -h                this text
  -i DISTRIBUTION   debian or ubuntu, with or without -minimal (default: debian)
  -k PACKAGE        kernel (default: the one for virtual machines)
  -l FILE           log of the build
  -n                no sshd
  -o FILE           file of the image (default: amphora-x64-haproxy.qcow2); -t decides its extension
  -p                install Debian's package octavia-agent instead of this agent, to compare the two
  -r PASSWORD       password of root (default: none)
  -s GIGABYTES      size of the disk (default: 2)
  -t TYPE           qcow2, raw, vhd or tar (default: qcow2)
  -v                version
  -w DIRECTORY      directory of temporary files (default: /tmp)
  -x                trace of diskimage-builder
  -e, -m, -y        not supported: name Octavia's elements amphora-selinux, amphora-apparmor, cpu-pinning or amphora-fips
                    in DIB_LOCAL_ELEMENTS
Environment: BASE_OS_MIRROR, CLOUD_INIT_DATASOURCES (cloud-init instead of element config-drive), DIB_LOCAL_ELEMENTS and
DIB_LOCAL_ELEMENTS_PATH, AMPHORA_AGENT_DEB (an existing package; default: a new one is built), AMPHORA_AGENT_UPGRADE_KEY (the
public key of upgrades, for /etc/octavia/upgrade.pem; default: none), AMPHORA_AGENT=none (an image without an agent, to measure
what the agent needs), and all variables of diskimage-builder.
END
}

fail() {
  echo "build.sh: $*" >&2
  exit 1
}

architecture=$(dpkg --print-architecture)
cache=$HOME/.cache/image-create distribution=debian release='' kernel='' log='' password='' type=qcow2 size=2 work=/tmp
output=amphora-x64-haproxy sshd=yes agent=${AMPHORA_AGENT:-amphora-agent} options=() further=()
while getopts a:b:c:d:efg:hi:k:l:mno:pr:s:t:vw:xy option; do
  case $option in
    a) architecture=$OPTARG ;;
    b) [ "$OPTARG" = haproxy ] || fail "there is no backend $OPTARG, only haproxy" ;;
    c) cache=$OPTARG ;;
    d) release=$OPTARG ;;
    f) options+=(--no-tmpfs) ;;
    g) echo "build.sh: -g $OPTARG is ignored: the agent is the one of this checkout" >&2 ;;
    h) usage; exit ;;
    i) distribution=${OPTARG%-minimal} ;;
    k) kernel=$OPTARG ;;
    l) log=$OPTARG ;;
    n) sshd=no ;;
    o) output=$OPTARG ;;
    p) agent=octavia-agent ;;
    r) password=$OPTARG ;;
    s) size=$OPTARG ;;
    t) type=$OPTARG ;;
    v) sed -n 's/^  "version": "\(.*\)",$/\1/p' "$repository/package.json"; exit ;;
    w) work=$OPTARG ;;
    x) options+=(-x) ;;
    e | m | y) fail "-$option is not built by these elements: name one of Octavia's in DIB_LOCAL_ELEMENTS" ;;
    *) usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# = 0 ] || fail "unknown argument $1"
case $type in qcow2 | raw | vhd | tar) ;; *) fail "unknown type $type: qcow2, raw, vhd or tar" ;; esac
case $agent in amphora-agent | octavia-agent | none) ;; *) fail "unknown agent $agent: AMPHORA_AGENT is none or not set" ;; esac
case $architecture in amd64 | arm64) ;; aarch64) architecture=arm64 ;; *) fail "no Node for $architecture" ;; esac

base=("$distribution-minimal")
case $distribution in
  debian)
    release=${release:-bookworm}
    kernel=${kernel:-linux-image-cloud-$architecture}
    export DIB_RELEASE=$release DIB_DISTRIBUTION_MIRROR=${BASE_OS_MIRROR:-${DIB_DISTRIBUTION_MIRROR:-http://deb.debian.org/debian}}
    . "$here/debian-amphora/environment.d/09-debian-archives.bash"
    ;;
  ubuntu)
    release=${release:-noble}
    kernel=${kernel:-linux-image-virtual}
    export DIB_UBUNTU_KERNEL=$kernel
    [ -z "${BASE_OS_MIRROR:-}" ] || export DIB_DISTRIBUTION_MIRROR=$BASE_OS_MIRROR
    base+=(rsyslog-apparmor)
    ;;
  centos | rocky)
    fail "an image of $distribution is built by Octavia's diskimage-create.sh with element amphora-agent (see $here/amphora-agent/README.md)"
    ;;
  *) fail "unknown distribution $distribution: debian or ubuntu" ;;
esac

if [ $agent = amphora-agent ] && [ -z "${AMPHORA_AGENT_DEB:-}" ]; then
  (cd "$repository" && npm run --silent package:deb -- --architecture "$architecture" >&2)
  AMPHORA_AGENT_DEB=$(ls -t "$repository"/dist/amphora-agent_*_"$architecture".deb | head -n 1)
fi
if [ $agent = amphora-agent ]; then
  ARCH=$architecture
  . "$here/amphora-agent/environment.d/20-amphora-agent-package.bash"
  if [ -n "${AMPHORA_AGENT_UPGRADE_KEY:-}" ]; then export AMPHORA_AGENT_UPGRADE_KEY=$(realpath -m "$AMPHORA_AGENT_UPGRADE_KEY"); fi
  . "$here/amphora-agent/environment.d/21-amphora-agent-upgrade-key.bash"
fi

instance=config-drive
[ -z "${CLOUD_INIT_DATASOURCES:-}" ] || instance=amphora-cloud-init
elements=("${base[@]}" amphora-slim management-network "$instance" haproxy-octavia keepalived-octavia ipvsadmin)
elements+=(amphora-sysctl certs-ramfs remove-default-ints no-resolvconf)
[ $agent = none ] || elements+=("$agent")
if [ "$type" != tar ]; then
  if [ "$architecture" = amd64 ]; then elements+=(vm block-device-mbr); else elements+=(vm block-device-efi); fi
fi
[ $sshd = no ] || elements+=(rebind-sshd)
[ -z "$password" ] || elements+=(root-password)
[ -z "${DIB_LOCAL_ELEMENTS:-}" ] || read -r -a further <<<"$DIB_LOCAL_ELEMENTS"
elements+=("${further[@]}")

mkdir -p "$work" "$cache"
export DIB_RELEASE=$release ARCH=$architecture TMPDIR=$work
export ELEMENTS_PATH=$here${DIB_LOCAL_ELEMENTS_PATH:+:$DIB_LOCAL_ELEMENTS_PATH}${ELEMENTS_PATH:+:$ELEMENTS_PATH}
export AMPHORA_KERNEL=$kernel AMPHORA_ROOT_PASSWORD=$password AMPHORA_AGENT_DEB=${AMPHORA_AGENT_DEB:-}
export CLOUD_INIT_DATASOURCES=${CLOUD_INIT_DATASOURCES:-}
export DIB_DEBOOTSTRAP_CACHE=1 DIB_APT_MINIMAL_CREATE_INTERFACES=0 DIB_GRUB_TIMEOUT=${DIB_GRUB_TIMEOUT:-0}
export DIB_BOOTLOADER_DEFAULT_CMDLINE=${DIB_BOOTLOADER_DEFAULT_CMDLINE:-nofb nomodeset quiet net.ifnames=0 console=ttyS0}
[ -z "$log" ] || options+=(--logfile "$log")

command=(disk-image-create -n -a "$architecture" -t "$type" -o "${output%."$type"}" --image-size "$size"
  --image-cache "$cache" "${options[@]}" "${elements[@]}")
if grep -q device-mapper /proc/misc; then
  exec "${command[@]}"
fi
exec "$here/without-device-mapper" "${command[@]}"
