#!/usr/bin/env bash
# All suites, one after the other: each is a command of package.json, and ends with `N passed, N failed`, as the whole does.
# .ci/run takes the list and the functions from here.
set -u

# What comes after `npm test`; the clients, Ceph, Redis and Postgres are Debian packages.
more_suites='test:slow test:documents test:clients test:stores test:fleet test:ceph'

work=$(mktemp -d)
chmod 755 "$work" # a test runs Node as another user
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
summary=''

# stage NAME COMMAND...: runs it, and adds the outcome line it ends with, or else itself as one check
stage() {
  local name=$1 log="$work/log" started=$SECONDS status line
  shift
  echo "=== $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    # a suite that ends badly without a failed test has failed all the same
    [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
  elif [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  line="$name: ${line:+$line, }exit $status, $((SECONDS - started)) s"
  echo "=== $line"
  summary+="$line"$'\n'
  return "$status"
}

finish() {
  printf '%s' "$summary"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

run_suites() {
  local suite
  stage 'test' npm --silent test
  for suite in $more_suites; do stage "$suite" npm run --silent "$suite"; done
}

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
run_suites
finish
