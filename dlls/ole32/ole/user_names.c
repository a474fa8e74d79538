/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names which IStorage leaves out: an SNB, pointers to strings with NULL at the end, in one
 * block of task memory ("SNB"). On the wire it is a RemSNB of objidl.idl: the number of characters
 * as conformance, that of strings, that of characters again, and the strings with their zeros. An
 * SNB of no strings is none, NULL.
 */
#include "user_functions.h"

#include <objidl.h>

static void names_put(struct user_wire *wire, const SNB *names)
{
    SIZE_T characters = 0;
    DWORD strings = 0;

    while (*names && (*names)[strings])
        characters += (SIZE_T)lstrlenW((*names)[strings++]) + 1;
    if (characters > MAXLONG / sizeof(WCHAR))
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return;
    }
    wire_put_count(wire, (DWORD)characters);
    wire_put_long(wire, strings);
    wire_put_long(wire, (DWORD)characters);
    for (DWORD i = 0; i < strings; i++)
        wire_put_bytes(wire, (*names)[i], ((SIZE_T)lstrlenW((*names)[i]) + 1) * sizeof(WCHAR));
}

/* The pointers to strings which lie one after the other; whether there are so many, and no more. */
static BOOL names_point(SNB names, DWORD strings, const WCHAR *text, DWORD characters)
{
    const WCHAR *end = text + characters;

    for (DWORD i = 0; i < strings; i++)
    {
        names[i] = (WCHAR *)text;
        while (text < end && *text)
            text++;
        if (text++ >= end)
            return FALSE;
    }
    names[strings] = NULL;
    return text == end;
}

static void names_get(struct user_wire *wire, SNB *names)
{
    DWORD conformance = wire_get_count(wire), strings = wire_get_long(wire);
    DWORD characters = wire_get_long(wire);
    SIZE_T pointers = ((SIZE_T)strings + 1) * sizeof(WCHAR *);
    const BYTE *bytes;
    SNB read;

    /* Each string has a zero. */
    if (characters != conformance || characters > MAXLONG / sizeof(WCHAR) || strings > characters
            || (!strings && characters))
        wire_bad(wire);
    if (!(bytes = wire_get_bytes(wire, (SIZE_T)characters * sizeof(WCHAR))) || !strings)
        return;
    if (!(read = CoTaskMemAlloc(pointers + characters * sizeof(WCHAR))))
    {
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return;
    }
    memcpy((BYTE *)read + pointers, bytes, characters * sizeof(WCHAR));
    if (names_point(read, strings, (const WCHAR *)((BYTE *)read + pointers), characters))
    {
        *names = read;
        return;
    }
    CoTaskMemFree(read);
    wire_bad(wire);
}

static void names_release(struct user_wire *wire, SNB *names)
{
    (void)wire;
    CoTaskMemFree(*names);
    *names = NULL;
}

/* clang-format off */
USER_FUNCTIONS(SNB, names_put, names_get, names_release)
