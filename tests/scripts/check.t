#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# scripts/check: one run at a time in a clone. In a folder of its own, with a scripts/install-deps that
# says that it was reached, waits when it is told to, and ends the run before anything is built.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/scripts"
cp -r "$root/scripts/check" "$root/scripts/lib" "$work/scripts"
cat >"$work/scripts/install-deps" <<'END'
#!/bin/sh
echo reached
test -z "${WAIT_FOR:-}" || { : >"$WAIT_FOR.here"; while test ! -e "$WAIT_FOR"; do sleep 0.05; done; }
exit 9
END
chmod +x "$work/scripts/install-deps"
lock=$work/build/check/lock
count=0

# checks NAME EXIT-CODE TEXT COMMAND...: how it ends, and what it says.
checks()
{
    local name=$1 expected=$2 text=$3 code=0 output
    shift 3
    count=$((count + 1))
    output=$("$@" 2>&1 </dev/null) || code=$?
    if [ "$code" = "$expected" ] && [[ $output == *"$text"* ]]
    then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        printf '%s\n' "exit code $code" "$output" | sed 's/^/# /'
    fi
}

checks "a run alone" 9 reached "$work/scripts/check"
checks "leaves nothing behind" 1 "" test -s "$lock"

WAIT_FOR=$work/go "$work/scripts/check" >"$work/first" 2>&1 &
first=$!
for _ in {1..400}
do
    [ -e "$work/go.here" ] && break
    sleep 0.05
done
checks "a second one refuses" 1 "another run, process $first" "$work/scripts/check"
checks "and with Wine's DLLs" 1 "another run, process $first" env DLLS=builtin "$work/scripts/check"
checks "the first goes on" 0 "" kill -0 "$first"
: >"$work/go"
wait "$first"
checks "and ends" 0 reached cat "$work/first"
checks "then another one runs" 9 reached "$work/scripts/check"

echo "$first 1" >"$lock"
checks "a lock of a process that is gone is taken over" 9 reached "$work/scripts/check"
echo "$$ 1" >"$lock"
checks "one of a process that has its number" 9 reached "$work/scripts/check"
echo "garbage" >"$lock"
checks "one that says nothing" 9 reached "$work/scripts/check"

WAIT_FOR=$work/never "$work/scripts/check" >"$work/killed" 2>&1 &
killed=$!
for _ in {1..400}
do
    [ -e "$work/never.here" ] && break
    sleep 0.05
done
kill -KILL "$killed"
wait "$killed" 2>/dev/null
: >"$work/never"
checks "one of a run that was killed" 9 reached "$work/scripts/check"
echo "1..$count"
