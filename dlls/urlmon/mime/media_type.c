/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Media types as clipboard formats: the name of the format is that of the type. Pages
 * "RegisterMediaTypes function", "FindMediaType function", "Media-Type Negotiation".
 */
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <urlmon.h>

/* The types that need no registration: those which urlmon.h names. */
static const char *const known_types[] = {
        "text/plain",
        "text/richtext",
        "text/html",
        "text/xml",
        "text/cache-manifest",
        "text/vtt",
        "image/x-xbitmap",
        "image/xbm",
        "image/gif",
        "image/pjpeg",
        "image/jpeg",
        "image/tiff",
        "image/vnd.ms-photo",
        "image/png",
        "image/x-png",
        "image/x-icon",
        "image/svg+xml",
        "image/bmp",
        "image/x-emf",
        "image/x-wmf",
        "audio/aiff",
        "audio/basic",
        "audio/wav",
        "audio/x-wav",
        "audio/x-aiff",
        "audio/x-pn-realaudio",
        "video/avi",
        "video/mpeg",
        "video/quicktime",
        "video/x-msvideo",
        "video/x-sgi-movie",
        "application/postscript",
        "application/fractals",
        "application/octet-stream",
        "application/pdf",
        "application/hta",
        "application/xml",
        "application/xhtml+xml",
        "application/ttml+xml",
        "application/ttaf+xml",
};

struct registered_type
{
    struct registered_type *next;
    CLIPFORMAT format;
    char name[];
};

static SRWLOCK types_lock = SRWLOCK_INIT;
static struct registered_type *types; /* guarded by types_lock; only ever grows */

/* Called under the lock. */
static struct registered_type *type_find(const char *name)
{
    struct registered_type *type = types;

    while (type && _stricmp(type->name, name))
        type = type->next;
    return type;
}

static HRESULT type_register(const char *name, CLIPFORMAT *format)
{
    struct registered_type *type;
    size_t size = strlen(name) + 1;

    *format = RegisterClipboardFormatA(name);
    if (!*format)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&types_lock);
    type = type_find(name);
    if (!type)
    {
        type = malloc(sizeof(*type) + size);
        if (type)
        {
            memcpy(type->name, name, size);
            type->format = *format;
            type->next = types;
            types = type;
        }
    }
    ReleaseSRWLockExclusive(&types_lock);
    return type ? S_OK : E_OUTOFMEMORY;
}

/*
 * RegisterMediaTypes: makes the types known in this process, and gives out the clipboard formats
 * that stand for them. E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI RegisterMediaTypes(UINT count, const LPCSTR *names, CLIPFORMAT *formats)
{
    HRESULT hr = S_OK;

    if (!names || !formats)
        return E_INVALIDARG;
    for (UINT i = 0; SUCCEEDED(hr) && i < count; i++)
        hr = names[i] ? type_register(names[i], &formats[i]) : E_INVALIDARG;
    return hr;
}

/*
 * FindMediaType: the clipboard format of a type that was registered or that urlmon.h names. E_FAIL:
 * neither; E_INVALIDARG.
 */
HRESULT WINAPI FindMediaType(const char *name, CLIPFORMAT *format)
{
    struct registered_type *type;

    if (!name || !format)
        return E_INVALIDARG;
    AcquireSRWLockShared(&types_lock);
    type = type_find(name);
    *format = type ? type->format : 0;
    ReleaseSRWLockShared(&types_lock);
    for (size_t i = 0; !*format && i < ARRAYSIZE(known_types); i++)
    {
        if (!_stricmp(known_types[i], name))
            *format = RegisterClipboardFormatA(name);
    }
    return *format ? S_OK : E_FAIL;
}
