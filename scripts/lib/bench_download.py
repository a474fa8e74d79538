# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of downloads through URL monikers: urlmon_download.exe on our urlmon.dll and on
Wine's, and curl, in one run, from one nginx over loopback HTTP.

Method. Each round measures all of them, one after the other, and begins with another each time; a
ratio is that of one round, and what is shown is the median of the rounds. A program has started,
with the wineserver it needs, before its clock begins. Before the large file is written by anyone,
as much memory is written and freed: a virtual machine is slow at memory that it has not used
lately. The prefixes are separate, and every file must have come from the server (its log is
counted) and be complete.
"""

import filecmp
import os
import shutil
import statistics
import subprocess
import time

import content
import wineprocess

TIME_LIMIT = 600
MANY = 200
MANY_SIZE = 65536
SMALL_SIZE = 4096
MEMORY_KIB = 64 * 1024

# Figure, what it is, what it is measured by ("curl", "Wine", "message"), the most it may take.
BARS = (
    ("file", "1 file, URLDownloadToFile", "curl", 1.3),
    ("file", "1 file, URLDownloadToFile", "Wine", 0.1),
    ("stream", "1 file, BindToStorage and a stream", "curl", 1.3),
    ("stream", "1 file, BindToStorage and a stream", "Wine", 0.1),
    ("small", "small files, one after another", "Wine", 0.5),
    ("many", f"{MANY} files at once on one STA", "Wine", 0.5),
    ("latency_us", "from the socket to OnDataAvailable", "message", 2.0),
    ("many_kib", f"memory for {MANY} bindings", None, MEMORY_KIB),
)


class Failure(Exception):
    """A measurement that does not count; the message says why."""


def windows_path(path):
    return "Z:" + path.replace("/", "\\")


class Bench:
    """One server, the folder that files go to, and what is fetched."""

    def __init__(self, server, work, mebibytes, small):
        self.server = server
        self.folder = os.path.join(work, "urlmon")
        self.size = mebibytes << 20
        self.small = small
        self.url = f"http://127.0.0.1:{server.port}/urlmon"
        content.write_file(self.served("_big.bin"), self.size, "big")
        content.write_file(self.served("_many.bin"), MANY_SIZE, "many")
        for index in range(small):
            content.write_file(self.served(f"{index}.bin"), SMALL_SIZE, index)

    def served(self, name):
        return os.path.join(self.server.root, "urlmon" + name)

    def fresh_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def warm_memory(self):
        path = os.path.join(self.folder, "warm")
        with open(path, "wb") as file:
            for _ in range(self.size >> 20):
                file.write(bytes(1 << 20))
        os.remove(path)

    def requests(self):
        """How many requests the server has answered."""
        with open(os.path.join(self.server.folder, "access.log"), "rb") as log:
            return sum(1 for _ in log)

    def check_files(self, names):
        """Each (name in the folder, name on the server) is there, and equal."""
        for name, served in names:
            path = os.path.join(self.folder, name)
            if not os.path.exists(path) or not filecmp.cmp(path, self.served(served), False):
                raise Failure(f"{name} is not what the server has")

    def run_curl(self):
        """The figures of one run of curl; reading without a file is compared with it as well."""
        self.fresh_folder()
        self.warm_memory()
        begin = time.monotonic()
        subprocess.run(["curl", "-sf", "--noproxy", "*", "-o", os.path.join(self.folder, "big"),
                        self.url + "_big.bin"], check=True)
        seconds = time.monotonic() - begin
        self.check_files([("big", "_big.bin")])
        return {"file": seconds, "stream": seconds}

    def run_urlmon(self, prefix, program):
        """The figures of one run of each kind."""
        folder = windows_path(self.folder)
        everything = [(f"{index}.bin", f"{index}.bin") for index in range(self.small)]
        figures = {}
        for command, requests, files, expected in (
                (["file", self.url + "_big.bin", folder + "\\big"], 1, [("big", "_big.bin")], {}),
                (["stream", self.url + "_big.bin"], 1, [], {"stream_bytes": self.size}),
                (["small", self.url, str(self.small), folder], self.small, everything, {}),
                (["many", self.url + "_many.bin", str(MANY)], MANY, [],
                 {"many_bytes": MANY * MANY_SIZE}),
                (["latency"], 0, [], {})):
            self.fresh_folder()
            before = self.requests()
            figures.update(self.run_program(prefix, [program, "wait", *command]))
            if self.requests() - before != requests:
                raise Failure(f"{command[0]}: {self.requests() - before} requests, not {requests}")
            self.check_files(files)
            for name, value in expected.items():
                if figures.pop(name, None) != value:
                    raise Failure(f"{command[0]}: not all bytes came")
        return figures

    def run_program(self, prefix, command):
        environment = wineprocess.clean_environment(prefix)
        process = subprocess.Popen(["wine", *command], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=environment, text=True)
        try:
            if process.stdout.readline().strip() != "ready":
                raise Failure(f"{command[2]}: it does not start")
            if command[2] == "file":
                self.warm_memory()
            output = process.communicate("go\n", TIME_LIMIT)[0]
        except subprocess.TimeoutExpired:
            raise Failure(f"{command[2]}: time limit") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            wineprocess.stop_server(prefix, environment)
        figures = {}
        for line in output.splitlines():
            name, _, value = line.partition(" ")
            if name == "failed:":
                raise Failure(f"{command[2]}: {value}")
            if value:
                figures[name] = float(value)
        return figures


def benchmark(prefixes, program, server, work, mebibytes, small, rounds):
    """Everything in turns, `rounds` times. The figures of each round, by name."""
    bench = Bench(server, work, mebibytes, small)
    runners = [("curl", bench.run_curl)]
    for name in ("Wine", "Concierge"):
        runners.append((name, lambda prefix=prefixes[name]: bench.run_urlmon(prefix, program)))
    report = {"benchmark": "urlmon", "mebibytes": mebibytes, "small": small, "errors": [],
              "load": os.getloadavg()[0], "rounds": []}
    for number in range(rounds):
        figures = {}
        for index in range(len(runners)):
            name, runner = runners[(number + index) % len(runners)]
            try:
                figures[name] = runner()
            except (Failure, OSError, subprocess.SubprocessError) as error:
                report["errors"].append(f"{name}: {error}")
        report["rounds"].append(figures)
    report["load_after"] = os.getloadavg()[0]
    shutil.rmtree(bench.folder, ignore_errors=True)
    return report


def medians(report, figure, measure):
    """Ours, what it is compared with, and their ratio; None when nothing is known. Each is the
    median of the rounds, the ratio too: it need not be that of the other two."""
    ours, others, ratios = [], [], []
    for figures in report["rounds"]:
        value = figures.get("Concierge", {}).get(figure)
        if measure is None:
            other = 1
        elif measure == "message":
            other = figures.get("Concierge", {}).get("message_us")
        else:
            other = figures.get(measure, {}).get(figure)
        if value is not None and other:
            ours.append(value)
            others.append(other)
            ratios.append(value / other)
    return [statistics.median(values) for values in (ours, others, ratios)] if ours else None


def print_table(report):
    """Prints the report; how many bars are missed."""
    missed = 0
    for error in report["errors"]:
        print(f"urlmon, {error}")
    print(f"{report['mebibytes']} MiB, {report['small']} small files; medians of "
          f"{len(report['rounds'])} rounds; load average {report['load']:.1f} before, "
          f"{report['load_after']:.1f} after, {os.cpu_count()} processors")
    print(f"{'URL monikers':<44} {'ours':>12} {'compared with':>22} {'ratio':>9} {'bar':>9}")
    for figure, text, measure, bar in BARS:
        values = medians(report, figure, measure)
        if not values:
            print(f"{text:<44} {'-':>12}")
            missed += 1
            continue
        ours, other, ratio = values
        shown = "-" if measure is None else f"{measure} {other:.3f}"
        over = ratio > bar
        missed += over
        print(f"{text:<44} {ours:>12.3f} {shown:>22} {ratio:>9.3f} {bar:>9}"
              f"{'  over' if over else ''}")
    return missed
