/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The classes CLSID_HttpProtocol and CLSID_HttpSProtocol. */
#include "http_protocol.h"

#include <stdlib.h>

#include "inet_session.h"
#include "urlmon_module.h"

static void http_init(struct inet_protocol *protocol)
{
    struct http_protocol *http = http_from_protocol(protocol);

    inet_slot_init(&protocol->slot, http_request_granted);
    http->owner.unknown = protocol->com.outer;
    http->owner.complete = http_request_complete;
    http->owner.status = http_request_status;
}

static HRESULT http_start(struct inet_protocol *protocol)
{
    struct http_protocol *http = http_from_protocol(protocol);
    BSTR text;
    HRESULT hr;

    if (FAILED(hr = IUri_GetAbsoluteUri(protocol->uri, &text)))
        return hr;
    hr = text ? http_url_parse(text, &http->url) : INET_E_INVALID_URL;
    SysFreeString(text);
    http->timeout = inet_session_timeout();
    if (SUCCEEDED(hr))
        hr = http_client_prepare(http);
    if (SUCCEEDED(hr))
        hr = cache_http_look(http);
    if (hr == S_FALSE)
        hr = http_request_send(http);
    else if (SUCCEEDED(hr))
        http_response_take_cached(http, TRUE);
    return hr;
}

static void http_let_go(struct inet_protocol *protocol)
{
    struct http_protocol *http = http_from_protocol(protocol);
    IHttpNegotiate *negotiate;

    AcquireSRWLockExclusive(&protocol->lock);
    negotiate = http->negotiate;
    http->negotiate = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (negotiate)
        IHttpNegotiate_Release(negotiate);
}

static void http_free(struct inet_protocol *protocol)
{
    struct http_protocol *http = http_from_protocol(protocol);

    if (http->answer)
        inet_call_release(http->answer);
    cache_http_release(http);
    http_let_go(protocol);
    for (unsigned int i = 0; http->accept && http->accept[i]; i++)
        CoTaskMemFree(http->accept[i]);
    free(http->accept);
    free(http->verb);
    free(http->headers);
    http_secret_free(http->sent_headers);
    free(http->body);
    http_upload_free(http->upload);
    http_body_free(http);
    http_certificate_forget(http);
    free(http->raw_headers);
    http_secret_free(http->user);
    http_secret_free(http->password);
    http_secret_free(http->proxy_user);
    http_secret_free(http->proxy_password);
    http_url_free(&http->url);
}

static const struct inet_scheme http_scheme = {
        .name = "http",
        .size = sizeof(struct http_protocol),
        .init = http_init,
        .start = http_start,
        .proceed = http_response_proceed,
        .read = http_body_read,
        .reads_in_turns = TRUE,
        .complete = http_response_complete,
        .detach = http_request_detach,
        .close = http_request_close,
        .let_go = http_let_go,
        .free = http_free,
        .query_option = http_query_option,
        .query_info = http_query_info,
        .cache_hints = TRUE,
};

HRESULT http_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return inet_protocol_create(&http_scheme, outer, iid, out);
}

HRESULT https_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return inet_protocol_create(&http_scheme, outer, iid, out);
}
