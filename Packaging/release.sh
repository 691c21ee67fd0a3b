#!/bin/bash
# Builds a statically linked tombola for this Linux and packs it: .build-release/tombola-VERSION-linux-ARCH.tar.gz, and its
# SHA-256 in a file beside it.
#
#   Packaging/release.sh [COMMIT_OBJECT]
#
# Within are the Swift runtime and zlib, libcrypto, SQLite, libjpeg, libpng, libwebp, libtiff and what that needs (zstd, lzma,
# jbig, deflate, Lerc, libstdc++); glibc, libm and libgcc_s stay the system's. Downloads go through the program curl.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=${1:-}
scratch=.build-release
libraries=$PWD/$scratch/static
# Name of a library and the Debian package that has it, whose terms go into the tarball.
within="z:zlib1g-dev crypto:libssl-dev sqlite3:libsqlite3-dev jpeg:libjpeg62-turbo-dev png:libpng-dev webp:libwebp-dev
  tiff:libtiff-dev zstd:libzstd-dev lzma:liblzma-dev jbig:libjbig-dev deflate:libdeflate-dev Lerc:liblerc-dev"
[ "$(uname -s)" = Linux ] || { echo "make release packs for Linux; elsewhere use make install"; exit 1; }

# A folder of static libraries alone. It must be looked into first, and what pkg-config says of the system's folder comes before
# all else: descriptions of our own name this one instead.
rm -rf "$libraries" && mkdir -p "$libraries/pkgconfig"
missing=
for pair in $within png16:libpng-dev stdc++:; do
  name=${pair%%:*}
  file=$(${CC:-cc} -print-file-name="lib$name.a")
  if [ -e "$file" ]; then ln -s "$(readlink -f "$file")" "$libraries/lib$name.a"; else missing="$missing ${pair##*:}"; fi
done
[ -z "$missing" ] || { echo "static libraries are missing: apt-get install$missing"; exit 1; }
for pair in zlib:z libcrypto:crypto sqlite3:sqlite3 libjpeg:jpeg libpng:png libwebp:webp libtiff-4:tiff; do
  printf 'Name: %s\nDescription: linked in\nVersion: 1\nLibs: -L%s -l%s\n' "${pair%%:*}" "$libraries" "${pair##*:}" \
    >"$libraries/pkgconfig/${pair%%:*}.pc"
done
export PKG_CONFIG_PATH=$libraries/pkgconfig

link=(-Xlinker "-L$libraries")  # for those that the libraries need themselves
for name in tiff png jpeg webp zstd lzma jbig deflate Lerc stdc++ z m; do link+=(-Xlinker "-l$name"); done
[ -z "$commit" ] || link+=(-Xlinker "$commit")
${SWIFT:-swift} build -c release --scratch-path "$scratch" --product tombola --static-swift-stdlib \
  -Xswiftc -use-ld=lld -Xswiftc -DTOMBOLA_STATIC -Xlinker -s "${link[@]}"
tombola=$scratch/release/tombola

echo "system libraries that it still needs:"
ldd "$tombola" | sed 's/ (0x.*//'
other=$(ldd "$tombola" | grep -Ev 'linux-vdso|ld-linux|lib(c|m|gcc_s|pthread|dl|rt)\.so' || true)
[ -z "$other" ] || { echo "these should have been linked in"; exit 1; }

version=$("$tombola" --version | cut -d' ' -f1)
name=tombola-$version-linux-$(uname -m)
rm -rf "$scratch/pack" && mkdir -p "$scratch/pack"
Packaging/install.sh "$tombola" "/$name" "$scratch/pack"
terms=$scratch/pack/$name/share/doc/tombola/licences
mkdir -p "$terms"
for pair in $within; do
  package=${pair##*:}
  [ ! -e "/usr/share/doc/$package/copyright" ] || cp "/usr/share/doc/$package/copyright" "$terms/$package"
done
for package in "$scratch"/checkouts/*/; do cp "$package"LICENSE* "$terms/$(basename "$package")" 2>/dev/null || true; done
swift=$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")/../share/swift/LICENSE.txt
[ ! -e "$swift" ] || cp "$swift" "$terms/swift"
cp Packaging/INSTALL "$scratch/pack/$name/INSTALL"

# The same files make the same tarball.
time=$(git log -1 --format=%ct 2>/dev/null || date +%s)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" -C "$scratch/pack" -cf - "$name" | gzip -9n \
  >"$scratch/$name.tar.gz"
(cd "$scratch" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
ls -l "$scratch/$name.tar.gz"
