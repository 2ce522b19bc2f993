# Comes before 10-debian-minimal.bash of diskimage-builder, which gives every release but bullseye a security archive
# with a name that Debian has not used since release 10 (bookworm/updates).
debian_mirror=${DIB_DEBIAN_DISTRIBUTION_MIRROR:-${DIB_DISTRIBUTION_MIRROR:-http://deb.debian.org/debian}}
export DIB_RELEASE=${DIB_RELEASE:-bookworm}
export DIB_APT_SOURCES_CONF=${DIB_APT_SOURCES_CONF:-"default:deb $debian_mirror $DIB_RELEASE main
updates:deb $debian_mirror $DIB_RELEASE-updates main
security:deb ${DIB_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security} $DIB_RELEASE-security main"}
unset debian_mirror
