/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Protocols whose data are a stream that is there at once: mk: and about:. */
#ifndef CONCIERGE_STREAM_PROTOCOL_H
#define CONCIERGE_STREAM_PROTOCOL_H

#include <urlmon.h>

/* What opening a URL gives; by CoTaskMemAlloc, or NULL. */
struct stream_source
{
    IStream *stream;
    WCHAR *mime;
    WCHAR *redirect; /* with INET_E_REDIRECT_FAILED: where the data are instead */
};

struct stream_protocol_kind
{
    const char *name;
    DWORD scheme; /* URL_SCHEME_ */
    /* Opens a URL. The source is empty at first; what is left in it is freed in any case. */
    HRESULT (*open)(IUri *uri, struct stream_source *source);
};

/* A protocol object of this kind (which stays); as class_create. */
HRESULT stream_protocol_create(const struct stream_protocol_kind *kind, IUnknown *outer, REFIID iid,
        void **out);

/* about_protocol.c: the protocol of about:, where nobody else has registered one. */
HRESULT about_protocol_create(IUnknown *outer, REFIID iid, void **out);

#endif
