/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Data that are too large to be sent at once: from memory, a file, a stream or a storage (as a
 * compound file), in pieces. What is in memory or a file is sent by a thread of the pool; a stream
 * is read on the apartment's thread, for it may be good for no other, a piece at a time.
 *
 * Pages: BINDINFO, STGMEDIUM, BINDSTATUS (BEGINUPLOADDATA, UPLOADINGDATA, ENDUPLOADDATA).
 */
#ifndef CONCIERGE_HTTP_UPLOAD_H
#define CONCIERGE_HTTP_UPLOAD_H

#include <windows.h>
#include <objbase.h>

#define HTTP_UPLOAD_AT_ONCE (1u << 20) /* bytes: what is not larger is sent with the head */
#define HTTP_UPLOAD_PIECE (256u << 10)

struct http_upload
{
    IStream *stream;    /* or */
    HANDLE file;        /* or */
    const BYTE *memory; /* with the BINDINFO's global memory locked */
    HGLOBAL global;
    LARGE_INTEGER begin; /* where the stream was */
    UINT64 size, sent;
    BOOL rewind; /* the stream, before it is read again */
    BYTE *piece;
    DWORD piece_size;
};

/* What a client's medium holds. Small data: in memory that free() gives back, *data and *size;
 * large ones: *upload, which with `any_thread` is no stream. S_OK; DV_E_TYMED, E_INVALIDARG,
 * E_OUTOFMEMORY, a stream's or file's error.
 */
HRESULT http_upload_open(const STGMEDIUM *medium, DWORD medium_size, BOOL any_thread, BYTE **data,
        DWORD *size, struct http_upload **upload);

/* The same data in URL encoding (BINDINFOF_URLENCODESTGMEDDATA); large ones go into a temporary
 * file first, since the head says the length. S_OK, E_OUTOFMEMORY, or an error of what is read. */
HRESULT http_upload_url_encode(BYTE **data, DWORD *size, struct http_upload **upload);

void http_upload_free(struct http_upload *upload); /* NULL is harmless */

/* Begins anew, for another request. */
void http_upload_restart(struct http_upload *upload);

/* Reads the next piece. S_OK, S_FALSE: there is no more, or an error. */
HRESULT http_upload_read(struct http_upload *upload);

#endif
