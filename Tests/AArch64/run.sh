#!/bin/bash
# The package for AArch64, on another machine: cross-compiled by Debian's Swift, run under qemu.
#
#   run.sh              three searches whose digests must be x86-64's, then the numeric tests
#   run.sh searches     the searches alone
#   run.sh tests [TARGET...]   the tests alone: of the targets listed below, or of these
#
# As root, on Debian for amd64. What is missing is installed; roots and builds stay in .build-aarch64/ (5 GB; remove it for a
# newer sid). MMDEBSTRAP_OPTIONS adds options: --aptopt=FILE for a mirror that needs settings of apt.
#
# Debian has Swift for both architectures as packages, in sid. So there are two roots: `toolchain`, amd64, with the compiler,
# entered by chroot, for it needs a newer C library than other systems have; and `sysroot`, arm64, with modules and libraries of
# the same version. Of that one only what is linked is run, by qemu.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=${1:-all}
here=$PWD work=$PWD/.build-aarch64
mirror=http://deb.debian.org/debian

# Whatever computes. The others are of the command and its processes, sweeps, sockets and damaged files.
targets="LanesTests BasicsTests NetworksTests TrainingTests AttacksTests PruningTests AnalysisTests TicketsTests"
[ $# -lt 2 ] || targets="${*:2}"

[ "$(uname -sm)" = "Linux x86_64" ] && [ "$(id -u)" = 0 ] ||
  { echo "This needs root, for chroot and mount, on Linux for x86-64."; exit 1; }

# Mounts are this process's own: they end with it, and nobody else sees them.
if [ -z "${TOMBOLA_AARCH64_MOUNTS:-}" ]; then
  TOMBOLA_AARCH64_MOUNTS=1 exec unshare --mount --propagation private "$here/Tests/AArch64/run.sh" "$@"
fi

say() { echo "== $(date +%T) $*"; }

install_tools() {
  local missing="" pair
  for pair in mmdebstrap:mmdebstrap qemu-aarch64-static:qemu-user-static git:git python3:python3; do
    command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  apt-get update -qq || echo "apt-get update failed; trying with the lists at hand"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# bootstrap NAME OPTION...: a root of sid; one that was not finished is made anew.
bootstrap() {
  local root=$work/$1
  shift
  [ -e "$root.done" ] && return 0
  say "making $root"
  rm -rf --one-file-system "$root"
  # shellcheck disable=SC2086
  if ! mmdebstrap --quiet ${MMDEBSTRAP_OPTIONS:-} "$@" sid "$root" "$mirror" >"$root.log" 2>&1; then
    tail -n 20 "$root.log"
    exit 1
  fi
  touch "$root.done"
}

make_roots() {
  bootstrap toolchain --variant=minbase --architectures=amd64 --include=swiftlang,git,libc6-dev,libstdc++-15-dev
  # Nothing of this root is run here, so it is unpacked alone; of the 2.6 GB of the compiler's package, what is for arm64.
  bootstrap sysroot --variant=extract --architectures=arm64 \
    --include=base-files,libc6-dev,libstdc++-15-dev,libswiftlang \
    --include=zlib1g-dev,libssl-dev,libjpeg-dev,libpng-dev,libwebp-dev,libtiff-dev,libsqlite3-dev \
    --extract-hook='set -eu
      cd "$1/tmp"
      APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get download swiftlang
      dpkg-deb --fsys-tarfile swiftlang_*.deb | tar -x -C "$1" --exclude="*/host" --exclude="*/embedded" \
        ./usr/libexec/swift/lib/swift ./usr/libexec/swift/lib/clang
      rm swiftlang_*.deb'
  # Where the linker's driver looks for what begins every Swift program.
  ln -sfn ../libexec/swift/lib/swift "$work/sysroot/usr/lib/swift"
  # libswiftlang 6.2.3-1 lacks this library, which files that import Testing and Foundation have linked; nothing of it is used.
  local overlay=$work/sysroot/usr/lib/swift/linux/lib_Testing_Foundation
  [ -e "$overlay.so" ] || printf '!<arch>\n' >"$overlay.a"
  mkdir -p "$work/sdks/aarch64.artifactbundle/sdk"
  cat >"$work/sdks/aarch64.artifactbundle/info.json" <<JSON
{"schemaVersion": "1.0",
 "artifacts": {"aarch64": {"type": "swiftSDK", "version": "1.0", "variants": [{"path": "sdk"}]}}}
JSON
  cat >"$work/sdks/aarch64.artifactbundle/sdk/swift-sdk.json" <<JSON
{"schemaVersion": "4.0",
 "targetTriples": {"aarch64-unknown-linux-gnu": {
   "sdkRootPath": "$work/sysroot", "swiftResourcesPath": "$work/sysroot/usr/libexec/swift/lib/swift",
   "toolsetPaths": ["toolset.json"]}}}
JSON
  cat >"$work/sdks/aarch64.artifactbundle/sdk/toolset.json" <<JSON
{"schemaVersion": "1.0", "rootPath": "/usr/libexec/swift/bin", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}
JSON
}

# Packages are fetched by this machine's git, with its settings; the toolchain's root then needs no network.
fetch_packages() {
  local address copy
  mkdir -p "$work/packages"
  : >"$work/packages/gitconfig"
  for address in $(grep -oE '\.package\(url: "[^"]+"' Package.swift | cut -d'"' -f2); do
    copy=$work/packages/$(basename "$address").git
    if [ -d "$copy" ]; then
      git -C "$copy" fetch --quiet --prune || echo "could not fetch $address; its copy is used"
    else
      git clone --quiet --mirror "$address" "$copy"
    fi
    git config --file "$work/packages/gitconfig" "url.$copy.insteadOf" "$address"
  done
  # The copies, and this clone, may belong to somebody else.
  git config --file "$work/packages/gitconfig" safe.directory "*"
}

# The package stands at the same place within the root, so that tests find their files wherever they run.
enter_toolchain() {
  mkdir -p "$work/toolchain$here"
  mount --bind "$here" "$work/toolchain$here"
  mount -t proc proc "$work/toolchain/proc"
}

# build OPTION...
build() {
  local log=$work/build.log
  say "swift build $*"
  if ! chroot "$work/toolchain" /usr/bin/env HOME=/root GIT_CONFIG_GLOBAL="$work/packages/gitconfig" \
    swift build -c release --package-path "$here" --scratch-path "$work/build" \
    --swift-sdks-path "$work/sdks" --swift-sdk aarch64 "$@" >"$log" 2>&1; then
    grep -A 8 'error:' "$log" || tail -n 40 "$log"
    exit 1
  fi
  tail -n 1 "$log"
}

# emulated PRODUCT: a program that runs it, at .build-aarch64/PRODUCT.
emulated() {
  cat >"$work/$1" <<SCRIPT
#!/bin/sh
exec qemu-aarch64-static -L "$work/sysroot" -E LD_LIBRARY_PATH=/usr/lib/swift/linux \\
  "$work/build/aarch64-unknown-linux-gnu/release/$1" "\$@"
SCRIPT
  chmod +x "$work/$1"
}

run_searches() {
  build --product tombola
  emulated tombola
  say "three searches"
  python3 Tests/Docs/digests.py "$work/tombola" || failed="$failed searches"
}

run_tests() {
  local target log
  # Not --build-tests, which compiles the tests and compilers of packages as well.
  build --product tombolaPackageTests
  emulated tombolaPackageTests.xctest
  for target in $targets; do
    log=$work/$target.log
    # The number of tests is looked for as well: a name without tests is no success.
    if ! NO_COLOR=1 "$work/tombolaPackageTests.xctest" --testing-library swift-testing --filter "^$target\\." >"$log" 2>&1 ||
      ! grep -aqE 'Test run with [1-9][0-9]* tests' "$log"; then
      failed="$failed $target"
      grep -a -A 3 -E 'recorded an issue|Fatal error|uncaught' "$log" || tail -n 20 "$log"
    fi
    say "$target: $(grep -aoE 'Test run with .*' "$log" || echo "ended early")"
  done
}

mkdir -p "$work"
failed=
install_tools
make_roots
fetch_packages
enter_toolchain
[ "$what" = tests ] || run_searches
[ "$what" = searches ] || run_tests
[ -z "$failed" ] || { echo "AArch64: failed:$failed"; exit 1; }
echo "AArch64: all as on x86-64"
