#!/bin/sh
# Runs the tarball of make release on a bare Debian, made by debootstrap and entered by chroot: no Swift, no libraries but
# those of a minimal system. As root; needs debootstrap and the network.
#
#   Packaging/check_release.sh TARBALL [ROOT]     ROOT: a bare system that is there already; it is left as it was
set -eu
tarball=$1
root=${2:-}
made=
[ "$(id -u)" = 0 ] || { echo "chroot needs root"; exit 1; }
if [ -z "$root" ]; then
  command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap"; exit 1; }
  root=$(mktemp -d)
  made=$root
  debootstrap --variant=minbase bookworm "$root" >"$root.log" || { tail "$root.log"; exit 1; }
fi
# Swift's programs read their arguments from /proc.
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf "$root/opt/tombola" "$root/tmp/runs"; [ -z "$made" ] || rm -rf --one-file-system "$made"' EXIT
(cd "$(dirname "$tarball")" && sha256sum -c "$(basename "$tarball").sha256")
rm -rf "$root/opt/tombola" && mkdir -p "$root/opt/tombola"
tar -C "$root/opt/tombola" --strip-components=1 -xzf "$tarball"
cat >"$root/opt/tombola/check.sh" <<'CHECK'
set -eu
cd /opt/tombola
export PATH=/opt/tombola/bin:$PATH
if command -v swift || ls /usr/lib/*/libsqlite3.so* /usr/lib/*/libjpeg.so* /usr/lib/*/libtiff.so* 2>/dev/null; then
  echo "this system is not bare"
  exit 1
fi
grep PRETTY_NAME /etc/os-release
tombola --version
tombola doctor --out runs
tombola find --data digits --model mlp:64,32 --rounds 4 --steps 20ep --seeds 3 --exclude output --out runs
ls runs/find-*/ticket.safetensors
tombola inspect runs/find-*/ticket.safetensors
CHECK
chroot "$root" /bin/sh /opt/tombola/check.sh
echo "it runs on a bare Debian"
