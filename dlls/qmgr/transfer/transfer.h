/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transfer engine: brings one file from its source (HTTP, HTTPS, file) into its temporary file.
 *
 * It knows nothing of jobs: it is given a request, reports to callbacks, and can be aborted from
 * any thread.
 */
#ifndef CONCIERGE_QMGR_TRANSFER_H
#define CONCIERGE_QMGR_TRANSFER_H

#include <windows.h>
#include "bits5_0.h"

/* What tells one version of a remote file from another. Empty members are unknown. */
struct transfer_validator
{
    WCHAR *etag;          /* as sent, with quotes; a weak one (W/) cannot be used for ranges */
    WCHAR *last_modified; /* as sent; for file:// the FILETIME in hex */
    UINT64 size;          /* BG_SIZE_UNKNOWN when not known */
};

void transfer_validator_free(struct transfer_validator *validator);
HRESULT transfer_validator_copy(struct transfer_validator *to,
        const struct transfer_validator *from);

struct transfer_credentials
{
    BG_AUTH_TARGET target;
    BG_AUTH_SCHEME scheme;
    WCHAR *user; /* NULL: default credentials of the user */
    WCHAR *password;
};

#define TRANSFER_AHEAD_MAX 2 /* files that are asked for before it is their turn */

struct transfer_error
{
    BG_ERROR_CONTEXT context;
    HRESULT code;
    BOOL transient;    /* may go away by itself: the job is retried */
    DWORD retry_after; /* seconds the server asked for, 0: none */
};

typedef HRESULT transfer_started_callback(void *context, const struct transfer_validator *validator,
        UINT64 total, BOOL restarted, const WCHAR *response_headers);

typedef HRESULT transfer_started_callback(void *context, const struct transfer_validator *validator,
        UINT64 total, BOOL restarted, const WCHAR *response_headers);

/* Filled by the job's side; everything in it stays valid and unchanged during the transfer. */
struct transfer_request
{
    const WCHAR *remote_name;
    const WCHAR *temp_name;  /* the temporary file, in the destination's folder */
    const WCHAR *local_name; /* only for error reports */
    HANDLE token;            /* owner's, for file access; NULL: the service's own */
    UINT64 offset;           /* bytes already in the temporary file, from an earlier run */
    struct transfer_validator validator; /* of those bytes */
    const BG_FILE_RANGE *ranges;         /* the parts wanted, in order; NULL: the whole */
    UINT32 range_count;
    BOOL in_place;   /* FALSE: the temporary file holds the parts one after the other, and
                      * `offset` counts its bytes; TRUE (random access): each part goes to its
                      * offset in the remote file, and a temporary file of less than `offset`
                      * bytes has lost earlier parts: the file starts again */
    BOOL dynamic;    /* a response without a size is welcome (BITS_JOB_PROPERTY_DYNAMIC_CONTENT) */
    UINT64 max_size; /* most bytes to fetch, BG_SIZE_UNKNOWN: no limit */

    ULONG acl_flags; /* BG_COPY_FILE_*; for sources that are files */

    /* HTTP */
    BG_JOB_PROXY_USAGE proxy_usage;
    const WCHAR *proxy_list, *proxy_bypass;
    const struct transfer_credentials *credentials;
    UINT32 credential_count;
    const WCHAR *custom_headers; /* CRLF separated; NULL: none */
    ULONG security_flags;        /* BG_SSL_*, BG_HTTP_REDIRECT_POLICY_* */
    const WCHAR *user_agent;     /* NULL: "Microsoft BITS/7.8" */
    /* The names of the files that come next, whole files that the same request suits: while small
     * files are fetched these are asked for ahead. */
    const WCHAR *next_names[TRANSFER_AHEAD_MAX];
    UINT32 next_count;
    DWORD stall_timeout; /* ms without a byte after which the transfer fails transiently */

    /* Callbacks, on the thread that runs the transfer, under no lock. Any result but S_OK stops the
     * transfer, which then returns that result. */
    /* Response headers are there. `restarted`: the bytes from before cannot be used (the file
     * changed, or the server has no ranges) and the file starts again from 0. */
    transfer_started_callback *started;
    /* `transferred` bytes of this request (`offset` included) are in the temporary file now, handed
     * to the operating system. Called after every write, at most a few times a second on fast ones.
     */
    HRESULT (*progress)(void *context, UINT64 transferred);
    /* May be NULL. The server redirected to `url` and the policy is to report that, or not to allow
     * it: the remote name is to be updated. */
    HRESULT (*redirected)(void *context, const WCHAR *url);
    void *context;
};

struct transfer; /* one running transfer; reusable connection state lives in here */

/* A transfer object serves one job's files one after the other and keeps connections alive between
 * them. */
HRESULT transfer_create(struct transfer **out);
void transfer_destroy(struct transfer *transfer);

/* Runs to the end on the calling thread. S_OK: the file is whole, written and closed. A callback's
 * result when one stopped it; E_ABORT after transfer_abort; otherwise the error's code, with *error
 * filled in. The temporary file is kept in all cases, so that a later run can go on from there. */
HRESULT transfer_run(struct transfer *transfer, const struct transfer_request *request,
        struct transfer_error *error);

/* Makes a running (or the next) transfer_run return E_ABORT soon, even when it is blocked in the
 * network. Any thread. transfer_reset makes the object usable again. */
void transfer_abort(struct transfer *transfer);
void transfer_reset(struct transfer *transfer);

/* S_OK when the engine can fetch this URL: absolute, http, https or file with a name; otherwise
 * E_INVALIDARG, or BG_E_PROTOCOL_NOT_AVAILABLE for other schemes. UNC paths and those of drives
 * count as file. */
HRESULT transfer_check_url(const WCHAR *url);

/* Are these header lines that can be sent: each "Name: value", ended by CR LF (a bare LF passes, as
 * in the documentation's example), no empty line, which would end the headers of the request? */
BOOL transfer_check_headers(const WCHAR *headers);

#endif
