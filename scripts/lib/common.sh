# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts share. To be sourced; sets $root, the top of the tree, and $script,
# the path of the script that sources it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$(cd "$(dirname "$0")" && pwd)/${0##*/}

# No debug output of Wine, unless asked for.
export WINEDEBUG=${WINEDEBUG:--all}

say()
{
    printf '%s\n' "$*"
}

die()
{
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Prints the comment at the top of the calling script, for --help.
usage()
{
    sed -n '3,/^[^#]/ { /^#/ { s/^# \{0,1\}//; p } }' "$script"
}

# Makes a prefix in a folder of the build tree, unless it is there already. It gets its name
# when it is complete: one that was interrupted is made again.
prefix_prepare()
{
    local prefix=$1
    if [ ! -f "$prefix/system.reg" ]
    then
        rm -rf "$prefix" "$prefix.new"
        mkdir -p "$(dirname "$prefix")"
        "$root/scripts/wine-prefix" create --prefix "$prefix.new"
        mv "$prefix.new" "$prefix"
    fi
}

# The name of a test's files in the folder of logs: build/x86_64/tests/qmgr/x.exe is
# x86_64.qmgr.x, tests/scripts/x.t is scripts.x.
test_log_name()
{
    local name=${1#build/}
    name=${name/tests\//}
    name=${name%.*}
    printf '%s\n' "${name//\//.}"
}
