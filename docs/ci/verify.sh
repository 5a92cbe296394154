#!/usr/bin/env bash
# What a CI job of any system runs: replays an archive, writes every report, and ends as the run did.
#
#   docs/ci/verify.sh ARCHIVE [REPLAY-OPTION...]
#
#   PARALLAX          the program; build/release/bin/parallax by default, built if it is missing
#   PARALLAX_OUT      the folder for ledger, run.json and reports; parallax-report by default
#   PARALLAX_FAIL_ON  mismatch, inconclusive (the default) or never
#
# Exit codes: 0 every block compared and equal; 1 tool error; 2 mismatch; 3 inconclusive or partial.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[ $# -ge 1 ] || { echo "verify: which archive? (see docs/ci/verify.sh)" >&2; exit 1; }
archive=$1
shift
parallax=${PARALLAX:-$root/build/release/bin/parallax}
out=${PARALLAX_OUT:-parallax-report}

[ -x "$parallax" ] || "$root/scripts/build" --preset release parallax

# Its exit code is the report's, too; only 1 means that there is nothing to report about.
status=0
"$parallax" replay "$archive" --out "$out" --quiet "$@" || status=$?
[ "$status" -ne 1 ] || exit 1

formats=(--format text --format json --format junit --format sarif --format markdown --format html)
[ -z "${GITHUB_ACTIONS:-}" ] || formats+=(--format github)
exec "$parallax" report "$out" "${formats[@]}" --out "$out" --quiet \
    --fail-on "${PARALLAX_FAIL_ON:-inconclusive}"
