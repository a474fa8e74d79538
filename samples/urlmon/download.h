/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One download of a URL into a file. */
#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <urlmon.h>

struct download
{
    IBindStatusCallback callback; /* what the URL moniker calls, on the thread that bound */
    LONG references;
    const WCHAR *url;
    LONG priority; /* THREAD_PRIORITY_* */
    HANDLE file;
    ULONG received, total; /* bytes; total 0: the server does not say */
    BOOL done;
    HRESULT result;
};

/* Makes a download with one reference; starts it. A failure to start is in download->result. */
struct download *download_start(const WCHAR *url, const WCHAR *file, LONG priority);

void download_release(struct download *download);

#endif
