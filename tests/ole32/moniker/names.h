/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monikers in tests: made of short descriptions, compared by their names. */
#ifndef CONCIERGE_TESTS_MONIKER_NAMES_H
#define CONCIERGE_TESTS_MONIKER_NAMES_H

#include <string.h>
#include <wchar.h>

#include <windows.h>
#include <ole2.h>

#include "tap.h"

static inline IMoniker *file_of(const WCHAR *path)
{
    IMoniker *moniker = NULL;

    if (!is_hr(CreateFileMoniker(path, &moniker), S_OK, "a file moniker"))
        bail_out("no file moniker");
    return moniker;
}

static inline IMoniker *item_of(const WCHAR *name)
{
    IMoniker *moniker = NULL;

    if (!is_hr(CreateItemMoniker(L"!", name, &moniker), S_OK, "an item moniker"))
        bail_out("no item moniker");
    return moniker;
}

/* Composes and releases both. */
static inline IMoniker *composed(IMoniker *left, IMoniker *right)
{
    IMoniker *moniker = NULL;

    is_hr(CreateGenericComposite(left, right, &moniker), S_OK, "a composite");
    IMoniker_Release(left);
    IMoniker_Release(right);
    return moniker;
}

/* Its display name is this one; NULL stands for no moniker. */
static inline void has_name(IMoniker *moniker, const WCHAR *expected, const char *what)
{
    IBindCtx *context;
    WCHAR *name = NULL;

    if (!moniker || !expected)
    {
        ok(!moniker && !expected, "%s: %s", what, moniker ? "one" : "none");
        return;
    }
    CreateBindCtx(0, &context);
    is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &name), S_OK, "%s: its name", what);
    is_wstr(name, expected, "%s: the name", what);
    CoTaskMemFree(name);
    IBindCtx_Release(context);
}

/* The same, and releases it. */
static inline void is_named(IMoniker *moniker, const WCHAR *expected, const char *what)
{
    has_name(moniker, expected, what);
    if (moniker)
        IMoniker_Release(moniker);
}

static inline DWORD system_of(IMoniker *moniker)
{
    DWORD system = MKSYS_NONE;

    return moniker && IMoniker_IsSystemMoniker(moniker, &system) == S_OK ? system : MKSYS_NONE;
}

#endif
