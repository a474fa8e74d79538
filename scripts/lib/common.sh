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

# Makes a prefix from a prepared one: prefix_variant PREFIX VARIANT. Its files are hard links, except
# for what Wine writes in place: files are only ever replaced.
prefix_variant()
{
    local prefix=$1 variant=$2 file
    if [ ! -f "$variant/system.reg" ]
    then
        rm -rf "$variant" "$variant.new"
        cp -al "$prefix" "$variant.new"
        rm -f "$variant.new/wineserver"
        for file in "$variant.new"/*.reg "$variant.new"/.update-timestamp
        do
            cp -p "$file" "$file.copy"
            mv "$file.copy" "$file"
        done
        mv "$variant.new" "$variant"
    fi
}

# Installs what a build has into the prefixes that tests copy: BITS into the first, which has Wine's
# own ole32.dll; our COM runtime as well into PREFIX-ole32 (CONCIERGE_OLE32=none leaves that out);
# URL monikers into PREFIX-urlmon and, with our COM runtime, into PREFIX-ole32-urlmon.
prefix_install()
{
    local prefix=$1 source=$2
    local install=("$root/scripts/wine-prefix" install --from "$source")

    prefix_variant "$prefix" "$prefix-urlmon"
    "${install[@]}" --prefix "$prefix-urlmon" urlmon
    if [ "${CONCIERGE_OLE32:-tests}" != none ]
    then
        prefix_variant "$prefix" "$prefix-ole32"
        prefix_variant "$prefix-urlmon" "$prefix-ole32-urlmon"
        "${install[@]}" --prefix "$prefix-ole32" ole32 qmgr
        "${install[@]}" --prefix "$prefix-ole32-urlmon" ole32
    fi
    "${install[@]}" --prefix "$prefix" qmgr
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
