#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=400;
"""Programs that nobody here wrote for it in a prefix on our COM runtime: tools and scripts of Wine, an
object viewer's walk through all classes, C++ servers; and prefixes that are half on ours."""

import os
import re
import select
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import wineprocess  # noqa: E402
from prefixtest import (BUILD, RESIDENT, START_PATIENCE, TEMPLATE, TOOL, check_end,  # noqa: E402
                        check_resident, check_script, ok, run_checks, skip, wait_for)

HERE = os.path.join(BUILD, "tests", "ole32", "prefix")
OVERRIDES = r"HKCU\Software\Wine\DllOverrides"
RUNTIME = (("dlls", "ole32.dll"), ("dlls", "combase.dll"), ("programs", "comscm.exe"),
           ("programs", "dllhost.exe"))

# MSXML wants a site, which VBScript's own CreateObject of Wine 8.0 does not give it;
# WScript.CreateObject does without.
VBSCRIPT = r"""
Set x = WScript.CreateObject("MSXML2.XMLHTTP")
x.open "GET", "file:///C:/task.xml", False
x.send
WScript.Echo "state" & x.readyState
Set d = WScript.CreateObject("MSXML2.DOMDocument")
d.async = False
d.load "C:\task.xml"
WScript.Echo d.documentElement.nodeName
Set sh = WScript.CreateObject("WScript.Shell")
sh.RegWrite "HKCU\Software\Concierge Test\Value", "written"
WScript.Echo sh.RegRead("HKCU\Software\Concierge Test\Value")
Set n = GetObject("new:{EE09B103-97E0-11CF-978F-00A02463E06F}")
n.Add "a", 1
WScript.Echo "new" & n.Count
Set w = GetObject("winmgmts:\\.\root\cimv2")
For Each o In w.ExecQuery("SELECT * FROM Win32_OperatingSystem")
  WScript.Echo "system" & (Len(o.Caption) > 0)
Next
"""
JSCRIPT = r"""
var x = new ActiveXObject("MSXML2.XMLHTTP"), states = "";
x.onreadystatechange = function () { states += x.readyState; };
x.open("GET", "file:///C:/task.xml", false);
x.send();
WScript.Echo("states" + states);
WScript.Echo(x.responseText.length);
try { WScript.CreateObject("MSXML2.DOMDocument", "d_"); WScript.Echo("sink"); }
catch (error) { WScript.Echo((error.number >>> 0).toString(16)); }
"""
# Their objects are called by one in another process. (There is no GetRef in Wine 8.0.)
EVENTS = (("sink.vbs", r"""
Class Sink
  Public Default Sub Changed(value)
    WScript.Echo "changed" & value
  End Sub
End Class
Set listener = New Sink
Set c = WScript.CreateObject("Concierge.Calculator.1")
WScript.Echo c.Add(40, 2)
c.Listen listener
c.Fire 7
c.Fire "text"
"""), ("sink.js", r"""
var c = new ActiveXObject("Concierge.Calculator.1");
WScript.Echo(c.Add(40, 2));
c.Listen(function (value) { WScript.Echo("changed" + value); });
c.Fire(7);
c.Fire("text");
"""))
EVENTS_OUTPUT = ["42", "changed7", "changedtext"]
TASK = """<?xml version="1.0"?>
<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
<RegistrationInfo><Description>Test</Description></RegistrationInfo>
<Settings><Enabled>false</Enabled></Settings>
<Actions><Exec><Command>notepad.exe</Command></Exec></Actions></Task>
"""

# Where a class's object is not what it is on Wine's ole32.dll: (ours, Wine's).
DIFFERENT_CLASSES = {
    # DfMarshal, not there yet.
    "{0000030B-0000-0000-C000-000000000046}": ("80040111", "00000000"),
    # The factory of proxies: an object is not to be had from it, E_NOINTERFACE.
    "{00000320-0000-0000-C000-000000000046}": ("80004002", "80040111"),
    # A DLL without DllGetClassObject: CO_E_ERRORINDLL.
    "{36F99745-23C9-4C9C-8DD5-CC31CE964390}": ("800401F9", "800401F8"),
}
CLASS_PATIENCE = 30  # seconds for one class


def add_files(prefix):
    with open(prefix.drive("task.xml"), "w", encoding="ascii") as file:
        file.write(TASK)


def check_tools(prefix):
    task = prefix.drive("windows", "system32", "tasks", "ConciergeTask")
    code, output = prefix.run("schtasks", "/create", "/tn", "ConciergeTask", "/xml", "C:\\task.xml")
    ok(code == 0 and os.path.exists(task), "schtasks /create", f"exit code {code}\n{output}")
    code, output = prefix.run("schtasks", "/query")
    ok(code == 0, "schtasks /query", f"exit code {code}\n{output}")
    code, output = prefix.run("schtasks", "/delete", "/tn", "ConciergeTask", "/f")
    ok(code == 0 and not os.path.exists(task), "schtasks /delete", f"exit code {code}\n{output}")
    code, output = prefix.run("wmic", "os", "get", "Caption,Version")
    words = output.replace("\0", "").split()
    ok(code == 0 and words[0].endswith("Caption") and "Windows" in words
       and any(re.fullmatch(r"\d+\.\d+\.\d+", word) for word in words),
       "wmic os get", f"exit code {code}\n{words}")


def check_scripts(prefix):
    """The second argument of WScript.CreateObject is E_NOTIMPL in Wine 8.0, on any runtime."""
    check_script(prefix, "events.vbs", VBSCRIPT, ["state4", "Task", "written", "new1", "systemTrue"])
    check_script(prefix, "events.js", JSCRIPT, ["states1234", str(len(TASK)), "80004001"])


def walk_from(prefix, first, results):
    """Adds class: result, from a number on. The number to go on with after a class that hangs or
    that takes the program down; None: it came to the end."""
    process = subprocess.Popen([wineprocess.wine_program(), os.path.join(HERE, "class_walk.exe"),
                                str(first)], env=prefix.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output, why = b"", "crash"
    while True:
        if not select.select([process.stdout], [], [], CLASS_PATIENCE)[0]:
            why = "hang"
            break
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            break
        output += data
    process.kill()
    process.wait()
    last = None
    for line in output.decode("latin-1").splitlines():
        match = re.match(r"(\d+) (\{[-0-9A-Fa-f]{36}\}) (\S+) ?([0-9a-f]{8})?$", line.rstrip(" "))
        if line.strip() == "end":
            return None
        if match:
            last = match
            results[match[2].upper()] = (match[4] or why).upper()
    return int(last[1]) + 1 if last else None


def walk(prefix):
    results, first = {}, 0
    while first is not None:
        first = walk_from(prefix, first, results)
    return results


def check_classes(prefix, plain):
    ours, others = walk(prefix), walk(plain)
    both = sorted(ours.keys() & others.keys())
    ok(len(both) > 200, f"{len(both)} classes were asked for an object", len(ours))
    wrong = [f"{clsid}: {ours[clsid]}, on Wine's {others[clsid]}" for clsid in both
             if ours[clsid] != others[clsid]
             and DIFFERENT_CLASSES.get(clsid) != (ours[clsid], others[clsid])]
    ok(not wrong, "each answers as it does on Wine's ole32.dll", "\n".join(wrong))
    made = sum(ours[clsid] == "00000000" for clsid in both)
    ok(made > 100, f"{made} of them make one", made)
    bad = [clsid for clsid in ours.keys() - others.keys() if ours[clsid] in ("CRASH", "HANG")]
    ok(not bad, "nor does one that only we have", "\n".join(bad))


def check_cpp(prefix):
    programs = [os.path.join(HERE, name) for name in ("atl_server.exe", "atl_client.exe")]
    if not all(os.path.exists(program) for program in programs):
        skip("a server and a client in C++", "there was no C++ compiler")
        return
    for program in programs:
        shutil.copy(program, prefix.drive())
    code, output = prefix.run("C:\\atl_server.exe", "/RegServer")
    ok(code == 0, "the server in C++ registers", output)
    for number in range(2):
        code, output = prefix.run("C:\\atl_client.exe")
        ok(code == 0 and output.split() == ["sum", "42", "event", "7", "done"],
           f"a client in C++, {number}", f"exit code {code}\n{output}")
        ok(wait_for(lambda: "atl_server.exe" not in prefix.processes(), START_PATIENCE),
           "its server ends", prefix.left())
    for name, script in EVENTS:
        check_script(prefix, name, script, EVENTS_OUTPUT)
        ok(wait_for(lambda: "atl_server.exe" not in prefix.processes(), START_PATIENCE),
           "its server ends", prefix.left())
    code, output = prefix.run("C:\\atl_server.exe", "/UnregServer")
    code, output = prefix.run("C:\\atl_client.exe")
    ok(output.split() == ["name", "800401f3"], "unregistered, it has no name", output)


def set_override(prefix, key, name, value):
    code, output = prefix.run("reg", "add", key, "/v", name, "/t", "REG_SZ", "/d", value, "/f")
    ok(code == 0, f"{key.rsplit(chr(92), 2)[-2]}: {name}={value}", output)


def application_key(program):
    return rf"HKCU\Software\Wine\AppDefaults\{program}\DllOverrides"


def check_exception(prefix):
    """One program of a prefix on ours is to run on Wine's: an override for it alone."""
    shutil.copy(RESIDENT, prefix.drive("exception.exe"))
    for name in ("ole32", "combase"):
        set_override(prefix, application_key("exception.exe"), name, "builtin")
    check_resident(prefix, "other", "C:\\exception.exe", "a program with its own override")
    check_resident(prefix, "ours", RESIDENT, "the others go on with ours")


def copy_runtime(folder):
    os.makedirs(folder, exist_ok=True)
    for kind, name in RUNTIME:
        source = os.path.join(BUILD, kind, os.path.splitext(name)[0], name)
        target = os.path.join(folder, name)
        if os.path.lexists(target):
            os.unlink(target)  # a program that runs on it goes on
        shutil.copy(source, target)


def check_application(prefix):
    """One program of a prefix on Wine's is to run on ours."""
    folder = prefix.drive("application")
    copy_runtime(folder)
    shutil.copy(RESIDENT, os.path.join(folder, "ours.exe"))
    for name in ("ole32", "combase"):
        set_override(prefix, application_key("ours.exe"), name, "native,builtin")
    check_resident(prefix, "ours", "C:\\application\\ours.exe", "a program with its own runtime")
    check_resident(prefix, "other", RESIDENT, "the others go on with Wine's")


def check_before_and_after(prefix):
    """A program runs on Wine's while ours comes into the prefix, and ends afterwards. The tool does
    not do that, so it is done by hand."""
    system32 = prefix.drive("windows", "system32")
    before = prefix.start(RESIDENT, "stay")
    if not ok(wait_for(lambda: os.path.exists(prefix.drive("stays")), START_PATIENCE),
              "a program on Wine's has registered a class", prefix.left()):
        return
    tool = subprocess.run([TOOL, "install", "--prefix", prefix.path, "--from",
                           os.path.dirname(BUILD), "ole32"], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=prefix.environment, check=False)
    ok(tool.returncode != 0 and "in use" in tool.stdout, "the tool refuses meanwhile", tool.stdout)
    copy_runtime(system32)
    for name in ("ole32", "combase"):
        set_override(prefix, OVERRIDES, name, "native,builtin")
    check_resident(prefix, "ours", RESIDENT, "one that is started afterwards runs on ours")
    ok(before.poll() is None, "the first still runs")
    open(prefix.drive("go"), "w", encoding="ascii").close()
    try:
        output, _ = before.communicate(timeout=START_PATIENCE)
    except subprocess.TimeoutExpired:
        output = "it does not end"
    ok(output.split() == ["ole32.dll", "other", "combase.dll", "other", "class", "ok"],
       "and gets its class, on Wine's", output)
    check_resident(prefix, "ours", RESIDENT, "a later one gets its own")


def check_tests(names, text):
    """Test programs of the service and of URL monikers, on our ole32.dll."""
    for name in names:
        program = os.path.join(BUILD, "tests", name + ".exe")
        if not os.path.exists(program):
            skip(f"{text}: {name}", "not built")
            continue
        run = subprocess.run([os.path.join(ROOT, "tests", "run-test"), program], text=True,
                             env={**os.environ, "CONCIERGE_OLE32": "all"}, errors="replace",
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        if run.stdout.startswith("1..0"):
            skip(f"{text}: {name}", "no prefix for it")
            continue
        failed = [line for line in run.stdout.splitlines()
                  if line.startswith(("not ok", "Bail out")) and "# TODO" not in line]
        ok(run.returncode == 0 and not failed, f"{text}: {name}",
           "\n".join(failed) or run.stdout[-500:])


def checks(copy):
    prefix, plain = copy(TEMPLATE + "-ole32"), copy(TEMPLATE)
    add_files(prefix)
    check_tools(prefix)
    check_scripts(prefix)
    check_classes(prefix, plain)
    check_cpp(prefix)
    check_exception(prefix)
    check_end(prefix, "the prefix goes down")
    check_application(plain)
    check_before_and_after(plain)
    check_end(plain, "the prefix goes down")
    check_tests(["qmgr/callbacks"], "BITS and its callbacks, on our ole32.dll")
    check_tests(["urlmon/moniker/download", "urlmon/binding/storage", "urlmon/binding/object"],
                "URL monikers, on our ole32.dll")


run_checks(checks)
