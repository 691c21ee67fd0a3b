#!/bin/sh
# Compares the bits of every kernel: at all CPU levels of this machine, and compiled for AArch64 under qemu.
# Debian: clang gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static. What is missing is skipped with a sentence.
set -u
cd "$(dirname "$0")/../.."
sources="Tests/KernelBits/kernel_bits.c Sources/CLanes/*.c"
flags="-std=gnu17 -O2 -ISources/CLanes/include"
# The clang that compiles the package, if there is no other wish: systems also carry older ones.
swift=$(command -v swift) && swift=$(dirname "$(readlink -f "$swift")")
[ -n "${CC:-}" ] || { [ -x "$swift/clang" ] && CC=$swift/clang; } || CC=clang
folder=${TMPDIR:-/tmp}/tombola-kernel-bits.$$
mkdir -p "$folder" && trap 'rm -rf "$folder"' EXIT INT TERM
passed=0 failed=0

# check NAME COMMAND...: the digests that the command prints must be the reference's.
check() {
  name=$1
  shift
  if ! "$@" >"$folder/$name"; then
    echo "$name: failed"
    failed=$((failed + 1))
  elif ! diff "$folder/reference" "$folder/$name" >"$folder/difference"; then
    echo "$name: other bits than portable (<)"
    cat "$folder/difference"
    failed=$((failed + 1))
  else
    echo "$name: the same bits"
    passed=$((passed + 1))
  fi
}

# shellcheck disable=SC2086
if ! $CC $flags $sources -o "$folder/native" -lm -lpthread || ! "$folder/native" portable >"$folder/reference"; then
  echo "the portable kernels do not build or run"
  echo "0 passed, 1 failed"
  exit 1
fi
cat "$folder/reference"
for level in $("$folder/native" levels); do check "$level" "$folder/native" "$level"; done
case $(uname -m) in
x86_64)
  "$folder/native" levels | grep -q avx512 || echo "skipped: avx512, which this machine does not have"
  # Its tiles at least: the same code for AVX2 instructions.
  sed -e 's/target("avx512[^"]*")/target("avx2,fma")/' -e 's/clanes_table_avx512/clanes_table_tiles/' \
    Sources/CLanes/avx512.c >"$folder/tiles.c"
  # shellcheck disable=SC2086
  if ! grep -q 'target("avx2,fma")' "$folder/tiles.c"; then
    echo "avx512-tiles: cannot be made from Sources/CLanes/avx512.c"
    failed=$((failed + 1))
  elif ! "$folder/native" levels | grep -q avx2; then
    echo "skipped: avx512-tiles, which needs avx2"
  elif $CC $flags -ISources/CLanes -DKERNEL_BITS_TILES $sources "$folder/tiles.c" -o "$folder/tiles" \
    -lm -lpthread; then
    check avx512-tiles "$folder/tiles" tiles
  else
    echo "avx512-tiles: does not build"
    failed=$((failed + 1))
  fi
  ;;
esac

if [ "$(uname -m)" = aarch64 ]; then
  :
elif ! command -v qemu-aarch64-static >/dev/null || ! command -v aarch64-linux-gnu-ld >/dev/null; then
  echo "skipped: AArch64, which needs the packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
elif
  # shellcheck disable=SC2086
  ! $CC $flags --target=aarch64-linux-gnu -static -fuse-ld=/usr/bin/aarch64-linux-gnu-ld $sources \
    -o "$folder/arm" -lm -lpthread 2>"$folder/errors"
then
  cat "$folder/errors"
  echo "aarch64: does not build"
  failed=$((failed + 1))
else
  for level in $(qemu-aarch64-static "$folder/arm" levels); do
    check "aarch64-$level" qemu-aarch64-static "$folder/arm" "$level"
  done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
