/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another process with running objects, and what it is told to do: in shared memory. */
#ifndef CONCIERGE_TESTS_RUNNING_HOST_H
#define CONCIERGE_TESTS_RUNNING_HOST_H

#include <windows.h>
#include <ole2.h>

#define HOST_SECTION L"concierge-running-host-%ls"
#define HOST_COMMAND L"concierge-running-command-%ls" /* auto-reset: there is one */
#define HOST_ANSWER L"concierge-running-answer-%ls"   /* auto-reset: it has been done */

enum host_command
{
    HOST_REGISTER, /* a new document, which the host keeps, under `name` with `flags` */
    HOST_REVOKE,   /* `cookie` */
    HOST_NOTE,     /* `cookie`, `time` */
    HOST_DROP,     /* the host lets the document go that it registered last */
    HOST_MANY,     /* `count` items named `name` and a number, all of one document */
    HOST_CHURN,    /* registers and revokes `name` `count` times; the last one stays */
    HOST_ACTIVE,   /* the document registered last is the active object of `clsid` */
    HOST_FIND,     /* whether `name` runs, and its object answers */
    HOST_END,
};

/* A name with "!" is an item of a file, one that begins with it an item, others are files. */
struct host
{
    LONG command;
    HRESULT result;
    DWORD flags, cookie, count;
    LONG documents; /* that live, after the command */
    FILETIME time;
    CLSID clsid;
    WCHAR name[128];
};

static inline HRESULT host_moniker(const WCHAR *name, IMoniker **out)
{
    const WCHAR *item = wcschr(name, '!');
    IMoniker *left = NULL, *right = NULL;
    WCHAR file[128];
    HRESULT hr;

    *out = NULL;
    if (!item)
        return CreateFileMoniker(name, out);
    hr = CreateItemMoniker(L"!", item + 1, &right);
    if (FAILED(hr) || item == name)
    {
        *out = right;
        return hr;
    }
    wcscpy(file, name);
    file[item - name] = 0;
    hr = CreateFileMoniker(file, &left);
    if (SUCCEEDED(hr))
        hr = CreateGenericComposite(left, right, out);
    if (left)
        IMoniker_Release(left);
    IMoniker_Release(right);
    return hr;
}

#endif
