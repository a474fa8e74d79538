/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_body.h"

#include "inet_file.h"
#include "inet_protocol.h"

void cache_body_begin(struct inet_protocol *protocol, struct inet_file *file)
{
    UINT64 size = inet_file_size(file);

    AcquireSRWLockExclusive(&protocol->lock);
    protocol->file = file;
    protocol->received = size;
    ReleaseSRWLockExclusive(&protocol->lock);
    inet_protocol_progress(protocol, BINDSTATUS_CACHEFILENAMEAVAILABLE, inet_file_path(file));
    inet_protocol_begin_body(protocol, size);
}

HRESULT cache_body_make(struct inet_protocol *protocol, const WCHAR *url, BOOL kept, UINT64 total)
{
    BOOL needed = (protocol->flags & BINDF_NEEDFILE) != 0;
    struct inet_file *file;
    HRESULT hr;

    if (!needed && !kept)
        return S_OK;
    hr = inet_file_create(url, kept, protocol->extension, total == INET_UNKNOWN_SIZE ? 0 : total,
            &file);
    if (FAILED(hr))
        return needed ? hr : S_OK;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->file = file;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (needed)
        inet_protocol_progress(protocol, BINDSTATUS_CACHEFILENAMEAVAILABLE, inet_file_path(file));
    return S_OK;
}
