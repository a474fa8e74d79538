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

# Makes PREFIX-ole32 beside a prepared prefix, for tests on our ole32.dll. Its files are hard links,
# except for what Wine writes in place: files are only ever replaced.
prefix_prepare_ole32()
{
    local prefix=$1 file
    if [ ! -f "$prefix-ole32/system.reg" ]
    then
        rm -rf "$prefix-ole32" "$prefix-ole32.new"
        cp -al "$prefix" "$prefix-ole32.new"
        rm -f "$prefix-ole32.new/wineserver"
        for file in "$prefix-ole32.new"/*.reg "$prefix-ole32.new"/.update-timestamp
        do
            cp -p "$file" "$file.copy"
            mv "$file.copy" "$file"
        done
        mv "$prefix-ole32.new" "$prefix-ole32"
    fi
}

# Installs what a build has into the prefixes that tests copy: BITS into the first, which has Wine's
# own ole32.dll, everything into the second. CONCIERGE_OLE32=none leaves the second out.
prefix_install()
{
    local prefix=$1 source=$2
    "$root/scripts/wine-prefix" install --prefix "$prefix" --from "$source" qmgr
    if [ "${CONCIERGE_OLE32:-tests}" != none ]
    then
        prefix_prepare_ole32 "$prefix"
        "$root/scripts/wine-prefix" install --prefix "$prefix-ole32" --from "$source" ole32 qmgr
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
