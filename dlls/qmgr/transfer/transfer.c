/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers as their users see them: creation, dispatch to the protocol, abort. */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "wstr.h"

void transfer_validator_free(struct transfer_validator *validator)
{
    free(validator->etag);
    free(validator->last_modified);
    validator->etag = validator->last_modified = NULL;
    validator->size = BG_SIZE_UNKNOWN;
}

HRESULT transfer_validator_copy(struct transfer_validator *to,
        const struct transfer_validator *from)
{
    WCHAR *etag = wstr_dup(from->etag), *modified = wstr_dup(from->last_modified);

    if ((from->etag && !etag) || (from->last_modified && !modified))
    {
        free(etag);
        free(modified);
        return E_OUTOFMEMORY;
    }
    transfer_validator_free(to);
    to->etag = etag;
    to->last_modified = modified;
    to->size = from->size;
    return S_OK;
}

HRESULT transfer_fail(struct transfer_error *error, BG_ERROR_CONTEXT context, HRESULT code,
        BOOL transient)
{
    if (error)
    {
        error->context = context;
        error->code = code;
        error->transient = transient;
        error->retry_after = 0;
    }
    return code;
}

HRESULT transfer_create(struct transfer **out)
{
    struct transfer *transfer;

    *out = NULL;
    if (!(transfer = calloc(1, sizeof(*transfer))))
        return E_OUTOFMEMORY;
    if (!(transfer->signal = signal_create()))
    {
        free(transfer);
        return E_OUTOFMEMORY;
    }
    http_connection_init(&transfer->connection, transfer->signal);
    http_ahead_init(transfer);
    *out = transfer;
    return S_OK;
}

void transfer_destroy(struct transfer *transfer)
{
    if (!transfer)
        return;
    http_connection_close(&transfer->connection);
    http_ahead_close(transfer);
    http_auth_free(&transfer->auth);
    signal_release(transfer->signal);
    free(transfer->buffer);
    free(transfer);
}

HRESULT transfer_run(struct transfer *transfer, const struct transfer_request *request,
        struct transfer_error *error)
{
    struct transfer_error ignored;
    struct url url;
    HRESULT hr;

    if (!error)
        error = &ignored;
    memset(error, 0, sizeof(*error));
    if (load_acquire(&transfer->signal->aborted))
        return E_ABORT;
    if (FAILED(hr = url_parse(request->remote_name, &url)))
        return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, hr, FALSE);
    if (url.scheme == URL_FILE)
        hr = local_transfer(transfer, request, &url, error);
    else
        hr = http_transfer(transfer, request, &url, error);
    url_free(&url);
    trace("transfer of %ls: %08lx", request->remote_name, (unsigned long)hr);
    return hr;
}

void transfer_abort(struct transfer *transfer)
{
    InterlockedExchange(&transfer->signal->aborted, TRUE);
    signal_raise(transfer->signal);
}

void transfer_reset(struct transfer *transfer)
{
    InterlockedExchange(&transfer->signal->aborted, FALSE);
}

HRESULT transfer_check_url(const WCHAR *text)
{
    struct url url;
    HRESULT hr;

    if (!text)
        return E_INVALIDARG;
    if (SUCCEEDED(hr = url_parse(text, &url)))
        url_free(&url);
    return hr;
}
