/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base64.h"

#include <stdlib.h>

#include <wincrypt.h>

#define TEXT_MAX 0x40000000 /* characters */

static FARPROC crypt_function(const char *name)
{
    HMODULE module = GetModuleHandleW(L"crypt32.dll");

    if (!module)
        module = LoadLibraryW(L"crypt32.dll");
    return module ? GetProcAddress(module, name) : NULL;
}

WCHAR *base64_encode(const BYTE *bytes, size_t size)
{
    BOOL(WINAPI * encode)
    (const BYTE *, DWORD, DWORD, WCHAR *, DWORD *) = (void *)crypt_function("CryptBinaryToStringW");
    DWORD room = (DWORD)((size + 2) / 3 * 4 + 1);
    WCHAR *text;

    if (!encode || size > TEXT_MAX / 2)
        return NULL;
    text = calloc(room, sizeof(*text));
    if (text && size
            && !encode(bytes, (DWORD)size, CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, text, &room))
    {
        free(text);
        return NULL;
    }
    return text;
}

BYTE *base64_decode(const WCHAR *text, size_t length, size_t *size)
{
    BOOL(WINAPI * decode)
    (const WCHAR *, DWORD, DWORD, BYTE *, DWORD *, DWORD *, DWORD *) =
            (void *)crypt_function("CryptStringToBinaryW");
    DWORD room = (DWORD)(length / 4 * 3 + 3);
    BYTE *bytes;

    *size = 0;
    if (!decode || !length || length > TEXT_MAX)
        return NULL;
    bytes = malloc(room);
    if (bytes && !decode(text, (DWORD)length, CRYPT_STRING_BASE64, bytes, &room, NULL, NULL))
    {
        free(bytes);
        return NULL;
    }
    *size = room;
    return bytes;
}
