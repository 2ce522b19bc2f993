# Checks, before anything is built, that AMPHORA_AGENT_DEB is the package of this agent for the architecture of the image.
refuse_package() {
  echo "AMPHORA_AGENT_DEB: $1 (npm run package:deb -- --architecture ${ARCH:-amd64} makes the package)" >&2
  exit 1
}

if [ -z "${AMPHORA_AGENT_DEB:-}" ]; then
  refuse_package 'it is not set, and must name the Debian package of amphora-agent'
elif [ ! -f "$AMPHORA_AGENT_DEB" ]; then
  refuse_package "there is no file $AMPHORA_AGENT_DEB"
elif [ "$(dpkg-deb --field "$AMPHORA_AGENT_DEB" Package 2>/dev/null)" != amphora-agent ]; then
  refuse_package "$AMPHORA_AGENT_DEB is no Debian package of amphora-agent"
elif [ "$(dpkg-deb --field "$AMPHORA_AGENT_DEB" Architecture)" != "${ARCH:-amd64}" ]; then
  refuse_package "$AMPHORA_AGENT_DEB is for $(dpkg-deb --field "$AMPHORA_AGENT_DEB" Architecture), and the image for ${ARCH:-amd64}"
fi
unset -f refuse_package
