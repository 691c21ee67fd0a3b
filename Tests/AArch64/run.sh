#!/bin/bash
# The package for AArch64, on another machine: cross-compiled by Debian's Swift, run under qemu.
#
#   run.sh              three searches whose digests must be x86-64's, then the numeric tests
#   run.sh searches     the searches alone
#   run.sh tests [REGEX]   the tests alone: those that are listed below, or those whose names match
#
# As root on a Debian: debootstrapped roots need chroot and mount. What is missing is installed, roots and builds stay in
# .build-aarch64/ (remove it for a newer Debian). MMDEBSTRAP_OPTIONS adds options, such as --aptopt=... for a mirror.
#
# Debian alone has Swift for both architectures as packages, and only in sid. So there are two roots: `toolchain`, amd64,
# with the compiler, entered by chroot for its C library is newer than that of other systems; and `sysroot`, arm64, with
# the same version's Swift modules and libraries, which nothing of runs but what qemu is given.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=${1:-all} filter=${2:-}
here=$PWD work=$PWD/.build-aarch64
mirror=http://deb.debian.org/debian

# Numeric suites. The others are of pages, the command and its processes, sweeps and sockets, which no processor decides.
suites="LanesTests|BasicsTests|NetworksTests|TrainingTests|AttacksTests|PruningTests|AnalysisTests|TicketsTests"

[ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] || { echo "This needs Linux and root, for chroot and mount."; exit 1; }

# Mounts are this process's own: they end with it, and nobody else sees them.
if [ -z "${TOMBOLA_AARCH64_MOUNTS:-}" ]; then
  TOMBOLA_AARCH64_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
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

# emulated PROGRAM ARGUMENT...
emulated() {
  qemu-aarch64-static -L "$work/sysroot" -E LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux "$@"
}

run_searches() {
  build --product tombola
  # A program to others: qemu around it.
  printf '#!/bin/sh\nexec qemu-aarch64-static -L "%s" -E LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux "%s" "$@"\n' \
    "$work/sysroot" "$work/build/aarch64-unknown-linux-gnu/release/tombola" >"$work/tombola"
  chmod +x "$work/tombola"
  say "three searches"
  python3 Tests/Docs/digests.py "$work/tombola" || failed="$failed searches"
}

run_tests() {
  build --build-tests
  say "tests"
  emulated "$work/build/aarch64-unknown-linux-gnu/release/tombolaPackageTests.xctest" \
    --testing-library swift-testing --filter "${filter:-^($suites)\\.}" 2>&1 | tee "$work/tests.log" |
    grep -aE 'recorded an issue|^✘|Fatal error|skipped|^✔ Suite|Test run with' || true
  grep -aqE '^✔ Test run with [1-9]' "$work/tests.log" || failed="$failed tests"
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
