#!/usr/bin/env bash
# Runs the checks named as arguments, goes on after a failure, and closes with "N passed, N failed".
# A make target counts as one check, a folder of tests as many as it holds.
#   bash .ci/tests.sh [all|build|lint|types|check-imports|audit|release|test/FOLDER]…
set -u
cd "$(dirname "$0")/.." || exit 1

readonly BUDGET_SECONDS=1500 # for everything together; what still runs then is stopped and has failed
readonly TEST_TIMEOUT_MS=60000
passed=0 failed=0 skipped=0 undone=''
running='' watchdog='' # process groups, while a check runs
reports=$(mktemp -d)

# Every check runs in a process group of its own, so that it leaves nothing running, whatever became of it.
stop_groups() {
  local group
  for group in $running $watchdog; do kill -KILL -- "-$group" 2>/dev/null; done
  running='' watchdog=''
}
trap 'stop_groups; rm -rf "$reports"' EXIT
trap 'exit 130' INT TERM
bounded() {
  local left=$((BUDGET_SECONDS - SECONDS)) status
  set -m
  "$@" </dev/null &
  running=$!
  { sleep "$((left > 1 ? left : 1))" && echo "out of time: $*" && kill -KILL -- "-$running"; } >&2 &
  watchdog=$!
  disown "$watchdog" # so that bash does not report its end
  set +m
  wait "$running"
  status=$?
  stop_groups
  return "$status"
}

# target NAME: one check, done by make.
target() {
  echo "== $1"
  if bounded make --no-print-directory "$1"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    return 1
  fi
}

# audit: a registry that cannot be asked is no pass and no failure, and is told before the closing line.
audit() {
  echo "== audit"
  bounded bash .ci/audit.sh
  case $? in
    0) passed=$((passed + 1)) ;;
    3) undone='not done, and counted as nothing: audit' ;;
    *) failed=$((failed + 1)) ;;
  esac
}

# abreast FOLDER: how many of its files run at a time. Faults and leases are waited for most of the time, units fill
# one core.
abreast() {
  case $1 in
    test/faults) echo 3 ;;
    test/cluster | test/contract | test/e2e | test/unit) echo 2 ;;
    *) echo 1 ;;
  esac
}

# suite FOLDER: counted from the runner's own report.
suite() {
  echo "== $1"
  local report="$reports/${1//\//-}.xml" status tests failures skips count how=()
  count=$(abreast "$1")
  [ "$count" -eq 1 ] || how=("--parallel=$count" --no-isolate)
  bounded node_modules/.bin/bun test "./$1" ${how[@]+"${how[@]}"} --timeout="$TEST_TIMEOUT_MS" \
    --reporter=junit --reporter-outfile="$report"
  status=$?
  tests=$(total tests "$report") failures=$(total failures "$report") skips=$(total skipped "$report")
  passed=$((passed + tests - failures - skips))
  skipped=$((skipped + skips))
  # The report knows nothing of a file that could not be loaded, and is missing after a crash.
  [ "$status" -eq 0 ] || [ "$failures" -gt 0 ] || failures=1
  failed=$((failed + failures))
}

# tell_failures: what the reports tell of each test that failed, so that the end of a long output tells what to mend.
tell_failures() {
  awk '
    function attribute(name,  value) {
      if (!match($0, " " name "=\"[^\"]*\"")) return ""
      value = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
      gsub("&#10;", "\n    ", value); gsub("&lt;", "<", value); gsub("&gt;", ">", value)
      gsub("&quot;", "\"", value); gsub("&apos;", "\047", value); gsub("&amp;", "\\&", value)
      return value
    }
    /<testcase / { title = attribute("file") ": " attribute("classname") " > " attribute("name") }
    /<failure /  { print "failed: " title "\n    " substr(attribute("message"), 1, 2000) }
  ' "$reports"/*.xml 2>/dev/null
}

# total ATTRIBUTE REPORT: a count from the report's outermost element.
total() {
  local count
  count=$(sed -n "s/.*<testsuites .*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$2" 2>/dev/null)
  echo "${count:-0}"
}

# Every folder that holds tests, so that none can be forgotten; the release's own are apart.
test_folders() { find test model src -name '*.test.ts' 2>/dev/null | cut -d/ -f1,2 | sort -u; }

check() {
  case $1 in
    all)
      local each folders
      folders=$(test_folders)
      for each in build package lint types check-imports audit ${folders:-test/none}; do check "$each"; done
      ;;
    */*) suite "$1" ;;
    audit) audit ;;
    release) target release && suite deploy ;;
    *) target "$1" ;;
  esac
}

for name in "$@"; do check "$name"; done

summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary="$summary, $skipped skipped"
tell_failures
[ -z "$undone" ] || echo "$undone"
echo "$summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
