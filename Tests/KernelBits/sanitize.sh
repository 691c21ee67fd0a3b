#!/bin/sh
# Runs every kernel of this machine under the address, undefined-behaviour and thread sanitizers.
set -u
cd "$(dirname "$0")/../.."
# The clang that compiles the package, if there is no other wish: systems also carry older ones.
swift=$(command -v swift) && swift=$(dirname "$(readlink -f "$swift")")
[ -n "${CC:-}" ] || { [ -x "$swift/clang" ] && CC=$swift/clang; } || CC=clang
folder=${TMPDIR:-/tmp}/tombola-sanitize.$$
mkdir -p "$folder" && trap 'rm -rf "$folder"' EXIT INT TERM
passed=0 failed=0

# Swift's clang brings a thread sanitizer that needs libdispatch.
libraries=$(dirname "$(dirname "$(readlink -f "$(command -v "$CC")")")")/lib/swift/linux
dispatch=
[ -e "$libraries/libdispatch.so" ] && dispatch="-L$libraries -ldispatch -lBlocksRuntime -Wl,-rpath,$libraries"

for kind in address,undefined thread; do
  # shellcheck disable=SC2086
  if ! $CC -std=gnu17 -O1 -g -fsanitize="$kind" -fno-sanitize-recover=all -ISources/CLanes/include \
    Tests/KernelBits/kernel_bits.c Sources/CLanes/*.c -o "$folder/program" -lm -lpthread $dispatch 2>"$folder/errors"; then
    cat "$folder/errors"
    echo "$kind: does not build"
    failed=$((failed + 1))
    continue
  fi
  for level in $("$folder/program" levels); do
    if "$folder/program" "$level" >/dev/null 2>"$folder/errors"; then
      echo "$kind, $level: clean"
      passed=$((passed + 1))
    else
      head -60 "$folder/errors"
      echo "$kind, $level: failed"
      failed=$((failed + 1))
    fi
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
