# SPDX-License-Identifier: LGPL-2.1-or-later
"""The registry files of a Wine prefix (system.reg, user.reg, userdef.reg), read and written
while no Wine runs in it: parse, compare two states, and take a difference back out again.

A file is a header, then sections. A section is a key: "[Path] time", lines that begin with "#"
(time, class, link), then one line a value (continued lines end in a backslash). A key without
values is listed only when it has no subkeys; a key that is not listed exists when a subkey does.
"""

import os
import re

HIVES = ("system.reg", "user.reg", "userdef.reg")

_FILETIME_1970 = 11644473600

# Keys that Wine writes anew at each start: devices, displays, fonts. Not compared.
_BOOKKEEPING = tuple(path.lower().replace("/", "\\\\") for path in (
    "System/CurrentControlSet/Control/Class/", "System/CurrentControlSet/Control/DeviceClasses/",
    "System/CurrentControlSet/Control/GraphicsDrivers/", "System/CurrentControlSet/Control/Video/",
    "System/CurrentControlSet/Enum/", "Software/Wine/Fonts/", "Volatile Environment/"))

_VALUE_NAME = re.compile(r'@=|"(?:[^"\\]|\\.)*"=')
_ESCAPE = re.compile(r"\\x([0-9a-f]{1,4})")


class Key:
    """One section: its path as written, its head lines, and the raw text of each value."""

    def __init__(self, path, head, values=None):
        self.path = path
        self.head = head
        self.values = values if values is not None else {}

    def copy(self):
        return Key(self.path, list(self.head), dict(self.values))

    def same_content(self, other):
        """True when only the times differ."""
        return self.values == other.values and self.attributes() == other.attributes()

    def attributes(self):
        return [line for line in self.head[1:] if not line.startswith("#time=")]

    def time(self):
        """Seconds since 1970 of the key's last change."""
        match = re.search(r"\] ([0-9]+)\s*$", self.head[0])
        return int(match.group(1)) if match else 0

    def to_json(self):
        return {"path": self.path, "head": self.head, "values": self.values}

    @staticmethod
    def from_json(data):
        return Key(data["path"], data["head"], data["values"]) if data else None


def key_name(path):
    """The name a key is looked up by: registry paths do not distinguish case."""
    return path.lower()


def key_order(key):
    """Wine's order of keys in a file: component by component, in lower case."""
    def character(match):
        return chr(int(match.group(1), 16))
    return [_ESCAPE.sub(character, part) for part in key_name(key.path).split("\\\\")]


class Hive:
    """One registry file in memory."""

    def __init__(self, header, keys):
        self.header = header
        self.keys = keys

    @staticmethod
    def load(path):
        with open(path, encoding="latin-1", newline="") as file:
            lines = file.read().split("\n")
        header, keys, key, value = [], {}, None, None
        for line in lines:
            if value is not None and key.values[value].endswith("\\"):
                key.values[value] += "\n" + line
            elif line.startswith("["):
                key = Key(line[1:line.rindex("]")], [line])
                keys[key_name(key.path)] = key
                value = None
            elif key is None:
                header.append(line)
            elif line.startswith("#"):
                key.head.append(line)
            elif line:
                match = _VALUE_NAME.match(line)
                if not match:
                    raise ValueError(f"{path}: not a registry value: {line[:60]}")
                value = match.group(0)[:-1]
                key.values[value] = line
        if not header or not header[0].startswith("WINE REGISTRY Version 2"):
            raise ValueError(f"{path}: not a Wine registry file")
        while header and not header[-1]:
            header.pop()
        return Hive(header, keys)

    def save(self, path):
        """Replaces the file in one step; its mode stays."""
        text = "\n".join(self.header) + "\n"
        for key in sorted(self.keys.values(), key=key_order):
            text += "\n" + "\n".join(key.head + list(key.values.values())) + "\n"
        mode = os.stat(path).st_mode & 0o777
        temporary = path + ".new"
        with open(temporary, "w", encoding="latin-1", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)

    def arch(self):
        """win64, win32, or None when the file does not say."""
        for line in self.header:
            if line.startswith("#arch="):
                return line[len("#arch="):].strip()
        return None

    def value_get(self, path, name):
        """The raw text of a value behind its "=", or None."""
        key = self.keys.get(key_name(path))
        line = key.values.get(f'"{name}"') if key else None
        return line.split("=", 1)[1] if line else None

    def value_set_string(self, path, name, text, now):
        """Sets a REG_SZ value; path and text are in the file's own escaped form."""
        key = self.keys.get(key_name(path))
        if key is None:
            key = self.keys[key_name(path)] = Key(path, [""])
        key.head = [f"[{key.path}] {now}", f"#time={(now + _FILETIME_1970) * 10**7:x}",
                    *key.attributes()]
        key.values[f'"{name}"'] = f'"{name}"="{text}"'


def hive_difference(before, after):
    """What changed between two states: a list of {before, after} pairs, either may be None."""
    changes = []
    for name in sorted(before.keys.keys() | after.keys.keys()):
        old, new = before.keys.get(name), after.keys.get(name)
        if old and new and old.same_content(new) or (name + "\\\\").startswith(_BOOKKEEPING):
            continue
        changes.append({"before": old.to_json() if old else None,
                        "after": new.to_json() if new else None})
    return changes


def hive_undo(hive, changes):
    """Takes the changes back. What was changed again since then is somebody else's and stays.

    Returns the paths of the keys in which something stayed.
    """
    kept = []
    for change in changes:
        old, new = Key.from_json(change["before"]), Key.from_json(change["after"])
        name = key_name((old or new).path)
        current = hive.keys.get(name)
        if new is None:
            if current is None:
                hive.keys[name] = old
        elif current is not None:
            if _key_undo(current, old, new):
                kept.append(current.path)
            if old and current.same_content(old):
                hive.keys[name] = old
            elif not old and not current.values:
                del hive.keys[name]
        elif old:
            hive.keys[name] = old
    return kept


def _key_undo(current, old, new):
    """Undoes the values of one key; True when a value had been changed by somebody else."""
    kept = False
    before = old.values if old else {}
    for name in list(before.keys() | new.values.keys()):
        if before.get(name) == new.values.get(name):
            continue
        if current.values.get(name) != new.values.get(name):
            kept = kept or current.values.get(name) != before.get(name)
        elif name in before:
            current.values[name] = before[name]
        else:
            del current.values[name]
    if old and current.attributes() == new.attributes():
        current.head = old.head
    return kept


def hive_difference_between(before, after, first, last):
    """hive_difference, but only of keys changed between the times first and last (seconds).

    A key that is gone counts when its nearest key above, among those listed, changed then.
    """
    changes = []
    for change in hive_difference(before, after):
        path = (change["after"] or change["before"])["path"]
        key = after.keys.get(key_name(path))
        while key is None and "\\\\" in path:
            path = path.rpartition("\\\\")[0]
            key = after.keys.get(key_name(path))
        if key is None or first <= key.time() <= last:
            changes.append(change)
    return changes
