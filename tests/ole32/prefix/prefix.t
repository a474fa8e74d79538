#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""A whole prefix on our COM runtime, an application's folder on it, and back to Wine's."""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import wineprocess  # noqa: E402
from prefixtest import (BUILD, RESIDENT, START_PATIENCE, TEMPLATE, TOOL, check_end,  # noqa: E402
                        check_resident, check_script, check_transfer, ok, others, run_checks,
                        wait_for)

PAUSE = os.path.join(BUILD, "tests", "ole32", "prefix", "pause.dll")
RUNTIME = (("dlls", "ole32.dll"), ("dlls", "combase.dll"), ("programs", "comscm.exe"),
           ("programs", "dllhost.exe"))

# DLLs of Wine's that register classes; those first whose classes the others use for that.
CLASS_DLLS = ("oleaut32", "comcat", "actxprxy", "quartz", "comsvcs", "qedit", "amstream", "dsound",
              "inetcomm", "itss", "jscript", "mlang", "msi", "msxml3", "msxml6", "propsys", "scrrun",
              "shell32", "vbscript", "windowscodecs")

# What scripts make of objects: a line each. Objects of servers in process, with events and collections.
VBSCRIPT = r"""
Set d = CreateObject("Scripting.Dictionary")
d.Add "a", 1
d.Add "b", "two"
For Each k In d.Keys
  keys = keys & k
Next
WScript.Echo keys & d.Count & d.Item("b")
Set fso = CreateObject("Scripting.FileSystemObject")
Set f = fso.CreateTextFile("C:\\vbs.txt", True)
f.WriteLine "hello"
f.Close
Set f = fso.OpenTextFile("C:\\vbs.txt", 1)
WScript.Echo f.ReadLine & fso.GetFile("C:\\vbs.txt").Size
f.Close
Set sh = CreateObject("WScript.Shell")
WScript.Echo sh.ExpandEnvironmentStrings("%SystemDrive%")
Set link = sh.CreateShortcut("C:\\vbs.lnk")
link.TargetPath = "C:\\windows\\notepad.exe"
link.Save
WScript.Echo fso.FileExists("C:\\vbs.lnk")
Set sc = CreateObject("MSScriptControl.ScriptControl")
sc.Language = "VBScript"
WScript.Echo sc.Eval("1+2")
Set ns = CreateObject("Shell.Application").NameSpace("C:\\windows")
WScript.Echo IsObject(ns)
On Error Resume Next
CreateObject "No.Such.Class"
WScript.Echo Err.Number
"""
VBSCRIPT_OUTPUT = ["ab2two", "hello7", "C:", "-1", "3", "-1", "429"]
JSCRIPT = r"""
var d = new ActiveXObject("Scripting.Dictionary"), all = "";
d.Add("x", 5);
d.Item("y") = 6;
for (var e = new Enumerator(d); !e.atEnd(); e.moveNext())
    all += e.item();
WScript.Echo(all + d.Count);
var x = new ActiveXObject("MSXML2.DOMDocument"), style = new ActiveXObject("MSXML2.DOMDocument");
x.loadXML("<a>1</a>");
style.loadXML("<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
    + "<xsl:output method='text'/><xsl:template match='/'>[<xsl:value-of select='a'/>]</xsl:template>"
    + "</xsl:stylesheet>");
WScript.Echo(x.transformNode(style));
x.save("C:\\js.xml");
WScript.Echo(new ActiveXObject("Scripting.FileSystemObject").GetFile("C:\\js.xml").Size > 5);
try { new ActiveXObject("No.Such.Class"); } catch (error) { WScript.Echo((error.number >>> 0).toString(16)); }
"""
JSCRIPT_OUTPUT = ["xy2", "[1]", "-1", "800a01ad"]


def check_whole_prefix(prefix):
    """regsvr32 runs for as long as we look, with a window, hence with explorer."""
    system32 = prefix.drive("windows", "system32")
    ours = os.path.join(system32, "ole32.dll")
    shutil.copy(PAUSE, prefix.drive("pause.dll"))

    code, output = prefix.run("wineboot", "-u")
    ok(code == 0, "wineboot -u", output)
    check_end(prefix, "the prefix goes down after it")

    regsvr32 = prefix.start("regsvr32", "/s", "C:\\pause.dll")
    if not ok(wait_for(lambda: os.path.exists(prefix.drive("paused")), START_PATIENCE),
              "regsvr32 calls a DLL", prefix.left()):
        prefix.stop()
        return
    for name in ("services.exe", "plugplay.exe", "svchost.exe", "winedevice.exe", "explorer.exe"):
        ok(wait_for(lambda: name in prefix.processes(), START_PATIENCE), f"{name} runs",
           prefix.left())
    for name in ("explorer.exe", "regsvr32.exe"):
        ok(wait_for(lambda: prefix.loads(prefix.processes().get(name), ours), START_PATIENCE),
           f"{name} runs on our ole32.dll", prefix.runtimes())
    ok(wait_for(lambda: "comscm.exe" in prefix.processes(), START_PATIENCE),
       "explorer's class is registered: there is a broker", prefix.left())

    check_transfer(prefix, "BITS transfers a file")
    service = wineprocess.service_pids(prefix.path)
    ok(len(service) == 1 and prefix.loads(service[0], ours), "its service runs on our ole32.dll",
       prefix.runtimes())
    ok(prefix.loads(prefix.processes().get("bitsact.exe"), ours),
       "what answers its activations does", prefix.runtimes())
    check_resident(prefix, "ours", RESIDENT, "a program registers and activates a class")
    wrong = others(prefix, system32)
    ok(not wrong and prefix.runtimes(), "nobody has another runtime", "\n".join(wrong))

    open(prefix.drive("go"), "w", encoding="ascii").close()
    try:
        code = regsvr32.wait(START_PATIENCE)
    except subprocess.TimeoutExpired:
        code = None
    ok(code == 0, "regsvr32 ends", f"exit code {code}")
    check_end(prefix, "the prefix goes down by itself")


def check_short_programs(prefix):
    """A desktop whose only user ends while explorer.exe starts and registers its class."""
    for number in range(3):
        code, output = prefix.run("regsvr32", "/s", "C:\\pause.dll")
        ok(code == 0, f"short program {number}", f"exit code {code}\n{output}")
        check_end(prefix, "... and the prefix goes down")
    code, output = prefix.run("cmd", "/c", "ver")
    ok(code == 0 and "Windows" in output, "cmd", output)
    check_end(prefix, "... and the prefix goes down")


def check_programs_of_wine(prefix):
    """Classes are unregistered and registered again; then scripts and tools use them."""
    dlls = [name + ".dll" for name in CLASS_DLLS]
    for switches, text, there in ((["/s", "/u"], "unregisters", 1), (["/s"], "registers", 0)):
        code, output = prefix.run("regsvr32", *switches, *(reversed(dlls) if there else dlls))
        ok(code == 0, f"regsvr32 {text} {len(dlls)} DLLs", f"exit code {code}\n{output}")
        for name in ("Scripting.Dictionary", "Msxml2.DOMDocument", "JScript"):
            code, output = prefix.run("reg", "query", "HKCR\\" + name)
            ok(code == there, f"{name} is {'not ' * there}there", f"exit code {code}\n{output}")
    check_script(prefix, "objects.vbs", VBSCRIPT, VBSCRIPT_OUTPUT)
    check_script(prefix, "objects.js", JSCRIPT, JSCRIPT_OUTPUT)
    code, output = prefix.run("wmic", "os", "get", "Version")
    ok(code == 0 and "Version" in output.replace("\0", ""), "wmic", f"exit code {code}\n{output}")
    code, output = prefix.run("schtasks", "/query")
    ok(code == 0, "schtasks", f"exit code {code}\n{output}")
    wrong = others(prefix, prefix.drive("windows", "system32"))
    ok(not wrong, "nobody has another runtime", "\n".join(wrong))
    check_end(prefix, "the prefix goes down")


def check_uninstall(prefix):
    tool = subprocess.run([TOOL, "uninstall", "--prefix", prefix.path, "ole32"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=prefix.environment, check=False)
    ok(tool.returncode == 0, "uninstall ole32", tool.stdout)
    check_resident(prefix, "other", RESIDENT, "Wine's own runtime is back, and works")
    check_transfer(prefix, "BITS, which stays, transfers a file on it")
    ours = prefix.drive("windows", "system32")
    found = [line for line in others(prefix, "") if ours in line]
    ok(not found and "comscm.exe" not in prefix.processes(), "nothing of ours runs",
       "\n".join(found) + prefix.left())
    check_end(prefix, "the prefix goes down")


def check_application_folder(prefix):
    """Nothing but files beside the program, and an override."""
    folder = prefix.drive("application")
    os.mkdir(folder)
    for kind, name in RUNTIME:
        shutil.copy(os.path.join(BUILD, kind, os.path.splitext(name)[0], name), folder)
    shutil.copy(RESIDENT, folder)

    check_resident(prefix, "other", RESIDENT, "a program elsewhere runs on Wine's runtime")
    check_resident(prefix, "ours", "C:\\application\\resident.exe",
                   "the one in the folder runs on ours", WINEDLLOVERRIDES="ole32,combase=n,b")
    brokers = [command for _, command in wineprocess.processes(prefix.path)
               if "comscm.exe" in command]
    ok(all("application" in command for command in brokers), "with the broker of its folder",
       "\n".join(brokers))
    system = [command for command, files in prefix.runtimes().values()
              if any(os.path.dirname(file) == folder for file in files)]
    ok(not system, "no other process runs on it", "\n".join(system))
    check_transfer(prefix, "BITS goes on beside it")
    check_end(prefix, "the prefix goes down")


def checks(copy):
    prefix = copy(TEMPLATE + "-ole32")
    check_whole_prefix(prefix)
    check_short_programs(prefix)
    check_programs_of_wine(prefix)
    check_uninstall(prefix)
    check_application_folder(copy(TEMPLATE))


run_checks(checks)
