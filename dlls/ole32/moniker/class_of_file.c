/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class of a file, by its contents or its name. */
#include <stdlib.h>
#include <wchar.h>

#include <windows.h>
#include <ole2.h>

#include "com_object.h"
#include "trace.h"

#define PATTERN_MAX 512  /* bytes of a file that a pattern names */
#define ENTRY_CHARS 2200 /* of the text of a pattern: two numbers, two times the bytes in hex */

/* "offset, bytes, mask, value" of the key FileType. */
struct file_pattern
{
    LONG offset; /* below 0: from the end */
    DWORD size;
    BYTE mask[PATTERN_MAX], value[PATTERN_MAX];
};

static int hex_digit(WCHAR character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static const WCHAR *skip_blanks(const WCHAR *text)
{
    while (iswspace(*text))
        text++;
    return text;
}

/* Exactly so many bytes, or none where that is allowed: all ones. NULL: something else. */
static const WCHAR *hex_parse(const WCHAR *text, BYTE *bytes, DWORD size, BOOL may_be_absent)
{
    text = skip_blanks(text);
    if (may_be_absent && *text == ',')
    {
        FillMemory(bytes, size, 0xff);
        return text;
    }
    for (DWORD i = 0; i < size; i++, text += 2)
    {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0)
            return NULL;
        bytes[i] = (BYTE)(high << 4 | low);
    }
    return skip_blanks(text);
}

static BOOL pattern_parse(const WCHAR *text, struct file_pattern *pattern)
{
    WCHAR *end;

    pattern->offset = wcstol(text, &end, 10);
    text = skip_blanks(end);
    if (*text++ != ',')
        return FALSE;
    pattern->size = wcstoul(text, &end, 10);
    text = skip_blanks(end);
    if (*text++ != ',' || !pattern->size || pattern->size > PATTERN_MAX)
        return FALSE;
    text = hex_parse(text, pattern->mask, pattern->size, TRUE);
    if (!text || *text++ != ',')
        return FALSE;
    text = hex_parse(text, pattern->value, pattern->size, FALSE);
    return text && !*text;
}

static BOOL pattern_matches(const struct file_pattern *pattern, HANDLE file)
{
    LARGE_INTEGER where = {.QuadPart = pattern->offset};
    BYTE bytes[PATTERN_MAX];
    DWORD done;

    if (!SetFilePointerEx(file, where, NULL, pattern->offset < 0 ? FILE_END : FILE_BEGIN)
            || !ReadFile(file, bytes, pattern->size, &done, NULL) || done != pattern->size)
        return FALSE;
    for (DWORD i = 0; i < pattern->size; i++)
        if ((bytes[i] & pattern->mask[i]) != pattern->value[i])
            return FALSE;
    return TRUE;
}

/* All entries of a class match; one without entries matches nothing. */
static BOOL class_matches(HKEY types, const WCHAR *class, HANDLE file)
{
    WCHAR text[ENTRY_CHARS], number[12];
    struct file_pattern pattern;
    DWORD count = 0;
    HKEY key;

    if (RegOpenKeyExW(types, class, 0, KEY_READ, &key))
        return FALSE;
    for (;; count++)
    {
        LONG size = sizeof(text);

        swprintf(number, ARRAY_SIZE(number), L"%lu", count);
        if (RegQueryValueW(key, number, text, &size))
            break;
        if (!pattern_parse(text, &pattern) || !pattern_matches(&pattern, file))
        {
            count = 0;
            break;
        }
    }
    RegCloseKey(key);
    return count > 0;
}

static BOOL class_by_contents(HANDLE file, CLSID *clsid)
{
    WCHAR class[40];
    BOOL found = FALSE;
    HKEY types;

    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, L"FileType", 0, KEY_READ, &types))
        return FALSE;
    for (DWORD i = 0; !found && !RegEnumKeyW(types, i, class, ARRAY_SIZE(class)); i++)
        found = class_matches(types, class, file) && SUCCEEDED(CLSIDFromString(class, clsid));
    RegCloseKey(types);
    return found;
}

static HRESULT class_by_extension(const WCHAR *path, CLSID *clsid)
{
    const WCHAR *extension = wcsrchr(path, '.'), *folder = wcsrchr(path, '\\');
    WCHAR progid[64];
    LONG size = sizeof(progid);

    if (!extension || (folder && extension < folder)
            || RegQueryValueW(HKEY_CLASSES_ROOT, extension, progid, &size) || !*progid
            || FAILED(CLSIDFromProgID(progid, clsid)))
        return MK_E_INVALIDEXTENSION;
    return S_OK;
}

/* S_FALSE: it is no compound file, or has no class. */
static HRESULT class_of_storage(const WCHAR *path, CLSID *clsid)
{
    IStorage *storage;
    STATSTG stat;
    HRESULT hr = StgOpenStorage(path, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &storage);

    if (FAILED(hr))
        return S_FALSE;
    hr = IStorage_Stat(storage, &stat, STATFLAG_NONAME);
    IStorage_Release(storage);
    if (FAILED(hr) || IsEqualCLSID(&stat.clsid, &CLSID_NULL))
        return S_FALSE;
    *clsid = stat.clsid;
    return S_OK;
}

static BOOL begins_as_storage(HANDLE file)
{
    static const BYTE magic[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    BYTE start[sizeof(magic)];
    DWORD done;

    return ReadFile(file, start, sizeof(start), &done, NULL) && done == sizeof(start)
            && !memcmp(start, magic, sizeof(magic));
}

/*
 * GetClassFile: the class of a file: that of a compound file, that whose pattern under
 * HKCR\FileType matches, that of its extension. MK_E_CANTOPENFILE; MK_E_INVALIDEXTENSION;
 * MK_E_SYNTAX for an empty path; E_INVALIDARG. objbase/nf-objbase-getclassfile
 */
HRESULT WINAPI GetClassFile(const OLECHAR *path, CLSID *clsid)
{
    HRESULT hr = S_FALSE;
    HANDLE file;
    BOOL storage;

    if (!path)
        return MK_E_SYNTAX;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        if (GetLastError() != ERROR_SHARING_VIOLATION)
            return MK_E_CANTOPENFILE;
        return class_by_extension(path, clsid);
    }
    storage = begins_as_storage(file);
    if (!storage && class_by_contents(file, clsid))
        hr = S_OK;
    CloseHandle(file);
    if (storage)
        hr = class_of_storage(path, clsid);
    return hr == S_FALSE ? class_by_extension(path, clsid) : hr;
}
