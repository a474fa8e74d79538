/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authentication by the credentials of a job. Page: Authentication (BITS).
 *
 * A password goes only where and how the job allows it: to the job's own server or the proxy, by a
 * scheme that the job gave credentials for. Basic (RFC 7617) and Digest (RFC 7616) are answered
 * here; NTLM and Negotiate are a conversation that WinINet has.
 */
#include "transfer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wincrypt.h>
#include <wininet.h>

#include "wstr.h"

static void challenge_clear(struct http_challenge *challenge)
{
    free(challenge->realm);
    free(challenge->nonce);
    free(challenge->opaque);
    memset(challenge, 0, sizeof(*challenge));
}

void http_auth_free(struct http_auth *auth)
{
    challenge_clear(&auth->server);
    challenge_clear(&auth->proxy);
    url_free(&auth->origin);
}

void http_auth_accepted(struct http_auth *auth)
{
    auth->server.accepted = auth->server.scheme != 0;
    auth->proxy.accepted = auth->proxy.scheme != 0;
}

static const struct transfer_credentials *find_credentials(const struct transfer_request *request,
        BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    UINT32 i;

    for (i = 0; i < request->credential_count; i++)
    {
        const struct transfer_credentials *credentials = &request->credentials[i];

        if (credentials->target != target || credentials->scheme != scheme)
            continue;
        if (!credentials->user && scheme != BG_AUTH_SCHEME_NTLM
                && scheme != BG_AUTH_SCHEME_NEGOTIATE)
            continue;
        return credentials;
    }
    return NULL;
}

static char *to_utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text ? text : L"", -1, NULL, 0, NULL, NULL);
    char *utf8 = size > 0 ? malloc(size) : NULL;

    if (utf8)
        WideCharToMultiByte(CP_UTF8, 0, text ? text : L"", -1, utf8, size, NULL, NULL);
    return utf8;
}

static void free_secret(char *text)
{
    if (text)
        SecureZeroMemory(text, strlen(text));
    free(text);
}

/* ---- reading challenges ---- */

static BOOL is_token_char(WCHAR c)
{
    return c > 0x20 && c < 0x7f && !wcschr(L"()<>@,;:\\\"/[]?={}", c);
}

/* One "name=value" or "name="value"" at *at, the value unquoted into `value`. FALSE: there is none;
 * then *at stands on what may be the next scheme, or the end. */
static BOOL next_parameter(const WCHAR **at, const WCHAR **name, size_t *name_length, WCHAR *value)
{
    const WCHAR *p = *at;

    while (*p == ' ' || *p == '\t' || *p == ',')
        p++;
    *at = *name = p;
    while (is_token_char(*p))
        p++;
    *name_length = p - *name;
    while (*p == ' ' || *p == '\t')
        p++;
    if (!*name_length || *p != '=')
        return FALSE;
    for (p++; *p == ' ' || *p == '\t'; p++)
        ;
    if (*p == '"')
    {
        for (p++; *p && *p != '"'; p++)
        {
            if (*p == '\\' && p[1])
                p++;
            *value++ = *p;
        }
        if (*p)
            p++;
    }
    else
    {
        while (*p && *p != ',' && *p != ' ' && *p != '\t')
            *value++ = *p++;
    }
    *value = 0;
    *at = p;
    return TRUE;
}

static BOOL is_name(const WCHAR *name, size_t length, const WCHAR *wanted)
{
    return wcslen(wanted) == length && !_wcsnicmp(name, wanted, length);
}

static BOOL has_auth(const WCHAR *list)
{
    while (*list)
    {
        size_t length;

        list += wcsspn(list, L", \t");
        length = wcscspn(list, L", \t");
        if (is_name(list, length, L"auth"))
            return TRUE;
        list += length;
    }
    return FALSE;
}

/* The parameters of a Digest challenge. FALSE: not one that can be answered. */
static BOOL parse_digest(const WCHAR **at, struct http_challenge *challenge, BOOL *stale)
{
    WCHAR *value = malloc((wcslen(*at) + 1) * sizeof(WCHAR));
    BOOL good = value != NULL, has_qop = FALSE;
    const WCHAR *name;
    size_t length;

    challenge->scheme = BG_AUTH_SCHEME_DIGEST;
    while (value && next_parameter(at, &name, &length, value))
    {
        char **slot = NULL;

        if (is_name(name, length, L"realm"))
            slot = &challenge->realm;
        else if (is_name(name, length, L"nonce"))
            slot = &challenge->nonce;
        else if (is_name(name, length, L"opaque"))
            slot = &challenge->opaque;
        else if (is_name(name, length, L"stale"))
            *stale = !_wcsicmp(value, L"true");
        else if (is_name(name, length, L"qop"))
        {
            has_qop = TRUE;
            challenge->qop = has_auth(value);
        }
        else if (is_name(name, length, L"algorithm"))
        {
            challenge->sha256 = !_wcsnicmp(value, L"SHA-256", 7);
            challenge->session =
                    wcslen(value) > 5 && !_wcsicmp(value + wcslen(value) - 5, L"-sess");
            if (_wcsicmp(value, L"MD5") && _wcsicmp(value, L"MD5-sess")
                    && _wcsicmp(value, L"SHA-256") && _wcsicmp(value, L"SHA-256-sess"))
                good = FALSE;
        }
        if (slot)
        {
            free(*slot);
            *slot = to_utf8(value);
            if (!*slot || strpbrk(*slot, "\"\\"))
                good = FALSE;
        }
    }
    free(value);
    return good && challenge->realm && challenge->nonce && (!has_qop || challenge->qop);
}

static unsigned int scheme_strength(BG_AUTH_SCHEME scheme)
{
    switch (scheme)
    {
    case BG_AUTH_SCHEME_NEGOTIATE:
        return 4;
    case BG_AUTH_SCHEME_NTLM:
        return 3;
    case BG_AUTH_SCHEME_DIGEST:
        return 2;
    case BG_AUTH_SCHEME_BASIC:
        return 1;
    default:
        return 0;
    }
}

/* Finds the best scheme that is offered and that the job has credentials for. */
static void choose_challenge(const struct transfer_request *request, BG_AUTH_TARGET target,
        const WCHAR *headers, struct http_challenge *best, BOOL *best_stale)
{
    const WCHAR *header =
            target == BG_AUTH_TARGET_PROXY ? L"Proxy-Authenticate" : L"WWW-Authenticate";
    BOOL basic_offered = FALSE;
    unsigned int i;
    WCHAR *text;

    memset(best, 0, sizeof(*best));
    for (i = 0; i < 16 && (text = http_response_header(headers, header, i)); i++)
    {
        const WCHAR *at = text, *name;
        size_t length;

        while (*at)
        {
            struct http_challenge offer = {0};
            WCHAR *ignored;
            BOOL good = TRUE, stale = FALSE;

            while (*at == ' ' || *at == '\t' || *at == ',')
                at++;
            name = at;
            while (is_token_char(*at))
                at++;
            if (!(length = at - name))
                break;
            if (is_name(name, length, L"Digest"))
            {
                good = parse_digest(&at, &offer, &stale);
            }
            else
            {
                if (is_name(name, length, L"Basic"))
                    offer.scheme = BG_AUTH_SCHEME_BASIC;
                else if (is_name(name, length, L"NTLM"))
                    offer.scheme = BG_AUTH_SCHEME_NTLM;
                else if (is_name(name, length, L"Negotiate"))
                    offer.scheme = BG_AUTH_SCHEME_NEGOTIATE;
                if ((ignored = malloc((wcslen(at) + 1) * sizeof(WCHAR))))
                {
                    while (next_parameter(&at, &name, &length, ignored))
                        ;
                }
                good = ignored != NULL;
                free(ignored);
            }
            if (offer.scheme == BG_AUTH_SCHEME_BASIC)
                basic_offered = TRUE;
            if (good && scheme_strength(offer.scheme) > scheme_strength(best->scheme)
                    && find_credentials(request, target, offer.scheme))
            {
                challenge_clear(best);
                *best = offer;
                *best_stale = stale;
            }
            else
            {
                challenge_clear(&offer);
            }
        }
        free(text);
    }
    /* WinINet would choose for itself, and might send the password in clear. */
    if (basic_offered && scheme_strength(best->scheme) > scheme_strength(BG_AUTH_SCHEME_DIGEST)
            && !find_credentials(request, target, BG_AUTH_SCHEME_BASIC))
        challenge_clear(best);
}

BOOL http_auth_answer(struct http_auth *auth, const struct transfer_request *request,
        const struct url *url, BOOL own_server, unsigned int status, const WCHAR *headers)
{
    BG_AUTH_TARGET target = status == 407 ? BG_AUTH_TARGET_PROXY : BG_AUTH_TARGET_SERVER;
    struct http_challenge *current = status == 407 ? &auth->proxy : &auth->server, offer;
    BOOL stale = FALSE, refused;

    if (status == 401 && !own_server)
        return FALSE;
    if (status == 401 && !url_same_origin(&auth->origin, url))
        challenge_clear(current);
    choose_challenge(request, target, headers, &offer, &stale);
    if (!offer.scheme)
        return FALSE;
    /* The same again means no, unless it was good before (a nonce that ran out, say). */
    refused = current->scheme == offer.scheme && !current->accepted && !stale;
    challenge_clear(current);
    if (refused)
    {
        challenge_clear(&offer);
        return FALSE;
    }
    *current = offer;
    if (status == 401)
    {
        url_free(&auth->origin);
        auth->origin.scheme = url->scheme;
        auth->origin.port = url->port;
        if (!(auth->origin.host = wstr_dup(url->host)))
            challenge_clear(current);
    }
    return current->scheme != 0;
}

/* ---- answering ---- */

/* Hashes the concatenated strings (ended by NULL) to lower-case hexadecimal. */
static BOOL hash_hex(HCRYPTPROV provider, ALG_ID algorithm, char hex[65], const char *const *parts)
{
    static const char digits[] = "0123456789abcdef";
    BYTE value[32];
    DWORD size = sizeof(value), i;
    HCRYPTHASH hash;
    BOOL good = TRUE;

    if (!CryptCreateHash(provider, algorithm, 0, 0, &hash))
        return FALSE;
    for (; *parts && good; parts++)
        good = CryptHashData(hash, (const BYTE *)*parts, (DWORD)strlen(*parts), 0);
    good = good && CryptGetHashParam(hash, HP_HASHVAL, value, &size, 0);
    CryptDestroyHash(hash);
    for (i = 0; good && i < size; i++)
    {
        hex[2 * i] = digits[value[i] >> 4];
        hex[2 * i + 1] = digits[value[i] & 15];
    }
    if (good)
        hex[2 * size] = 0;
    return good;
}

/* RFC 7616, 3.4. */
static char *digest_answer(struct http_challenge *challenge,
        const struct transfer_credentials *credentials, const char *uri)
{
    char *user = to_utf8(credentials->user), *password = to_utf8(credentials->password);
    char a1[65], a2[65], response[65], cnonce[17], count[9], *text = NULL;
    ALG_ID algorithm = challenge->sha256 ? CALG_SHA_256 : CALG_MD5;
    HCRYPTPROV provider = 0;
    BYTE random[8];
    size_t size, i;
    BOOL good;

    good = user && password && !strpbrk(user, "\"\\\r\n")
            && CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT)
            && CryptGenRandom(provider, sizeof(random), random);
    if (good)
    {
        for (i = 0; i < sizeof(random); i++)
            snprintf(cnonce + 2 * i, 3, "%02x", random[i]);
        snprintf(count, sizeof(count), "%08x", (unsigned int)++challenge->count);
        good = hash_hex(provider, algorithm, a1,
                       (const char *[]){user, ":", challenge->realm, ":", password, NULL})
                && hash_hex(provider, algorithm, a2, (const char *[]){"GET:", uri, NULL});
    }
    if (good && challenge->session)
    {
        char base[65];

        strcpy(base, a1);
        good = hash_hex(provider, algorithm, a1,
                (const char *[]){base, ":", challenge->nonce, ":", cnonce, NULL});
    }
    if (good && challenge->qop)
        good = hash_hex(provider, algorithm, response,
                (const char *[]){a1, ":", challenge->nonce, ":", count, ":", cnonce, ":auth:", a2,
                        NULL});
    else if (good)
        good = hash_hex(provider, algorithm, response,
                (const char *[]){a1, ":", challenge->nonce, ":", a2, NULL});
    if (good)
    {
        size = strlen(user) + strlen(challenge->realm) + strlen(challenge->nonce) + strlen(uri)
                + (challenge->opaque ? strlen(challenge->opaque) : 0) + 320;
        if ((text = malloc(size)))
        {
            int used = snprintf(text, size,
                    "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
                    "algorithm=%s%s, response=\"%s\"",
                    user, challenge->realm, challenge->nonce, uri,
                    challenge->sha256 ? "SHA-256" : "MD5", challenge->session ? "-sess" : "",
                    response);

            if (challenge->qop || challenge->session)
                used += snprintf(text + used, size - used, ", cnonce=\"%s\"", cnonce);
            if (challenge->qop)
                used += snprintf(text + used, size - used, ", qop=auth, nc=%s", count);
            if (challenge->opaque)
                snprintf(text + used, size - used, ", opaque=\"%s\"", challenge->opaque);
        }
    }
    if (provider)
        CryptReleaseContext(provider, 0);
    free(user);
    free_secret(password);
    return text;
}

static char *basic_answer(const struct transfer_credentials *credentials)
{
    char *user = to_utf8(credentials->user), *password = to_utf8(credentials->password);
    char *pair = NULL, *text = NULL;
    size_t size;
    DWORD length;

    if (user && password && !strchr(user, ':'))
    {
        size = strlen(user) + strlen(password) + 2;
        length = (DWORD)(size * 2 + 16);
        pair = malloc(size);
        text = malloc(length + 8);
        if (pair && text)
        {
            snprintf(pair, size, "%s:%s", user, password);
            strcpy(text, "Basic ");
            if (!CryptBinaryToStringA((const BYTE *)pair, (DWORD)size - 1,
                        CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, text + 6, &length))
                text[0] = 0;
        }
        else
        {
            free(text);
            text = NULL;
        }
    }
    free(user);
    free_secret(password);
    free_secret(pair);
    return text;
}

/* The answer to one challenge; NULL: none to send as a header. */
static char *challenge_answer(struct http_challenge *challenge,
        const struct transfer_credentials *credentials, const struct url *url)
{
    char *uri, *text;

    if (challenge->scheme == BG_AUTH_SCHEME_BASIC)
        return basic_answer(credentials);
    if (challenge->scheme != BG_AUTH_SCHEME_DIGEST || !(uri = to_utf8(url->path)))
        return NULL;
    text = digest_answer(challenge, credentials, uri);
    free(uri);
    return text;
}

static HRESULT append_header(WCHAR **headers, const WCHAR *name, char *answer)
{
    size_t used = wcslen(*headers), size;
    WCHAR *grown;
    int length;

    if (!answer)
        return S_OK;
    length = MultiByteToWideChar(CP_UTF8, 0, answer, -1, NULL, 0);
    size = used + wcslen(name) + length + 4;
    if (!(grown = realloc(*headers, size * sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    *headers = grown;
    wcscpy(grown + used, name);
    used += wcslen(name);
    MultiByteToWideChar(CP_UTF8, 0, answer, -1, grown + used, length);
    wcscat(grown, L"\r\n");
    return S_OK;
}

HRESULT http_auth_apply(struct http_auth *auth, const struct transfer_request *request,
        const struct url *url, BOOL own_server, struct http_send *send, WCHAR **headers)
{
    const struct transfer_credentials *credentials;
    HRESULT hr = S_OK;
    char *answer;

    if (!(*headers = wstr_dup(L"")))
        return E_OUTOFMEMORY;
    if (auth->proxy.scheme)
    {
        credentials = find_credentials(request, BG_AUTH_TARGET_PROXY, auth->proxy.scheme);
        if (!credentials)
        {
            challenge_clear(&auth->proxy);
        }
        else if (scheme_strength(auth->proxy.scheme) > scheme_strength(BG_AUTH_SCHEME_DIGEST))
        {
            send->automatic_authentication = TRUE;
            send->proxy_user = credentials->user;
            send->proxy_password = credentials->password;
        }
        else
        {
            answer = challenge_answer(&auth->proxy, credentials, url);
            hr = append_header(headers, L"Proxy-Authorization: ", answer);
            free_secret(answer);
        }
    }
    if (SUCCEEDED(hr) && auth->server.scheme && own_server && url_same_origin(&auth->origin, url))
    {
        credentials = find_credentials(request, BG_AUTH_TARGET_SERVER, auth->server.scheme);
        if (!credentials)
        {
            challenge_clear(&auth->server);
        }
        else if (scheme_strength(auth->server.scheme) > scheme_strength(BG_AUTH_SCHEME_DIGEST))
        {
            send->automatic_authentication = TRUE;
            send->user = credentials->user;
            send->password = credentials->password;
        }
        else
        {
            answer = challenge_answer(&auth->server, credentials, url);
            hr = append_header(headers, L"Authorization: ", answer);
            free_secret(answer);
        }
    }
    if (FAILED(hr))
    {
        free(*headers);
        *headers = NULL;
    }
    return hr;
}
