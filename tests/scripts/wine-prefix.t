#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=600;
# scripts/wine-prefix: what it refuses, and that uninstall restores a prefix exactly.
# Works in copies of the prefix in CONCIERGE_TEMPLATE_PREFIX (else build/check/prefix).

set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
tool=$root/scripts/wine-prefix
template=${CONCIERGE_TEMPLATE_PREFIX:-$root/build/check/prefix}
export WINEDEBUG=-all
unset WINEPREFIX WINEARCH WINEDLLOVERRIDES

count=0
failed=0

ok()
{
    count=$((count + 1))
    if [ "$1" = 0 ]
    then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=1
        [ ! -s "$work/out" ] || sed 's/^/# /' "$work/out"
    fi
}

skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# The files of the module qmgr.
mapfile -t files < <(python3 -B -c 'import sys; sys.path.insert(0, "scripts/lib")
import wine_modules; print("\n".join(wine_modules.module_files("qmgr")))')

# runs NAME EXIT-CODE COMMAND...: the command ends with this code; its output is in $work/out.
runs()
{
    local name=$1 expected=$2 code=0
    shift 2
    "$@" >"$work/out" 2>&1 </dev/null || code=$?
    [ "$code" = "$expected" ]
    ok $? "$name: exit code $code, expected $expected"
}

# refuses NAME TEXT COMMAND...: exit code 1, nothing on stdout, one line on stderr with this text.
refuses()
{
    local name=$1 text=$2 code=0
    shift 2
    "$@" >"$work/stdout" 2>"$work/out" </dev/null || code=$?
    [ "$code" = 1 ] && [ ! -s "$work/stdout" ] && [ "$(wc -l <"$work/out")" = 1 ] &&
        grep -qF "$text" "$work/out"
    ok $? "$name: refused with \"$text\""
}

says()
{
    grep -qF -- "$1" "$work/out"
    ok $? "... and says \"$1\""
}

# A copy by hard links, so that a file written in place would show in the template.
copy_prefix()
{
    cp -al "$template" "$1"
    local file
    for file in "$1"/*.reg "$1/.update-timestamp"
    do
        cp -p "$file" "$file.copy"
        mv "$file.copy" "$file"
    done
    rm -f "$1/wineserver"
}

# What a prefix is: its files with type, mode, inode and content, and its registry without times
# and without the keys of devices and fonts, which Wine writes at each start.
snapshot()
{
    (
        cd "$1/drive_c/windows" || exit 1
        find system32 syswow64 -maxdepth 1 -printf '%y %m %i %p %l\n' | sort -k 4
        sha256sum system32/qmgr* system32/urlmon.dll system32/bits* \
            system32/ole32.dll system32/combase.dll system32/comscm.exe system32/dllhost.exe 2>/dev/null
        cd "$1" || exit 1
        find . -mindepth 1 -maxdepth 1 ! -name wineserver -printf '%y %m %P\n' | sort
        python3 -B - "$root/scripts/lib" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from wine_registry import Hive, hive_difference, HIVES
for name in HIVES:
    hive = Hive.load(name)
    for change in hive_difference(Hive(hive.header, {}), hive):
        key = change["after"]
        print(name, key["path"], [line for line in key["head"][1:] if "#time=" not in line],
              sorted(key["values"].items()))
END
    ) >"$2"
}

# is_as_before NAME: the prefix equals the snapshot "before".
is_as_before()
{
    snapshot "$prefix" "$work/after"
    diff "$work/before" "$work/after" >"$work/out"
    ok $? "$1: files and registry are as before"
}

# is_registered NAME KEY: that half of the registry has an interface of BITS which Wine has not.
is_registered()
{
    grep -qF "[Software\\\\Classes\\\\$2\\\\{E847030C-BBBA-" "$prefix/system.reg"
    ok $? "registered in the $1"
}

server_end()
{
    WINEPREFIX=$prefix wineserver -w
}

# shellcheck disable=SC2317
clean_up()
{
    if [ -d "$prefix" ] && WINEPREFIX=$prefix wineserver -k0 2>/dev/null
    then
        WINEPREFIX=$prefix wineserver -k
        WINEPREFIX=$prefix wineserver -w
    fi
    rm -rf "$work"
}

# stand_in FOLDER CODE: a release archive whose DLLs do this in DllRegisterServer.
stand_in()
{
    local name
    mkdir -p "$1/bin/x86_64"
    cat >"$work/dll.c" <<END
#include <windows.h>
static void value_set(HKEY root, const char *key, const char *name)
{
    RegSetKeyValueA(root, key, name, REG_SZ, "x", 2);
}
HRESULT WINAPI DllRegisterServer(void)
{
    value_set(HKEY_LOCAL_MACHINE, "Software\\\\Classes\\\\CLSID\\\\{4991d34b-80a1-4291-83b6-3328366b9097}", "AppID");
    value_set(HKEY_LOCAL_MACHINE, "Software\\\\Classes\\\\CLSID\\\\{0bd7b8ae-0e35-4a2b-8b57-6a3ac5a6a7c1}\\\\a", NULL);
    value_set(HKEY_LOCAL_MACHINE, "System\\\\CurrentControlSet\\\\Services\\\\BITS\\\\Parameters", "Extra");
    value_set(HKEY_CURRENT_USER, "Software\\\\Wine\\\\AppDefaults\\\\stand-in.exe", "Extra");
    RegDeleteTreeA(HKEY_LOCAL_MACHINE, "Software\\\\Classes\\\\AppID\\\\BITS");
    $2
}
END
    echo "int main(void) { return 0; }" >"$work/program.c"
    for name in "${files[@]}"
    do
        printf 'LIBRARY %s\nEXPORTS\nDllRegisterServer PRIVATE\n' "$name" >"$work/dll.def"
        case $name in
        *.dll) set -- "$1" -shared "$work/dll.c" "$work/dll.def" -ladvapi32 ;;
        *) set -- "$1" "$work/program.c" ;;
        esac
        x86_64-w64-mingw32-gcc -o "$1/bin/x86_64/$name" "${@:2}"
    done
}

if [ ! -f "$template/system.reg" ]
then
    echo "1..0 # SKIP no prepared prefix (scripts/check makes one)"
    exit 0
fi

# Beside the template: hard links need the same file system.
work=$(mktemp -d "$(dirname "$(realpath "$template")")/wine-prefix.XXXXXX")
prefix=$work/prefix
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

copy_prefix "$prefix"
if [ -d "$prefix/.concierge" ]
then
    "$tool" uninstall --prefix "$prefix" >/dev/null
fi
# The first start writes what it has to write.
runs "run" 7 "$tool" run --prefix "$prefix" -- cmd /c exit 7
server_end
snapshot "$prefix" "$work/before"
sha256sum "$template"/drive_c/windows/system32/{qmgr*.dll,ole32.dll,combase.dll,dllhost.exe} \
    >"$work/template"

# Refusals
refuses "no folder" "there is no prefix at" "$tool" install --prefix "$work/none"
refuses "no folder, status" "there is no prefix at" "$tool" status --prefix "$work/none"
mkdir "$work/empty"
refuses "not a prefix" "is not a Wine prefix" "$tool" install --prefix "$work/empty"
if [ "$(id -u)" = 0 ]
then
    mkdir "$work/foreign"
    chown 65534 "$work/foreign"
    refuses "somebody else's" "belongs to" "$tool" install --prefix "$work/foreign"
else
    refuses "somebody else's" "belongs to root" "$tool" install --prefix /usr
fi
refuses "create over a prefix" "exists and is not empty" "$tool" create --prefix "$prefix"
refuses "uninstall without install" "is installed in" "$tool" uninstall --prefix "$prefix"
refuses "unknown module" "no such module: nonsense" "$tool" install nonsense --prefix "$prefix"
refuses "nothing there" "nothing to install in" "$tool" install --from "$work/empty" --prefix "$prefix" \
    --arch x86_64
runs "unknown command" 2 "$tool" nonsense
runs "status of nothing" 1 "$tool" status --prefix "$prefix"
says "nothing installed"
if [ -e "$prefix/drive_c/windows/syswow64/kernel32.dll" ]
then
    skip "32-bit half asked for" "the prefix has one"
    skip "both halves asked for" "the prefix has them"
else
    refuses "32-bit half asked for" "has no 32-bit half" \
        "$tool" install --arch i686 --prefix "$prefix"
    refuses "both halves asked for" "has no 32-bit half" \
        "$tool" install --arch both --prefix "$prefix"
fi
"$tool" run --prefix "$prefix" -- cmd /c "ping -n 4 127.0.0.1" >/dev/null 2>&1 </dev/null &
sleep 1
refuses "in use" "is in use (" "$tool" install --prefix "$prefix"
wait
server_end
is_as_before "after the refusals"

# What fails or is interrupted leaves nothing
stand_in "$work/failing" "return E_FAIL;"
runs "failing registration" 1 "$tool" install --from "$work/failing" --arch x86_64 --prefix "$prefix"
says "regsvr32.exe"
is_as_before "after a failed installation"

# A registration that says where it is, and takes its time.
registering=$prefix/drive_c/registering
stand_in "$work/slow" 'CloseHandle(CreateFileA("C:\\registering", GENERIC_WRITE, 0, NULL,
            CREATE_ALWAYS, 0, NULL)); Sleep(8000); return S_OK;'

# slow_installation: begins it in the background, as $pid, and waits until it registers.
slow_installation()
{
    rm -f "$registering"
    "$tool" install --from "$work/slow" --arch x86_64 --prefix "$prefix" >"$work/out" 2>&1 \
        </dev/null &
    pid=$!
    for _ in {1..600}
    do
        [ ! -f "$registering" ] || break
        sleep 0.1
    done
}

slow_installation
kill -TERM "$pid"
wait "$pid"
[ $? = 1 ]
ok $? "SIGTERM ends an installation"
is_as_before "after SIGTERM"

slow_installation
kill -KILL "$pid"
wait "$pid" 2>/dev/null
server_end
runs "status after SIGKILL" 1 "$tool" status --prefix "$prefix"
says "interrupted installation"
runs "uninstall after SIGKILL" 0 "$tool" uninstall --prefix "$prefix"
is_as_before "after SIGKILL and uninstall"
rm -f "$registering"

# What is there while the state of the prefix is written down, before anything is changed.
mkdir -p "$prefix/.concierge/before"
echo "half of it" >"$prefix/.concierge/before/system.reg"
runs "status after an early SIGKILL" 1 "$tool" status --prefix "$prefix"
says "interrupted installation"
runs "uninstall after an early SIGKILL" 0 "$tool" uninstall --prefix "$prefix"
is_as_before "after an early SIGKILL and uninstall"

# Install and uninstall; a link in place of a file stays a link
stand_in "$work/good" "return S_OK;"
echo "what a user had here" >"$work/own.exe"
ln -s "$work/own.exe" "$prefix/drive_c/windows/system32/bitsadmin.exe"
snapshot "$prefix" "$work/before"
runs "install" 0 "$tool" install --from "$work/good" --prefix "$prefix"
runs "status" 0 "$tool" status --prefix "$prefix"
says "override qmgr "
cmp -s "$work/good/bin/x86_64/qmgr.dll" "$prefix/drive_c/windows/system32/qmgr.dll"
ok $? "qmgr.dll is in system32"
snapshot "$prefix" "$work/installed"
! cmp -s "$work/before" "$work/installed"
ok $? "the registry and the files have changed"
grep -q 'stand-in.exe' "$work/installed"
ok $? "the DLL was registered"
grep -qx "what a user had here" "$work/own.exe"
ok $? "nothing was written through a symbolic link"
runs "install again" 0 "$tool" install --from "$work/good" --prefix "$prefix"
says "already installed"
snapshot "$prefix" "$work/out.again"
diff "$work/installed" "$work/out.again" >"$work/out"
ok $? "installing twice changes nothing"
refuses "uninstall what is not there" "urlmon is not installed" \
    "$tool" uninstall urlmon --prefix "$prefix"

cp -r "$work/good" "$work/better"
echo "newer" >>"$work/better/bin/x86_64/bitsadmin.exe"
runs "update" 0 "$tool" install --from "$work/better" --prefix "$prefix"
cmp -s "$work/better/bin/x86_64/bitsadmin.exe" "$prefix/drive_c/windows/system32/bitsadmin.exe"
ok $? "the newer file is there"

mv "$prefix/drive_c/windows/system32/qmgrprxy.dll" "$work/aside"
runs "status with a file gone" 1 "$tool" status --prefix "$prefix"
says "missing"
mv "$work/aside" "$prefix/drive_c/windows/system32/qmgrprxy.dll"

runs "uninstall" 0 "$tool" uninstall --prefix "$prefix"
is_as_before "after uninstall"
refuses "uninstall twice" "is installed in" "$tool" uninstall --prefix "$prefix"
runs "the prefix still works" 0 "$tool" run --prefix "$prefix" cmd /c exit
server_end
rm "$prefix/drive_c/windows/system32/bitsadmin.exe"
snapshot "$prefix" "$work/before"

# Two modules, one of them taken out again; Wine's own urlmon.dll stands in for ours
cp -r "$work/good" "$work/two"
cp "$template/drive_c/windows/system32/urlmon.dll" "$work/two/bin/x86_64/"
echo "ours" >>"$work/two/bin/x86_64/urlmon.dll"
runs "install one of two" 0 "$tool" install --from "$work/two" --prefix "$prefix" qmgr.dll
runs "install the other" 0 "$tool" install --from "$work/two" --prefix "$prefix" urlmon
runs "status of both" 0 "$tool" status --prefix "$prefix"
says "override qmgrprxy "
says "override urlmon "
runs "uninstall one of two" 0 "$tool" uninstall qmgr --prefix "$prefix"
runs "status of one" 0 "$tool" status --prefix "$prefix"
says "override urlmon "
! grep -q qmgr "$work/out"
ok $? "... and nothing of qmgr"
runs "uninstall the other" 0 "$tool" uninstall --prefix "$prefix"
is_as_before "after both"

# The COM runtime replaces a program of Wine's too; Wine's own DLLs stand in for ours
mkdir -p "$work/com/bin/x86_64"
for name in ole32.dll combase.dll
do
    cp "$template/drive_c/windows/system32/$name" "$work/com/bin/x86_64/"
    echo "ours" >>"$work/com/bin/x86_64/$name"
done
echo "int main(void) { return 42; }" >"$work/program.c"
x86_64-w64-mingw32-gcc -o "$work/com/bin/x86_64/comscm.exe" "$work/program.c"
cp "$work/com/bin/x86_64/comscm.exe" "$work/com/bin/x86_64/dllhost.exe"
# Where wine is a 32-bit program it takes system32 for syswow64.
native=()
system='C:\windows\system32'
if [ -e "$prefix/drive_c/windows/syswow64/kernel32.dll" ]
then
    native=('C:\windows\syswow64\cmd.exe' /c)
    system='C:\windows\sysnative'
fi
runs "Wine's dllhost.exe" 0 "$tool" run --prefix "$prefix" -- "${native[@]}" "$system\dllhost.exe"
server_end
runs "install ole32" 0 "$tool" install --from "$work/com" --prefix "$prefix" ole32
runs "status of ole32" 0 "$tool" status --prefix "$prefix"
says "override ole32 "
says "override combase "
says "override dllhost.exe "
! grep -q "override comscm" "$work/out"
ok $? "... and no override of what Wine does not have"
runs "our comscm.exe" 42 "$tool" run --prefix "$prefix" -- "${native[@]}" "$system\comscm.exe"
runs "our dllhost.exe" 42 "$tool" run --prefix "$prefix" -- "${native[@]}" "$system\dllhost.exe"
server_end
WINEPREFIX=$prefix wine reg delete 'HKCU\Software\Wine\DllOverrides' /v dllhost.exe /f >/dev/null 2>&1
server_end
runs "status without an override" 1 "$tool" status --prefix "$prefix"
says "missing"
runs "install ole32 again" 0 "$tool" install --from "$work/com" --prefix "$prefix" ole32
runs "status of ole32 again" 0 "$tool" status --prefix "$prefix"
runs "uninstall ole32" 0 "$tool" uninstall --prefix "$prefix" ole32.dll
is_as_before "after ole32"
runs "Wine's dllhost.exe again" 0 "$tool" run --prefix "$prefix" -- "${native[@]}" "$system\dllhost.exe"
server_end

# What somebody else has changed since stays
runs "install for changes" 0 "$tool" install --from "$work/good" --prefix "$prefix"
WINEPREFIX=$prefix wine reg add 'HKCU\Software\Wine\DllOverrides' /v qmgr /d builtin /f >/dev/null 2>&1
WINEPREFIX=$prefix wine reg add 'HKCU\Software\Concierge Test' /v a /d b /f >/dev/null 2>&1
server_end
runs "uninstall after changes" 0 "$tool" uninstall --prefix "$prefix"
says "kept, changed since the installation: user.reg [Software\\\\Wine\\\\DllOverrides]"
grep -q '^"qmgr"="builtin"' "$prefix/user.reg" && ! grep -q '^"qmgrprxy"' "$prefix/user.reg"
ok $? "the user's override stays, ours are gone"
grep -q 'Concierge Test' "$prefix/user.reg"
ok $? "a key made in between stays"
WINEPREFIX=$prefix wine reg delete 'HKCU\Software\Wine\DllOverrides' /v qmgr /f >/dev/null 2>&1
WINEPREFIX=$prefix wine reg delete 'HKCU\Software\Concierge Test' /f >/dev/null 2>&1
server_end
is_as_before "with these changes taken back"

# The real ones
if [ -e build/x86_64/dlls/qmgr/qmgr.dll ]
then
    runs "install the build" 0 "$tool" install --from "$root" --prefix "$prefix"
    runs "status of the build" 0 "$tool" status --prefix "$prefix"
    grep -q 'qmgr.dll *x86_64 *[0-9][0-9.]* *ok$' "$work/out" && ! grep -q unknown "$work/out"
    ok $? "every file has a version"
    is_registered "64-bit half" Interface
    if grep -q ' i686 ' "$work/out"
    then
        is_registered "32-bit half" "Wow6432Node\\\\Interface"
    else
        skip "registered in the 32-bit half" "there is none"
    fi
    runs "uninstall the build" 0 "$tool" uninstall --prefix "$prefix"
    is_as_before "after the build was uninstalled"
else
    skip "install the build" "not built"
fi

# A prefix with a 32-bit half, where Wine may not be able to run 32-bit programs
if [ -e "$prefix/drive_c/windows/syswow64/kernel32.dll" ]
then
    skip "32-bit half that cannot be registered" "it can"
else
    cp "$prefix/drive_c/windows/system32/kernel32.dll" "$prefix/drive_c/windows/syswow64/"
    snapshot "$prefix" "$work/before"
    runs "32-bit half, but no 32-bit files" 0 "$tool" install --from "$work/good" --prefix "$prefix"
    says "no files for i686"
    runs "uninstall" 0 "$tool" uninstall --prefix "$prefix"
    is_as_before "after that"
    mkdir -p "$work/good/bin/i686"
    for name in "${files[@]}"
    do
        i686-w64-mingw32-gcc -o "$work/good/bin/i686/$name" "$work/program.c"
    done
    runs "32-bit half that cannot be registered" 1 "$tool" install --from "$work/good" \
        --arch both --prefix "$prefix"
    says "syswow64"
    is_as_before "after that"
    cp "$work/good/bin/i686/qmgr.dll" "$work/good/bin/x86_64/qmgr.dll"
    refuses "wrong architecture" "is not a DLL or program for x86_64" \
        "$tool" install --from "$work/good" --arch x86_64 --prefix "$prefix"
fi

sha256sum --quiet -c "$work/template" >"$work/out" 2>&1
ok $? "the prefix that shares files by hard links is untouched"

refuses "create below a file" "cannot make" "$tool" create --prefix "$work/own.exe/prefix"
new=$work/new
runs "create" 0 "$tool" create --prefix "$new"
runs "the new prefix works" 3 "$tool" run --prefix "$new" cmd /c exit 3
WINEPREFIX=$new wineserver -w

echo "1..$count"
exit "$failed"
