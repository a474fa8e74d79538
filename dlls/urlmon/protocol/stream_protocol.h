/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocols whose data are there at once: file:, mk: and about:. */
#ifndef CONCIERGE_STREAM_PROTOCOL_H
#define CONCIERGE_STREAM_PROTOCOL_H

#include <urlmon.h>

/* What opening a URL gives; texts by CoTaskMemAlloc, or NULL. One of the first two is there. */
struct stream_source
{
    IStream *stream;
    HANDLE file;
    ULONGLONG size;
    WCHAR *mime;
    WCHAR *cache_file; /* where the data lie on the disk */
    WCHAR *redirect;   /* with INET_E_REDIRECT_FAILED: where the data are instead */
    DWORD error;       /* the number for ReportResult */
};

struct stream_protocol_kind
{
    const char *name;
    DWORD scheme;       /* URL_SCHEME_ */
    DWORD create_flags; /* Uri_CREATE_, of Start's text */
    HRESULT wrong_url;  /* what Start answers to a URL of another scheme */
    BOOL is_direct;     /* the data are what a program binds to, unless urlmon does it */
    /* Opens a URL. The source is empty at first; what is left in it is freed in any case. */
    HRESULT (*open)(IUri *uri, struct stream_source *source);
};

/* A protocol object of this kind (which stays); as class_create. */
HRESULT stream_protocol_create(const struct stream_protocol_kind *kind, IUnknown *outer, REFIID iid,
        void **out);

/* about_protocol.c: the protocol of about:, where nobody else has registered one. */
HRESULT about_protocol_create(IUnknown *outer, REFIID iid, void **out);

#endif
