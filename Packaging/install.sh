#!/bin/sh
# Puts a built tombola where programs go, with completions, man pages, licence and guide; or takes it away again.
#
#   Packaging/install.sh TOMBOLA PREFIX [DESTDIR]
#   Packaging/install.sh --remove PREFIX [DESTDIR]
#
# Without a Python the man pages are left out, with a sentence.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=${2:?the prefix, such as /usr/local}
root=${3:-}$prefix
doc=$root/share/doc/tombola
bash=$root/share/bash-completion/completions/tombola
zsh=$root/share/zsh/site-functions/_tombola
fish=$root/share/fish/vendor_completions.d/tombola.fish
man=$root/share/man/man1

remove() {
  rm -f "$root/bin/tombola" "$bash" "$zsh" "$fish" "$man"/tombola.1 "$man"/tombola-*.1
  rm -rf "$doc"
}

if [ "$1" = --remove ]; then
  remove
  exit
fi
tombola=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
# Pages of verbs that are gone would stay.
remove
mkdir -p "$root/bin" "$(dirname "$bash")" "$(dirname "$zsh")" "$(dirname "$fish")" "$man" "$doc"
install -m 755 "$tombola" "$root/bin/tombola"
"$tombola" --generate-completion-script bash >"$bash"
"$tombola" --generate-completion-script zsh >"$zsh"
"$tombola" --generate-completion-script fish >"$fish"
date=$(git -C "$here" log -1 --format=%cs 2>/dev/null || date +%F)
if command -v python3 >/dev/null; then
  python3 "$here/man_pages.py" "$tombola" "$man" --date "$date" >/dev/null
else
  echo "There is no python3: the man pages are left out."
fi
install -m 644 "$here/../LICENSE" "$here/../README.md" "$here/../CHANGELOG.md" "$doc"
mkdir -p "$doc/errors"
install -m 644 "$here/../docs/errors/"*.md "$doc/errors"
echo "installed below $root"
