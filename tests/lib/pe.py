# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a PE file (a DLL or program of Windows) exports and imports."""

import struct

EXPORTS, IMPORTS, DELAYED_IMPORTS = 0, 1, 13


class NoPeFile(Exception):
    """It is something else."""


class PeFile:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        try:
            self._read_headers()
        except (struct.error, ValueError) as error:
            raise NoPeFile(path) from error

    def _read_headers(self):
        header = self._unpack("<I", 0x3c)[0]
        if self.data[:2] != b"MZ" or self.data[header:header + 4] != b"PE\0\0":
            raise ValueError("no signature")
        self.machine, sections, _, _, _, size, _ = self._unpack("<HHIIIHH", header + 4)
        optional = header + 24
        self.is_64bit = self._unpack("<H", optional)[0] == 0x20b
        self.base = self._unpack("<Q", optional + 24)[0] if self.is_64bit \
            else self._unpack("<I", optional + 28)[0]
        first = optional + (112 if self.is_64bit else 96)
        count = self._unpack("<I", first - 4)[0]
        self.directories = [self._unpack("<II", first + 8 * i) for i in range(min(count, 16))]
        self.sections = [self._unpack("<IIII", optional + size + 40 * i + 8)
                         for i in range(sections)]

    def _unpack(self, layout, offset):
        return struct.unpack_from(layout, self.data, offset)

    def _offset(self, rva):
        for virtual_size, start, raw_size, raw in self.sections:
            if start <= rva < start + max(virtual_size, raw_size):
                return raw + rva - start
        raise ValueError(f"no section at {rva:#x}")

    def _text(self, rva):
        start = self._offset(rva)
        return self.data[start:self.data.index(b"\0", start)].decode("ascii")

    def _directory(self, number):
        return self.directories[number] if number < len(self.directories) else (0, 0)

    def exports(self):
        """{name: None, or "dll.name" for what is forwarded}"""
        start, size = self._directory(EXPORTS)
        if not start:
            return {}
        _, _, count, functions, names, ordinals = self._unpack("<6I", self._offset(start) + 16)
        functions, names, ordinals = map(self._offset, (functions, names, ordinals)) \
            if count else (0, 0, 0)
        result = {}
        for i in range(count):
            name = self._text(self._unpack("<I", names + 4 * i)[0])
            index = self._unpack("<H", ordinals + 2 * i)[0]
            rva = self._unpack("<I", functions + 4 * index)[0]
            result[name] = self._text(rva) if start <= rva < start + size else None
        return result

    def nameless_exports(self):
        """The numbers of what is exported without a name."""
        start, _ = self._directory(EXPORTS)
        if not start:
            return set()
        base, size, count, functions, _, ordinals = self._unpack("<6I", self._offset(start) + 16)
        table = self._unpack(f"<{size}I", self._offset(functions))
        named = set(self._unpack(f"<{count}H", self._offset(ordinals))) if count else set()
        return {base + index for index, rva in enumerate(table) if rva and index not in named}

    def imports(self):
        """{dll in lower case: names}, delayed ones too; those by number are left out."""
        return self._imports(str)

    def imports_by_number(self):
        """{dll in lower case: numbers} of what is imported without a name."""
        return self._imports(int)

    def _imports(self, kind):
        result = {}
        for thunks, name, is_address in [*self._import_tables(), *self._delayed_tables()]:
            found = result.setdefault(self._text(name).lower(), set())
            found.update(value for value in self._thunks(thunks, is_address)
                         if isinstance(value, kind))
        return result

    def _import_tables(self):
        start, _ = self._directory(IMPORTS)
        offset = self._offset(start) if start else 0
        while start:
            lookup, _, _, name, table = self._unpack("<5I", offset)
            if not name:
                return
            yield lookup or table, name, False
            offset += 20

    def _delayed_tables(self):
        start, _ = self._directory(DELAYED_IMPORTS)
        offset = self._offset(start) if start else 0
        while start:
            attributes, name, _, _, lookup = self._unpack("<5I", offset)
            if not name:
                return
            # Very old files have addresses here, not offsets from the base.
            old = 0 if attributes & 1 else self.base
            yield lookup - old, name - old, bool(old)
            offset += 32

    def _thunks(self, rva, is_address):
        """Names, and the numbers of what is imported without one."""
        layout, size, by_number = ("<Q", 8, 1 << 63) if self.is_64bit else ("<I", 4, 1 << 31)
        offset = self._offset(rva)
        while True:
            value = self._unpack(layout, offset)[0]
            offset += size
            if not value:
                return
            yield value & 0xffff if value & by_number \
                else self._text(value - (self.base if is_address else 0) + 2)
