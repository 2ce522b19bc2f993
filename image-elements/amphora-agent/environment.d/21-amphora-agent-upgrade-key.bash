# Checks, before anything is built, that AMPHORA_AGENT_UPGRADE_KEY names the public key of upgrades (docs/upgrade.md), if it is set.
# diskimage-builder reads this file before each of its phases, also inside the image, where the variable names no file. By then
# extra-data.d has copied the key beside the hooks.
refuse_upgrade_key() {
  echo "AMPHORA_AGENT_UPGRADE_KEY: $1 (openssl pkey -in upgrade.key -pubout -out upgrade.pem makes it)" >&2
  exit 1
}

# The first 16 characters of the base64 text are the same for each ed25519 public key (RFC 8410), so this needs no openssl. A
# private key is refused: everybody who has the image could read it.
check_upgrade_key() {
  local pattern=$'^-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=\n-----END PUBLIC KEY-----$'
  case $1 in /*) ;; *) refuse_upgrade_key "$1 is not an absolute path" ;; esac
  [ -f "$1" ] || refuse_upgrade_key "there is no file $1"
  [[ $(tr -d '\0' <"$1") =~ $pattern ]] || refuse_upgrade_key "$1 is not an ed25519 public key in PEM format"
}

if [ -n "${AMPHORA_AGENT_UPGRADE_KEY:-}" ] && [ ! -e "$(dirname "${BASH_SOURCE[0]}")/../amphora-agent-upgrade.pem" ]; then
  check_upgrade_key "$AMPHORA_AGENT_UPGRADE_KEY"
fi
unset -f refuse_upgrade_key check_upgrade_key
