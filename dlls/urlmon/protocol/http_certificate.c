/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client's certificate for https: IHttpNegotiate3, which is asked in Start, on the bound thread.
 * Pages: "IHttpNegotiate3 interface" (platform-apis/dd433052), CertAddSerializedElementToStore,
 * INTERNET_OPTION_CLIENT_CERT_CONTEXT.
 *
 * Wine's WinINet does not know that option (ERROR_INTERNET_INVALID_OPTION): nothing is sent then,
 * and a server that insists on a certificate ends the connection.
 */
#include "http_protocol.h"

#include <string.h>
#include <wincrypt.h>

#include "trace.h"

#define SERIALIZED_MAX (1u << 20) /* bytes */

/* A property of a serialized element: this, and its value. The certificate itself comes behind the
 * others, and nothing counts after it. */
struct element_property
{
    DWORD id, reserved, size;
};

#define PROPERTY_CERTIFICATE 32u

/* Whether the lengths are right: crypt32 does not compare all of them with what there is. */
static BOOL is_whole(const BYTE *data, DWORD size)
{
    struct element_property property;

    while (size >= sizeof(property))
    {
        memcpy(&property, data, sizeof(property));
        data += sizeof(property);
        size -= sizeof(property);
        if (property.size > size)
            return FALSE;
        if (property.id == PROPERTY_CERTIFICATE)
            return TRUE;
        data += property.size;
        size -= property.size;
    }
    return FALSE;
}

/* What CertSerializeCertificateStoreElement has made of a certificate; NULL: it is none. */
static const CERT_CONTEXT *read_certificate(const BYTE *data, DWORD size)
{
    const void *context = NULL;
    DWORD type = 0;

    if (size > SERIALIZED_MAX || !is_whole(data, size)
            || !CertAddSerializedElementToStore(NULL, data, size, CERT_STORE_ADD_ALWAYS, 0,
                    CERT_STORE_CERTIFICATE_CONTEXT_FLAG, &type, &context))
        return NULL;
    return context;
}

void http_certificate_ask(struct http_protocol *http)
{
    IHttpNegotiate3 *negotiate;
    BYTE *data = NULL;
    DWORD size = 0;
    HRESULT hr;

    if (!http->url.secure
            || !(negotiate = inet_protocol_service(&http->protocol, &IID_IHttpNegotiate3)))
        return;
    hr = IHttpNegotiate3_GetSerializedClientCertContext(negotiate, &data, &size);
    IHttpNegotiate3_Release(negotiate);
    if (SUCCEEDED(hr) && data && !(http->certificate = read_certificate(data, size)))
        trace("http %p: the client's certificate is none, error %lu", (void *)http, GetLastError());
    CoTaskMemFree(data);
}

void http_certificate_use(struct http_protocol *http, struct inet_call *call)
{
    if (http->certificate
            && !InternetSetOptionW(call->request, INTERNET_OPTION_CLIENT_CERT_CONTEXT,
                    (void *)http->certificate, sizeof(*http->certificate)))
        trace("http %p: WinINet takes no client's certificate, error %lu", (void *)http,
                GetLastError());
}

void http_certificate_forget(struct http_protocol *http)
{
    if (http->certificate)
        CertFreeCertificateContext(http->certificate);
    http->certificate = NULL;
}
