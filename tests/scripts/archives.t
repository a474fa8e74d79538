#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=2700;
# The archives: the source archive builds and installs, the binary archive installs into a prefix and is
# all that a MinGW program needs, the test archive has the tests of both architectures.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
build=${CONCIERGE_BUILD_DIR:-$root/build/x86_64}
template=${CONCIERGE_TEMPLATE_PREFIX:-$root/build/check/prefix}
export WINEDEBUG=-all
unset WINEPREFIX WINEARCH WINEDLLOVERRIDES MAKEFLAGS MFLAGS MAKELEVEL

count=0
work=$(mktemp -d "$(dirname "$template")/archives-XXXXXX")
trap 'rm -rf "$work"' EXIT

# runs NAME COMMAND...: the command succeeds; else its output is shown.
runs()
{
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/out" 2>&1 </dev/null
    then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        tail -n 30 "$work/out" | sed 's/^/# /'
    fi
}

unpack()
{
    mkdir -p "$work/$1" && tar -xf "$build"/concierge-*[0-9]"$2".tar.xz -C "$work/$1" --strip-components=1
}

runs "make dist, dist-bin, dist-tests" make -s -C "$build" dist dist-bin dist-tests

# The source archive.
runs "the source archive unpacks" unpack source ""
mkdir -p "$work/build"
configure()
{
    cd "$work/build" && ../source/configure --quiet --host=x86_64-w64-mingw32
}
runs "it configures out of tree" configure
runs "it builds" make -s -j2 -C "$work/build"
runs "make install DESTDIR=" make -s -C "$work/build" install DESTDIR="$work/destdir"
for file in qmgr.dll qmgrprxy.dll ole32.dll combase.dll bitsadmin.exe comscm.exe dllhost.exe \
    bits10_1.h bits10_3.h libqmgr.dll.a concierge.pc
do
    runs "installs $file" test -n "$(find "$work/destdir" -name "$file")"
done

# The binary archive.
runs "the binary archive unpacks" unpack bin -bin
for arch in x86_64 i686
do
    for file in qmgr.dll qmgrprxy.dll bitsadmin.exe bitsact.exe ole32.dll combase.dll comscm.exe \
        dllhost.exe
    do
        runs "it has $arch/$file" test -s "$work/bin/bin/$arch/$file"
    done
    cat >"$work/program.c" <<'END'
#define COBJMACROS
#include <windows.h>
#include <bits.h>
#include <bits10_1.h>
#include <bits10_2.h>
#include <bits10_3.h>

int main(void)
{
    IBackgroundCopyCallback3 *callback = NULL;
    IBackgroundCopyJobHttpOptions3 *options = NULL;
    IUnknown *manager;

    (void)callback;
    (void)options;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    return FAILED(CoCreateInstance(&CLSID_BackgroundCopyManager10_3, NULL, CLSCTX_LOCAL_SERVER,
            &IID_IBackgroundCopyManager, (void **)&manager));
}
END
    runs "a MinGW program compiles with its headers, $arch" "$arch-w64-mingw32-gcc" -Wall -Werror \
        -I"$work/bin/include" "$work/program.c" -o "$work/program-$arch.exe" \
        -L"$work/bin/lib/$arch" -lbitsuuid -lole32 -luuid
done
no_runtime_dll()
{
    ! "$1-w64-mingw32-objdump" -p "$work/bin/bin/$1"/*.dll "$work/bin/bin/$1"/*.exe |
        grep -iE 'DLL Name: *(libgcc|libwinpthread|libstdc)'
}
runs "no MinGW runtime DLL is needed, x86_64" no_runtime_dll x86_64
runs "no MinGW runtime DLL is needed, i686" no_runtime_dll i686

# Into a prefix, by the archive's own wine-prefix.
prefix=$work/prefix
tool=$work/bin/scripts/wine-prefix
runs "a prefix" "$root/scripts/wine-prefix" create --prefix "$prefix"
runs "install from the archive" "$tool" install --prefix "$prefix"
runs "status" "$tool" status --prefix "$prefix"
runs "the MinGW program finds BITS" "$tool" run --prefix "$prefix" -- "$work/program-x86_64.exe"
WINEPREFIX=$prefix wineserver -k 2>"$work/out"
WINEPREFIX=$prefix wineserver -w 2>"$work/out"
runs "uninstall" "$tool" uninstall --prefix "$prefix"

# The test archive.
runs "the test archive unpacks" unpack tests -tests
runs "it has run-tests.cmd" test -s "$work/tests/run-tests.cmd"
runs "and the tests of x86_64" test -n "$(find "$work/tests" -path '*x86_64*' -name lifecycle.exe)"
runs "and the tests of i686" test -n "$(find "$work/tests" -path '*i686*' -name lifecycle.exe)"
echo "1..$count"
