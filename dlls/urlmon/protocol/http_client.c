/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client says about the request before it is sent: the verb and its data, headers,
 * accepted media types. Pages: BINDINFO, IInternetBindInfo::GetBindString, IHttpNegotiate.
 */
#include "http_protocol.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "binding.h"
#include "http_headers.h"
#include "inet_session.h"
#include "trace.h"
#include "wstr.h"

#define MAX_MEDIA_TYPES 256u

/* One string of the bind information, malloc; NULL: it has none. */
static WCHAR *bind_string(struct http_protocol *http, ULONG which)
{
    IInternetBindInfo *bind_info = http->protocol.bind_info;
    WCHAR *text = NULL, *copy = NULL;
    ULONG count = 0;

    if (IInternetBindInfo_GetBindString(bind_info, which, &text, 1, &count) == S_OK && count
            && text)
        copy = wstr_dup(text);
    CoTaskMemFree(text);
    if (copy && !http_value_is_safe(copy))
    {
        free(copy);
        copy = NULL;
    }
    return copy;
}

/* The accepted media types, for HttpOpenRequest. */
static HRESULT prepare_accept(struct http_protocol *http)
{
    WCHAR **types = calloc(MAX_MEDIA_TYPES + 1, sizeof(*types));
    ULONG count = 0, used = 0;

    if (!types)
        return E_OUTOFMEMORY;
    if (FAILED(IInternetBindInfo_GetBindString(http->protocol.bind_info, BINDSTRING_ACCEPT_MIMES,
                types, MAX_MEDIA_TYPES, &count)))
        count = 0;
    if (count > MAX_MEDIA_TYPES)
        count = MAX_MEDIA_TYPES;
    for (ULONG i = 0; i < count; i++)
    {
        if (types[i] && http_value_is_safe(types[i]))
            types[used++] = types[i];
        else
            CoTaskMemFree(types[i]);
    }
    if (!used && (types[0] = CoTaskMemAlloc(4 * sizeof(WCHAR))))
        wcscpy(types[used++], L"*/*");
    types[used] = NULL;
    http->accept = types;
    return S_OK;
}

static HRESULT prepare_verb(struct http_protocol *http)
{
    const WCHAR *verb = L"GET";

    switch (http->protocol.info.dwBindVerb)
    {
    case BINDVERB_GET:
        break;
    case BINDVERB_POST:
        verb = L"POST";
        break;
    case BINDVERB_PUT:
        verb = L"PUT";
        break;
    case BINDVERB_CUSTOM:
        verb = http->protocol.info.szCustomVerb;
        if (!http_token_is_valid(verb))
            return INET_E_INVALID_REQUEST;
        break;
    default:
        return INET_E_INVALID_REQUEST;
    }
    return (http->verb = wstr_dup(verb)) ? S_OK : E_OUTOFMEMORY;
}

/* What is sent; a stream is read on its apartment's thread. */
static HRESULT prepare_body(struct http_protocol *http)
{
    const BINDINFO *info = &http->protocol.info;
    HRESULT hr;

    if (info->dwBindVerb == BINDVERB_GET)
        return S_OK;
    hr = http_upload_open(&info->stgmedData, info->cbstgmedData, FALSE, &http->body,
            &http->body_size, &http->upload);
    if (SUCCEEDED(hr) && (info->grfBindInfoF & BINDINFOF_URLENCODESTGMEDDATA)
            && (info->dwBindVerb == BINDVERB_POST || info->dwBindVerb == BINDVERB_PUT))
        hr = http_upload_url_encode(&http->body, &http->body_size, &http->upload);
    return hr;
}

static HRESULT add_bind_string(struct http_protocol *http, WCHAR **headers, const WCHAR *name,
        ULONG which, const WCHAR *otherwise)
{
    WCHAR *text = bind_string(http, which);
    HRESULT hr = S_OK;

    if (text || otherwise)
        hr = http_headers_add(headers, name, text ? text : otherwise);
    free(text);
    return hr;
}

/* The headers which the client is shown. */
static HRESULT prepare_headers(struct http_protocol *http)
{
    WCHAR language[LOCALE_NAME_MAX_LENGTH];
    WCHAR *agent = bind_string(http, BINDSTRING_USER_AGENT);
    HRESULT hr;

    if (!GetUserDefaultLocaleName(language, ARRAY_SIZE(language)))
        wcscpy(language, L"en-US");
    hr = add_bind_string(http, &http->headers, L"Accept-Encoding", BINDSTRING_ACCEPT_ENCODINGS,
            L"gzip, deflate");
    if (SUCCEEDED(hr))
        hr = add_bind_string(http, &http->headers, L"Accept-Language", BINDSTRING_LANGUAGE,
                language);
    if (!agent)
        agent = inet_session_user_agent();
    if (SUCCEEDED(hr))
        hr = agent ? http_headers_add(&http->headers, L"User-Agent", agent) : E_OUTOFMEMORY;
    free(agent);
    if (SUCCEEDED(hr) && (http->body || http->upload))
        hr = add_bind_string(http, &http->headers, L"Content-Type", BINDSTRING_POST_DATA_MIME,
                http->protocol.info.dwBindVerb == BINDVERB_POST
                        ? L"application/x-www-form-urlencoded"
                        : NULL);
    if (SUCCEEDED(hr))
        hr = add_bind_string(http, &http->headers, L"Origin", BINDSTRING_XDR_ORIGIN, NULL);
    if (SUCCEEDED(hr) && (http->protocol.flags & BINDF_PRAGMA_NO_CACHE))
        hr = http_headers_add(&http->headers, L"Pragma", L"no-cache");
    if (SUCCEEDED(hr) && (http->protocol.flags & BINDF_RESYNCHRONIZE))
        hr = http_headers_add(&http->headers, L"Cache-Control", L"no-cache");
    return hr;
}

IHttpNegotiate *http_client_negotiate(struct http_protocol *http)
{
    IHttpNegotiate *negotiate;

    AcquireSRWLockShared(&http->protocol.lock);
    if ((negotiate = http->negotiate))
        IHttpNegotiate_AddRef(negotiate);
    ReleaseSRWLockShared(&http->protocol.lock);
    return negotiate;
}

/* IHttpNegotiate::BeginningTransaction, and what the client adds. */
static HRESULT ask_negotiate(struct http_protocol *http)
{
    IHttpNegotiate *negotiate = http_client_negotiate(http);
    WCHAR *added = NULL, *merged;
    HRESULT hr;

    if (!negotiate)
        return S_OK;
    hr = IHttpNegotiate_BeginningTransaction(negotiate, http->url.text, http->headers, 0, &added);
    IHttpNegotiate_Release(negotiate);
    if (FAILED(hr) && hr != E_NOTIMPL)
    {
        CoTaskMemFree(added);
        return hr;
    }
    if (!added)
        return S_OK;
    if (!http_headers_are_safe(added))
    {
        trace("http: refused headers which would change the request");
        CoTaskMemFree(added);
        return INET_E_INVALID_REQUEST;
    }
    merged = http_headers_merge(http->headers, added);
    /* A part of an encoded body is of no use. */
    if (merged && http_headers_have(added, L"Range")
            && !http_headers_have(added, L"Accept-Encoding"))
        http_headers_remove(merged, L"Accept-Encoding");
    CoTaskMemFree(added);
    if (!merged)
        return E_OUTOFMEMORY;
    free(http->headers);
    http->headers = merged;
    return S_OK;
}

/* A binding has IHttpNegotiate for every client; for one that has none itself the answer would be
 * taken to the apartment's thread for nothing. */
static void forget_nobody(struct http_protocol *http)
{
    IUnknown *nobody;
    IHttpNegotiate *negotiate;

    if (!http->negotiate
            || !(nobody = inet_protocol_service(&http->protocol, &IID_NegotiateForNobody)))
        return;
    IUnknown_Release(nobody);
    AcquireSRWLockExclusive(&http->protocol.lock);
    negotiate = http->negotiate;
    http->negotiate = NULL;
    ReleaseSRWLockExclusive(&http->protocol.lock);
    if (negotiate)
        IHttpNegotiate_Release(negotiate);
}

/* IHttpNegotiate2::GetRootSecurityId: asked as documented; WinINet has no use for it. */
static void ask_root_security_id(struct http_protocol *http)
{
    IHttpNegotiate2 *negotiate = inet_protocol_service(&http->protocol, &IID_IHttpNegotiate2);
    BYTE id[MAX_SIZE_SECURITY_ID];
    DWORD size = sizeof(id);

    if (!negotiate)
        return;
    IHttpNegotiate2_GetRootSecurityId(negotiate, id, &size, 0);
    IHttpNegotiate2_Release(negotiate);
}

HRESULT http_client_prepare(struct http_protocol *http)
{
    HRESULT hr;

    if (FAILED(hr = prepare_verb(http)) || FAILED(hr = prepare_body(http))
            || FAILED(hr = prepare_accept(http)) || FAILED(hr = prepare_headers(http)))
        return hr;
    http->negotiate = inet_protocol_service(&http->protocol, &IID_IHttpNegotiate);
    if (FAILED(hr = ask_negotiate(http)))
        return hr;
    forget_nobody(http);
    ask_root_security_id(http);
    http_certificate_ask(http);
    return S_OK;
}
