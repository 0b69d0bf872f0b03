#!/bin/sh
# Waits for two healthy answers, some minutes apart: a timer that fell silent with the deployment shows in the second.
#   wait-for-health.sh ADDRESS [VERSION]     ADDRESS ends in /api; with VERSION only an answer of that version counts.
# Exit code 0 when both came, 1 when one did not within ten minutes.
set -eu
address=$1
version=${2:-}
pause=${AUTOTRADER_WAIT_PAUSE:-15}
between=${AUTOTRADER_WAIT_BETWEEN:-240}

for look in first second; do
  echo "Waiting for the $look healthy answer of $address/health ..."
  tries=1
  while :; do
    answer=$(curl --silent --show-error --max-time 30 --write-out ' %{http_code}' "$address/health" 2>&1) || true
    case $answer in
      *"\"version\":\"$version"*" 200") break ;;
    esac
    if [ "$tries" -ge 40 ]; then
      echo "It is not healthy after $tries answers. The last: $answer" >&2
      echo 'docs/operations.md, "Health", says what to do.' >&2
      exit 1
    fi
    tries=$((tries + 1))
    sleep "$pause"
  done
  echo "$answer"
  if [ "$look" = first ]; then
    sleep "$between"
  fi
done
