#!/usr/bin/env bash
# Asks the registry for known faults of what the package and the binary carry (its own dependencies; tools apart).
# Exit 0: none is known · 1: some are, and they are told · 3: nobody could be asked, which is said aloud. That every
# package is the one that package-lock.json pins is `npm ci`'s business, which compares the digests.
set -u
cd "$(dirname "$0")/.." || exit 1

readonly LIMIT_SECONDS=60 # a registry that says nothing for so long is not asked any further
readonly HOW=(--package-lock-only --omit=dev --audit-level=moderate --fetch-retries=0 --fetch-timeout=20000)

report=$(timeout "$LIMIT_SECONDS" npm audit "${HOW[@]}" --json 2>/dev/null)
status=$?
case $report in
  *'"auditReportVersion"'*) ;;
  *)
    echo "audit: NOT DONE: the registry gives no answer about known faults (npm audit ended with $status)"
    exit 3
    ;;
esac
if [ "$status" -ne 0 ]; then
  timeout "$LIMIT_SECONDS" npm audit "${HOW[@]}"
  exit 1
fi
echo "audit: no known fault of moderate weight or more"
