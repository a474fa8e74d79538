/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digest authentication (RFC 7616, and RFC 2069 of servers without qop): MD5 and SHA-256, each also
 * with "-sess", qop auth. Challenges are a server's and may say anything: all sizes are bounded.
 */
#ifndef CONCIERGE_HTTP_DIGEST_H
#define CONCIERGE_HTTP_DIGEST_H

#include <windows.h>

#define HTTP_DIGEST_TEXT 512u /* of each value, with its zero */

/* What the challenges of an answer offer: a set. */
enum http_scheme
{
    HTTP_SCHEME_BASIC = 1,
    HTTP_SCHEME_DIGEST = 2,
    HTTP_SCHEME_WINDOWS = 4, /* NTLM or Negotiate */
    HTTP_SCHEME_OTHER = 8,
};

struct http_digest
{
    BOOL known; /* there is a challenge that can be answered */
    BOOL stale; /* the credentials were right, the nonce too old */
    BOOL sha256, session, qop, utf8, user_hash;
    unsigned int count; /* answers with this nonce */
    char realm[HTTP_DIGEST_TEXT], nonce[HTTP_DIGEST_TEXT], opaque[HTTP_DIGEST_TEXT];
};

/* Reads one WWW-Authenticate or Proxy-Authenticate header, which may hold several challenges, and
 * puts the strongest Digest challenge into `digest` unless that has a stronger one already.
 * Returns the http_schemes it has seen. */
unsigned int http_digest_read(const WCHAR *header, struct http_digest *digest);

/* The value of Authorization or Proxy-Authorization; free() it. S_OK, E_OUTOFMEMORY, E_INVALIDARG:
 * the user's name cannot be sent, E_FAIL: there is no such hash here. */
HRESULT http_digest_answer(struct http_digest *digest, const WCHAR *user, const WCHAR *password,
        const WCHAR *verb, const WCHAR *uri, WCHAR **out);

#endif
