#!/bin/sh
# Feeds mutated images to the decoders under the address and undefined-behaviour sanitizers.
#
#   Tests/Fuzz/fuzz.sh [ROUNDS]            that many mutations of each file of Tests/Golden/images (default 2000)
#   Tests/Fuzz/fuzz.sh libfuzzer SECONDS   libFuzzer from the same files, as long as you like
#
# Debian: clang libjpeg-dev libpng-dev libwebp-dev libtiff-dev zlib1g-dev. What is missing is skipped with a sentence.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
folder=${TMPDIR:-/tmp}/tombola-fuzz.$$
mkdir -p "$folder/corpus" && trap 'rm -rf "$folder"' EXIT INT TERM
libraries="$(pkg-config --cflags --libs libjpeg libpng libwebp libtiff-4 2>/dev/null || echo -ljpeg -lpng -lwebp -ltiff) -lz"
sources="Tests/Fuzz/fuzz_images.c Sources/CImages/*.c"
seeds=$(ls Tests/Golden/images/*.jpg Tests/Golden/images/*.png Tests/Golden/images/*.webp Tests/Golden/images/*.tiff)

# build OUTPUT SANITIZERS FLAGS...
build() {
  output=$1 sanitizers=$2
  shift 2
  # shellcheck disable=SC2086
  ${CC:-clang} -std=gnu17 -O1 -g -fsanitize="$sanitizers" -fno-sanitize-recover=all "$@" -ISources/CImages/include $sources \
    -o "$folder/$output" $libraries 2>"$folder/errors"
}

if [ "${1:-}" = libfuzzer ]; then
  build libfuzzer fuzzer,address,undefined -DLIBFUZZER || { cat "$folder/errors"; exit 1; }
  # shellcheck disable=SC2086
  cp $seeds "$folder/corpus"
  cd "$folder" && ./libfuzzer -max_total_time="${2:-60}" -max_len=8192 -rss_limit_mb=2048 -timeout=10 \
    -artifact_prefix="$root/" -print_final_stats=1 corpus
  exit
fi

if ! command -v "${CC:-clang}" >/dev/null; then
  echo "skipped: fuzzing the decoders needs clang"
  exit 0
fi
if ! build fuzz address,undefined; then
  cat "$folder/errors"
  echo "the decoders do not build"
  exit 1
fi
images=$(echo "$seeds" | sed "s|^|$root/|")
cd "$folder" || exit 1
# shellcheck disable=SC2086
if ./fuzz "${1:-2000}" $images; then
  exit 0
fi
cp fuzz-input "$root/fuzz-input" 2>/dev/null && echo "the input is kept as fuzz-input"
exit 1
