/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of an HSTRING in another process, or in a dump, of either word size. */
#include "inspect.h"
#include "windows_runtime.h"

HRESULT WINAPI WindowsInspectString(UINT_PTR string, USHORT machine, INSPECT_CALLBACK callback,
        void *context, UINT32 *length, UINT_PTR *address);

/* What an HSTRING points to, see hstring.c, where a pointer has 4 and where it has 8 bytes. */
struct string_32
{
    UINT32 is_reference;
    UINT32 length;
    UINT32 text;
};

struct string_64
{
    UINT32 is_reference;
    UINT32 length;
    UINT64 text;
};

union string_bytes
{
    BYTE bytes[sizeof(struct string_64)];
    struct string_32 small;
    struct string_64 large;
};

/*
 * WindowsInspectString: the length in characters and the address of the text of an HSTRING in an
 * address space that `callback` reads; 0, 0 for the empty one. E_INVALIDARG: a machine that is
 * unknown or has longer addresses than this one, or what is there is no HSTRING; else the
 * callback's error. winstring/nf-winstring-windowsinspectstring
 */
HRESULT WINAPI WindowsInspectString(UINT_PTR string, USHORT machine, INSPECT_CALLBACK callback,
        void *context, UINT32 *length, UINT_PTR *address)
{
    union string_bytes found = {{0}};
    BOOL large = inspect_pointer_size(machine) == 8;
    UINT64 text;
    HRESULT hr;

    if (!length || !address)
        return E_INVALIDARG;
    *length = 0;
    *address = 0;
    if (!callback || !inspect_pointer_size(machine))
        return E_INVALIDARG;
    if (!string)
        return S_OK;
    hr = callback(context, string, large ? sizeof(found.large) : sizeof(found.small), found.bytes);
    if (FAILED(hr))
        return hr;
    text = large ? found.large.text : found.small.text;
    if (found.small.is_reference > 1 || !found.small.length || !text)
        return E_INVALIDARG;
    *length = found.small.length;
    *address = (UINT_PTR)text;
    return S_OK;
}
