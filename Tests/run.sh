#!/usr/bin/env bash
# Runs the tests, and names what failed once more at the end, where it is seen: run.sh swift test -c release
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>&1 | tee "$log"
status=$?
if [ "$status" != 0 ]; then
  echo
  echo "Failed:"
  grep -a -A 6 -E 'recorded an issue|^✘ Test .* failed|error: |Fatal error|signal' "$log" | tail -n 80
fi
exit "$status"
