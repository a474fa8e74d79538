/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests for the files that come next. With small files the time goes into waiting for the server
 * and for WinINet's threads; while one file is written the answers to the next ones arrive.
 *
 * Only plain requests are sent ahead: whole files, without credentials. What comes of one is looked
 * at when it is its turn, as if it had just been sent. With a large file at hand nothing is under
 * way beside it: a server would wait in vain for its answer to be read.
 */
#include "transfer_private.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "wstr.h"

void http_ahead_init(struct transfer *transfer)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(transfer->ahead); i++)
        http_connection_init(&transfer->ahead[i].connection, transfer->signal);
}

static void ahead_forget(struct http_ahead *ahead)
{
    url_free(&ahead->url);
    memset(&ahead->url, 0, sizeof(ahead->url));
    http_secret_free(ahead->headers);
    ahead->headers = NULL;
}

static void ahead_drop(struct http_ahead *ahead)
{
    if (ahead->url.path)
        http_finish(&ahead->connection);
    ahead_forget(ahead);
}

void http_ahead_drop(struct transfer *transfer)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(transfer->ahead); i++)
        ahead_drop(&transfer->ahead[i]);
}

void http_ahead_close(struct transfer *transfer)
{
    http_ahead_drop(transfer);
    for (unsigned int i = 0; i < ARRAY_SIZE(transfer->ahead); i++)
        http_connection_close(&transfer->ahead[i].connection);
}

static BOOL same_url(const struct url *a, const struct url *b)
{
    return a->path && b->path && url_same_origin(a, b) && !wcscmp(a->path, b->path);
}

static void ahead_send(struct transfer *transfer, const struct transfer_request *request,
        struct http_ahead *ahead, struct url *url)
{
    struct http_exchange exchange = {transfer, request, url, *url, FALSE, NULL, NULL};
    WCHAR *headers, *authorization;
    struct http_send send;
    DWORD code;

    if (SUCCEEDED(http_exchange_prepare(&exchange, NULL, NULL, &send, &headers, &authorization))
            && SUCCEEDED(http_send_begin(&ahead->connection, request, &send, &code)))
    {
        ahead->url = *url;
        memset(url, 0, sizeof(*url));
        ahead->headers = headers;
        ahead->security_flags = request->security_flags;
        headers = NULL;
    }
    http_secret_free(headers);
    http_secret_free(authorization);
}

void http_ahead_start(struct transfer *transfer, const struct transfer_request *request)
{
    struct url urls[TRANSFER_AHEAD_MAX] = {0};
    BOOL keep[TRANSFER_AHEAD_MAX] = {0}, known[TRANSFER_AHEAD_MAX] = {0};
    UINT32 count = min(request->next_count, TRANSFER_AHEAD_MAX);

    if (request->credential_count || request->max_size != BG_SIZE_UNKNOWN)
        count = 0;
    for (UINT32 i = 0; i < count; i++)
    {
        if (FAILED(url_parse(request->next_names[i], &urls[i])))
            memset(&urls[i], 0, sizeof(urls[i]));
        for (UINT32 slot = 0; slot < TRANSFER_AHEAD_MAX && !known[i]; slot++)
        {
            if (!keep[slot] && same_url(&transfer->ahead[slot].url, &urls[i]))
                keep[slot] = known[i] = TRUE;
        }
    }
    for (UINT32 i = 0, slot = 0; slot < TRANSFER_AHEAD_MAX; slot++)
    {
        if (keep[slot])
            continue;
        ahead_drop(&transfer->ahead[slot]);
        while (i < count && (known[i] || !urls[i].path || urls[i].scheme == URL_FILE))
            i++;
        if (i < count)
            ahead_send(transfer, request, &transfer->ahead[slot], &urls[i++]);
    }
    for (UINT32 i = 0; i < count; i++)
        url_free(&urls[i]);
}

BOOL http_ahead_take(struct transfer *transfer, const struct transfer_request *request,
        const struct http_send *send)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(transfer->ahead); i++)
    {
        struct http_ahead *ahead = &transfer->ahead[i];
        struct http_connection connection = transfer->connection;

        if (!same_url(&ahead->url, send->url))
            continue;
        if (wcscmp(ahead->headers, send->headers)
                || ahead->security_flags != request->security_flags)
        {
            ahead_drop(ahead);
            return FALSE;
        }
        ahead_forget(ahead);
        transfer->connection = ahead->connection;
        ahead->connection = connection;
        return TRUE;
    }
    return FALSE;
}
