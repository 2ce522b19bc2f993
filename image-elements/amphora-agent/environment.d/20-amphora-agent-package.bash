# Checks, before anything is built, that there is a package of this agent for the distribution and the architecture of the
# image: AMPHORA_AGENT_RPM for CentOS Stream and similar distributions, AMPHORA_AGENT_DEB for Debian and Ubuntu.
# diskimage-builder reads this file before each of its phases, also inside the image, where the variable names no file. By then
# extra-data.d has copied the package beside the hooks.
case ${ARCH:-amd64} in
  x86_64) agent_architecture=amd64 ;;
  aarch64) agent_architecture=arm64 ;;
  *) agent_architecture=${ARCH:-amd64} ;;
esac

refuse_package() {
  local kind=deb
  [ "$1" = AMPHORA_AGENT_DEB ] || kind=rpm
  echo "$1: $2 (npm run package:$kind -- --architecture $agent_architecture makes the package)" >&2
  exit 1
}

check_deb() {
  if [ "$(dpkg-deb --field "$1" Package 2>/dev/null)" != amphora-agent ]; then
    refuse_package AMPHORA_AGENT_DEB "$1 is no Debian package of amphora-agent"
  elif [ "$(dpkg-deb --field "$1" Architecture)" != "$agent_architecture" ]; then
    refuse_package AMPHORA_AGENT_DEB "$1 is for $(dpkg-deb --field "$1" Architecture), and the image for $agent_architecture"
  fi
}

# Reads the first 96 bytes of an RPM (its "lead"): a magic number, the processor and the name. So it needs no rpm program.
check_rpm() {
  local magic name processor
  magic=$(od -An -tx1 -N4 "$1" | tr -d ' ')
  name=$(tail -c +11 "$1" | head -c 66 | tr -d '\0')
  processor=$(od -An -tu1 -j9 -N1 "$1" | tr -d ' ')
  case $processor in 1) processor=amd64 ;; 19) processor=arm64 ;; *) processor="another processor" ;; esac
  case $magic$name in
    edabeedbamphora-agent-[0-9]*) ;;
    *) refuse_package AMPHORA_AGENT_RPM "$1 is no RPM of amphora-agent" ;;
  esac
  if [ "$processor" != "$agent_architecture" ]; then
    refuse_package AMPHORA_AGENT_RPM "$1 is for $processor, and the image for $agent_architecture"
  fi
}

check_package() {
  if [ -z "$2" ]; then
    refuse_package "$1" "it is not set, and must name the package of amphora-agent for an image of ${DISTRO_NAME:-debian}"
  elif [ ! -f "$2" ]; then
    refuse_package "$1" "there is no file $2"
  fi
}

agent_hooks=$(dirname "${BASH_SOURCE[0]}")/..
if [ ! -e "$agent_hooks/amphora-agent.deb" ] && [ ! -e "$agent_hooks/amphora-agent.rpm" ]; then
  case ${DISTRO_NAME:-debian} in
    almalinux | centos* | fedora | rhel* | rocky)
      check_package AMPHORA_AGENT_RPM "${AMPHORA_AGENT_RPM:-}"
      check_rpm "$AMPHORA_AGENT_RPM"
      ;;
    *)
      check_package AMPHORA_AGENT_DEB "${AMPHORA_AGENT_DEB:-}"
      check_deb "$AMPHORA_AGENT_DEB"
      ;;
  esac
fi
unset agent_architecture agent_hooks
unset -f refuse_package check_deb check_rpm check_package

# Octavia's element octavia-lib clones a library from opendev.org that only the agent in Python needs.
export DIB_INSTALLTYPE_octavia_lib=${DIB_INSTALLTYPE_octavia_lib:-package}
