#!/bin/sh
# enter-root.sh ROOT STORE [OUTSIDE:INSIDE]... -- COMMAND...
# Runs a command as root of a Debian tree; unshare(1) has given this script its own mount and pid namespaces.
# ROOT stays as it is: changes go to the directory STORE, which the caller removes. With STORE `-` they go to ROOT itself.
# Inside are the tree, a /proc, /sys and /dev, and the files and directories that are named as OUTSIDE:INSIDE.
set -eu
root=$1 store=$2
shift 2

if [ "$store" = - ]; then
  mount --bind "$root" "$root"
else
  mkdir -p "$store/upper" "$store/work" "$store/root"
  mount -t overlay -o "lowerdir=$root,upperdir=$store/upper,workdir=$store/work" root "$store/root"
  root=$store/root
fi

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=0755 dev "$root/dev"
for device in null zero full random urandom tty net/tun fuse; do
  [ -e "/dev/$device" ] || continue
  mkdir -p "$(dirname "$root/dev/$device")"
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,mode=0620,ptmxmode=0666 pts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
for stream in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${stream#*:}" "$root/dev/${stream%:*}"; done
mount -t tmpfs -o mode=0755 run "$root/run"

while [ "$1" != -- ]; do
  outside=${1%:*} inside=$root${1#*:}
  if [ -d "$outside" ]; then mkdir -p "$inside"; else mkdir -p "$(dirname "$inside")"; [ -e "$inside" ] || : >"$inside"; fi
  mount --rbind "$outside" "$inside"
  shift
done
shift

# A user namespace can't be made in a chroot, so the tree becomes the root of this mount namespace.
mkdir -p "$root/run/outside"
cd "$root"
pivot_root . run/outside
cd /
umount -l /run/outside
rmdir /run/outside
exec "$@"
