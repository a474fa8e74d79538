# SPDX-License-Identifier: LGPL-2.1-or-later

"""Deterministic file content: the same (size, seed) is the same bytes everywhere.

A stream is a run of 1 MiB blocks. Each is the same 1 MiB of SHAKE-256 output of the seed, with a
header of 32 bytes, SHA-256 of seed and block number, over its beginning: made at the speed of a
copy, readable from any offset, and no two blocks alike.
"""

import functools
import hashlib
import os

BLOCK = 1 << 20


@functools.lru_cache(maxsize=8)
def _base(seed):
    return hashlib.shake_256(b"concierge " + str(seed).encode()).digest(BLOCK)


def _header(seed, index):
    return hashlib.sha256(b"%s/%d" % (str(seed).encode(), index)).digest()


def block(seed, index):
    return _header(seed, index) + _base(seed)[32:]


def read(seed, offset, length):
    """Yields the bytes [offset, offset + length) in pieces of at most 1 MiB."""
    end = offset + length
    while offset < end:
        index, start = divmod(offset, BLOCK)
        piece = memoryview(block(seed, index))[start:min(BLOCK, start + end - offset)]
        yield piece
        offset += len(piece)


@functools.lru_cache(maxsize=64)
def sha256(size, seed):
    digest = hashlib.sha256()
    for piece in read(seed, 0, size):
        digest.update(piece)
    return digest.hexdigest()


def write_file(path, size, seed):
    """Writes a file and returns its SHA-256; the old file, if any, is replaced at once."""
    digest = hashlib.sha256()
    temporary = path + ".new"
    with open(temporary, "wb", buffering=0) as file:
        for piece in read(seed, 0, size):
            view = memoryview(piece)
            while view:
                view = view[file.write(view):]
            digest.update(piece)
    os.replace(temporary, path)
    return digest.hexdigest()


def sha256_file(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while True:
            piece = file.read(BLOCK)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)
