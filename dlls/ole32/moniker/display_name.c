/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Display names: from the text that a user sees to a moniker. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "moniker_base.h"
#include "moniker_path.h"
#include "trace.h"
#include "wstr.h"

#define PROGID_MAX 39 /* characters of a ProgID */

/* Takes the beginning of a name. S_FALSE: it is no such name; errors end the parsing. */
typedef HRESULT (*name_parser)(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out);

/* The characters that a ProgID may have. */
static size_t progid_length(const WCHAR *text)
{
    size_t length = 0;

    while (iswalnum(text[length]) || text[length] == '.' || text[length] == '_')
        length++;
    return length;
}

/* The class's parser gets the whole name. S_FALSE: there is no such class. */
static HRESULT progid_parse(const WCHAR *progid, size_t length, IBindCtx *context, WCHAR *name,
        ULONG *eaten, IMoniker **out)
{
    WCHAR text[PROGID_MAX + 1];
    CLSID clsid;

    if (!length || length > PROGID_MAX)
        return S_FALSE;
    memcpy(text, progid, length * sizeof(WCHAR));
    text[length] = 0;
    if (FAILED(CLSIDFromProgID(text, &clsid)))
        return S_FALSE;
    return moniker_class_parse(&clsid, context, name, eaten, out);
}

/* clsid:, objref: and Elevation: are the system's own. */
static HRESULT parse_system(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out)
{
    HRESULT hr = class_moniker_parse(name, eaten, out);

    (void)context;
    if (hr == S_FALSE)
        hr = objref_moniker_parse(name, eaten, out);
    return hr == S_FALSE ? elevation_moniker_parse(name, eaten, out) : hr;
}

/* @ProgID */
static HRESULT parse_at(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out)
{
    if (*name != '@')
        return S_FALSE;
    return progid_parse(name + 1, progid_length(name + 1), context, name, eaten, out);
}

/* ProgID: - one letter would be a drive. */
static HRESULT parse_provider(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out)
{
    size_t length = progid_length(name);

    if (length < 2 || name[length] != ':')
        return S_FALSE;
    return progid_parse(name, length, context, name, eaten, out);
}

/* How many characters may be a file's name. */
static size_t file_name_length(const WCHAR *name)
{
    size_t prefix = moniker_path_prefix(name), length = prefix + wcscspn(name + prefix, L"<>\"|?*");

    if (length > MAX_PATH * 4)
        length = MAX_PATH * 4;
    return length;
}

/* Where the name can end: at its end, and before what cannot be a part of a longer one. */
static BOOL name_ends_at(const WCHAR *name, size_t length)
{
    return !name[length] || !(iswalnum(name[length]) || name[length] == '_');
}

/* A folder contains nothing that it could parse. S_FALSE: there is none. */
static HRESULT existing_file(const WCHAR *path, BOOL whole, IMoniker **out)
{
    WCHAR full[MAX_PATH * 4 + 1];
    DWORD length, attributes = GetFileAttributesW(path);

    if (attributes == INVALID_FILE_ATTRIBUTES || (!whole && attributes & FILE_ATTRIBUTE_DIRECTORY))
        return S_FALSE;
    length = GetFullPathNameW(path, ARRAY_SIZE(full), full, NULL);
    if (!length || length >= ARRAY_SIZE(full))
        return MK_E_SYNTAX;
    return CreateFileMoniker(full, out);
}

/* A document that runs may not have been saved yet. S_FALSE: it does not run. */
static HRESULT running_file(const WCHAR *path, IBindCtx *context, IMoniker **out)
{
    HRESULT hr = CreateFileMoniker(path, out);

    if (FAILED(hr) || moniker_runs(*out, context) == S_OK)
        return hr;
    IMoniker_Release(*out);
    *out = NULL;
    return S_FALSE;
}

/* The longest beginning that runs, or else that is a file. */
static HRESULT parse_file(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out)
{
    size_t longest = file_name_length(name);
    WCHAR *path = wstr_dup(name);
    HRESULT hr = S_FALSE;

    if (!path)
        return E_OUTOFMEMORY;
    for (int files = 0; files < 2 && hr == S_FALSE; files++)
    {
        for (size_t length = longest; length && hr == S_FALSE; length--)
        {
            if (!name_ends_at(name, length))
                continue;
            path[length] = 0;
            hr = files ? existing_file(path, !name[length], out) : running_file(path, context, out);
            if (hr == S_OK)
                *eaten = (ULONG)length;
        }
        memcpy(path, name, (longest + 1) * sizeof(WCHAR));
    }
    free(path);
    return hr;
}

static HRESULT name_begin(IBindCtx *context, WCHAR *name, ULONG *eaten, IMoniker **out)
{
    static const name_parser parsers[] = {parse_system, parse_file, parse_at, parse_provider};

    for (size_t i = 0; i < ARRAY_SIZE(parsers); i++)
    {
        HRESULT hr;

        *eaten = 0;
        *out = NULL;
        hr = parsers[i](context, name, eaten, out);
        if (hr != S_FALSE)
            return hr;
    }
    return MK_E_SYNTAX;
}

/* One more part, by the moniker so far. */
static HRESULT name_continue(IBindCtx *context, WCHAR *rest, ULONG *eaten, IMoniker **so_far)
{
    IMoniker *part = NULL, *composed;
    HRESULT hr = IMoniker_ParseDisplayName(*so_far, context, NULL, rest, eaten, &part);

    if (FAILED(hr) || !part)
        return FAILED(hr) ? hr : E_UNEXPECTED;
    hr = moniker_compose(*so_far, part, &composed);
    IMoniker_Release(part);
    if (FAILED(hr))
        return hr;
    IMoniker_Release(*so_far);
    *so_far = composed;
    return S_OK;
}

/*
 * MkParseDisplayName: a moniker of a display name: a running or existing file, "clsid:", "objref:",
 * "Elevation:", "@ProgID" and "ProgID:", and what the monikers themselves make of the rest. *eaten
 * says how many characters were understood, *out is the moniker of those. MK_E_SYNTAX,
 * E_INVALIDARG, the errors of IMoniker::BindToObject and IParseDisplayName::ParseDisplayName.
 * objbase/nf-objbase-mkparsedisplayname
 */
HRESULT WINAPI MkParseDisplayName(IBindCtx *context, const OLECHAR *name, ULONG *eaten,
        IMoniker **out)
{
    WCHAR *text = (WCHAR *)name;
    size_t length;
    HRESULT hr;

    if (!context || !name || !*name || !eaten || !out)
        return E_INVALIDARG;
    *eaten = 0;
    *out = NULL;
    length = wcslen(name);
    hr = name_begin(context, text, eaten, out);
    while (SUCCEEDED(hr) && *out && *eaten < length)
    {
        ULONG more = 0;

        hr = name_continue(context, text + *eaten, &more, out);
        if (SUCCEEDED(hr) && (!more || more > length - *eaten))
            hr = MK_E_SYNTAX;
        if (SUCCEEDED(hr))
            *eaten += more;
    }
    if (FAILED(hr))
        trace("MkParseDisplayName %ls: %#lx after %lu characters", name, hr, *eaten);
    return hr;
}
