/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media_format.h"

#include <wchar.h>

#define REMEMBERED 16u
#define TYPE_LENGTH 80u /* longer ones are not remembered */

struct remembered
{
    CLIPFORMAT format; /* 0: none here */
    WCHAR type[TYPE_LENGTH];
};

static SRWLOCK formats_lock = SRWLOCK_INIT;
static struct remembered formats[REMEMBERED]; /* guarded by the lock, as is the next one */
static unsigned int next_place;

static CLIPFORMAT format_find(const WCHAR *type)
{
    CLIPFORMAT format = 0;

    AcquireSRWLockShared(&formats_lock);
    for (unsigned int i = 0; i < REMEMBERED && !format; i++)
    {
        if (formats[i].format && !wcscmp(formats[i].type, type))
            format = formats[i].format;
    }
    ReleaseSRWLockShared(&formats_lock);
    return format;
}

static void format_remember(const WCHAR *type, CLIPFORMAT format)
{
    struct remembered *place;

    AcquireSRWLockExclusive(&formats_lock);
    place = &formats[next_place++ % REMEMBERED];
    wcscpy(place->type, type);
    place->format = format;
    ReleaseSRWLockExclusive(&formats_lock);
}

CLIPFORMAT media_format(const WCHAR *type)
{
    BOOL is_short = wcslen(type) < TYPE_LENGTH;
    CLIPFORMAT format = is_short ? format_find(type) : 0;

    if (format)
        return format;
    /* It stays what it is as long as the session. */
    format = (CLIPFORMAT)RegisterClipboardFormatW(type);
    if (format && is_short)
        format_remember(type, format);
    return format;
}
