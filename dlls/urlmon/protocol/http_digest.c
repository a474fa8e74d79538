/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_digest.h"

#include <bcrypt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_object.h"

#define HEADER_MAX 8192u /* characters; what is behind is not looked at */
#define HASH_MAX 32u     /* bytes */

/* Hashes. bcrypt.dll is loaded when one is wanted for the first time. */

struct bcrypt
{
    NTSTATUS(WINAPI *open)(BCRYPT_ALG_HANDLE *, LPCWSTR, LPCWSTR, ULONG);
    NTSTATUS(WINAPI *close)(BCRYPT_ALG_HANDLE, ULONG);
    NTSTATUS(WINAPI *create)
    (BCRYPT_ALG_HANDLE, BCRYPT_HASH_HANDLE *, UCHAR *, ULONG, UCHAR *, ULONG, ULONG);
    NTSTATUS(WINAPI *data)(BCRYPT_HASH_HANDLE, UCHAR *, ULONG, ULONG);
    NTSTATUS(WINAPI *finish)(BCRYPT_HASH_HANDLE, UCHAR *, ULONG, ULONG);
    NTSTATUS(WINAPI *destroy)(BCRYPT_HASH_HANDLE);
    NTSTATUS(WINAPI *random)(BCRYPT_ALG_HANDLE, UCHAR *, ULONG, ULONG);
};

static const struct bcrypt *bcrypt_get(void)
{
    static struct bcrypt functions;
    static volatile LONG loaded; /* 1: yes, -1: in vain */
    static HMODULE module;       /* for good */
    BOOL all;

    if (loaded)
        return loaded > 0 ? &functions : NULL;
    module = LoadLibraryExW(L"bcrypt.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    all = module && (functions.open = (void *)GetProcAddress(module, "BCryptOpenAlgorithmProvider"))
            && (functions.close = (void *)GetProcAddress(module, "BCryptCloseAlgorithmProvider"))
            && (functions.create = (void *)GetProcAddress(module, "BCryptCreateHash"))
            && (functions.data = (void *)GetProcAddress(module, "BCryptHashData"))
            && (functions.finish = (void *)GetProcAddress(module, "BCryptFinishHash"))
            && (functions.destroy = (void *)GetProcAddress(module, "BCryptDestroyHash"))
            && (functions.random = (void *)GetProcAddress(module, "BCryptGenRandom"));
    InterlockedExchange(&loaded, all ? 1 : -1);
    return all ? &functions : NULL;
}

/* The hash of the parts with ':' between them, in hexadecimal. */
static BOOL hash_parts(BOOL sha256, char hex[HASH_MAX * 2 + 1], unsigned int count, ...)
{
    const struct bcrypt *bcrypt = bcrypt_get();
    ULONG size = sha256 ? 32 : 16;
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    BYTE value[HASH_MAX];
    BOOL good;
    va_list parts;

    if (!bcrypt
            || bcrypt->open(&algorithm, sha256 ? BCRYPT_SHA256_ALGORITHM : BCRYPT_MD5_ALGORITHM,
                    NULL, 0))
        return FALSE;
    good = !bcrypt->create(algorithm, &hash, NULL, 0, NULL, 0, 0);
    if (good)
    {
        va_start(parts, count);
        for (unsigned int i = 0; i < count && good; i++)
        {
            const char *part = va_arg(parts, const char *);

            good = (!i || !bcrypt->data(hash, (UCHAR *)":", 1, 0))
                    && !bcrypt->data(hash, (UCHAR *)part, (ULONG)strlen(part), 0);
        }
        va_end(parts);
        good = !bcrypt->finish(hash, value, size, 0) && good;
        bcrypt->destroy(hash);
    }
    bcrypt->close(algorithm, 0);
    for (ULONG i = 0; good && i < size; i++)
        snprintf(hex + i * 2, 3, "%02x", value[i]);
    SecureZeroMemory(value, sizeof(value));
    return good;
}

static BOOL make_client_nonce(char hex[33])
{
    const struct bcrypt *bcrypt = bcrypt_get();
    BYTE bytes[16];

    if (!bcrypt || bcrypt->random(NULL, bytes, sizeof(bytes), BCRYPT_USE_SYSTEM_PREFERRED_RNG))
        return FALSE;
    for (unsigned int i = 0; i < sizeof(bytes); i++)
        snprintf(hex + i * 2, 3, "%02x", bytes[i]);
    return TRUE;
}

/* Challenges */

struct reader
{
    const WCHAR *at, *end;
};

static BOOL is_token_char(WCHAR c)
{
    return c > ' ' && c < 127 && !wcschr(L"()<>@,;:\\\"/[]?={}", c);
}

static void skip_spaces(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
        reader->at++;
}

static void skip_to_comma(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != ',')
        reader->at++;
}

/* A token, cut where it is longer than there is room. FALSE: there is none. */
static BOOL read_token(struct reader *reader, char *text, size_t room)
{
    size_t length = 0;

    for (; reader->at < reader->end && is_token_char(*reader->at); reader->at++)
    {
        if (length + 1 < room)
            text[length++] = (char)*reader->at;
    }
    text[length] = 0;
    return length > 0;
}

/* A token or a quoted text. FALSE: it is neither, or does not fit. */
static BOOL read_value(struct reader *reader, char text[HTTP_DIGEST_TEXT])
{
    size_t length = 0;
    WCHAR c;

    if (reader->at == reader->end || *reader->at != '"')
        return read_token(reader, text, HTTP_DIGEST_TEXT) && strlen(text) < HTTP_DIGEST_TEXT - 1;
    for (reader->at++; reader->at < reader->end; reader->at++)
    {
        c = *reader->at;
        if (c == '"')
        {
            reader->at++;
            text[length] = 0;
            return TRUE;
        }
        if (c == '\\' && ++reader->at < reader->end)
            c = *reader->at;
        if (c < ' ' || c == 127 || c > 255 || length + 1 >= HTTP_DIGEST_TEXT)
            return FALSE;
        text[length++] = (char)c;
    }
    return FALSE;
}

/* Whether a list "auth, auth-int" has a word. */
static BOOL list_has(const char *list, const char *word)
{
    size_t size = strlen(word), length;

    for (; *list; list += length)
    {
        list += strspn(list, " \t,");
        length = strcspn(list, " \t,");
        if (length == size && !_strnicmp(list, word, size))
            return TRUE;
    }
    return FALSE;
}

/* A challenge as it is read. */
struct challenge
{
    struct http_digest digest;
    BOOL is_digest, broken, has_realm;
};

static void take_algorithm(struct challenge *challenge, const char *name)
{
    size_t length = strlen(name);

    challenge->digest.session = length > 5 && !_stricmp(name + length - 5, "-sess");
    if (challenge->digest.session)
        length -= 5;
    challenge->digest.sha256 = length == 7 && !_strnicmp(name, "SHA-256", 7);
    if (!challenge->digest.sha256 && (length != 3 || _strnicmp(name, "MD5", 3)))
        challenge->broken = TRUE;
}

static void take_parameter(struct challenge *challenge, const char *name, const char *value)
{
    struct http_digest *digest = &challenge->digest;

    if (!_stricmp(name, "realm"))
    {
        strcpy(digest->realm, value);
        challenge->has_realm = TRUE;
    }
    else if (!_stricmp(name, "nonce"))
        strcpy(digest->nonce, value);
    else if (!_stricmp(name, "opaque"))
        strcpy(digest->opaque, value);
    else if (!_stricmp(name, "stale"))
        digest->stale = !_stricmp(value, "true");
    else if (!_stricmp(name, "algorithm"))
        take_algorithm(challenge, value);
    else if (!_stricmp(name, "charset"))
        digest->utf8 = !_stricmp(value, "UTF-8");
    else if (!_stricmp(name, "userhash"))
        digest->user_hash = !_stricmp(value, "true");
    else if (!_stricmp(name, "qop"))
    {
        digest->qop = list_has(value, "auth");
        challenge->broken = challenge->broken || !digest->qop;
    }
}

/* The challenge is at its end: keeps it if it is the best. */
static void keep_challenge(struct challenge *challenge, struct http_digest *best)
{
    struct http_digest *digest = &challenge->digest;

    if (challenge->is_digest && !challenge->broken && challenge->has_realm && digest->nonce[0]
            && (!digest->session || digest->qop)
            && (!best->known || (digest->sha256 && !best->sha256)))
    {
        *best = *digest;
        best->known = TRUE;
    }
    memset(challenge, 0, sizeof(*challenge));
}

static unsigned int scheme_of(const char *name)
{
    if (!_stricmp(name, "Basic"))
        return HTTP_SCHEME_BASIC;
    if (!_stricmp(name, "Digest"))
        return HTTP_SCHEME_DIGEST;
    if (!_stricmp(name, "NTLM") || !_stricmp(name, "Negotiate"))
        return HTTP_SCHEME_WINDOWS;
    return HTTP_SCHEME_OTHER;
}

unsigned int http_digest_read(const WCHAR *header, struct http_digest *digest)
{
    struct reader reader = {header, header + wcsnlen(header, HEADER_MAX)};
    char name[64], value[HTTP_DIGEST_TEXT];
    struct challenge *challenge = calloc(1, sizeof(*challenge));
    unsigned int schemes = 0, scheme;

    while (challenge && reader.at < reader.end)
    {
        skip_spaces(&reader);
        if (!read_token(&reader, name, sizeof(name)))
        {
            skip_to_comma(&reader);
            if (reader.at < reader.end)
                reader.at++;
            continue;
        }
        skip_spaces(&reader);
        if (reader.at == reader.end || *reader.at != '=')
        {
            keep_challenge(challenge, digest);
            schemes |= scheme = scheme_of(name);
            challenge->is_digest = scheme == HTTP_SCHEME_DIGEST;
            continue;
        }
        reader.at++;
        skip_spaces(&reader);
        if (read_value(&reader, value))
            take_parameter(challenge, name, value);
        else
            challenge->broken = TRUE;
        skip_to_comma(&reader);
    }
    if (challenge)
        keep_challenge(challenge, digest);
    free(challenge);
    return schemes;
}

/* Answers */

/* Text as the server wants it; free() it. NULL: out of memory, or it cannot be said so. */
static char *to_bytes(const WCHAR *text, BOOL utf8)
{
    int size = WideCharToMultiByte(utf8 ? CP_UTF8 : 28591, 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = size > 0 ? malloc((size_t)size) : NULL;

    if (bytes && !WideCharToMultiByte(utf8 ? CP_UTF8 : 28591, 0, text, -1, bytes, size, NULL, NULL))
    {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static void secret_free(char *text)
{
    if (text)
        SecureZeroMemory(text, strlen(text));
    free(text);
}

/* The header as it is made: bounded, characters of a byte each. */
struct writer
{
    WCHAR *text;
    size_t length, room;
    BOOL full;
};

static void put(struct writer *writer, char c)
{
    if (writer->length + 1 < writer->room)
        writer->text[writer->length++] = (BYTE)c;
    else
        writer->full = TRUE;
}

static void put_text(struct writer *writer, const char *text)
{
    while (*text)
        put(writer, *text++);
}

/* name="value", with a comma before it unless it is the first. */
static void put_quoted(struct writer *writer, const char *name, const char *value)
{
    put_text(writer, name);
    put_text(writer, "=\"");
    for (; *value; value++)
    {
        if (*value == '"' || *value == '\\')
            put(writer, '\\');
        put(writer, *value);
    }
    put(writer, '"');
}

/* Each in hexadecimal. */
struct hashes
{
    char user[HASH_MAX * 2 + 1], first[HASH_MAX * 2 + 1], second[HASH_MAX * 2 + 1];
    char response[HASH_MAX * 2 + 1], client_nonce[33], count[9];
};

static BOOL make_hashes(const struct http_digest *digest, const char *user, const char *password,
        const char *verb, const char *uri, struct hashes *hashes)
{
    BOOL sha256 = digest->sha256;
    BOOL good;

    snprintf(hashes->count, sizeof(hashes->count), "%08x", digest->count);
    good = make_client_nonce(hashes->client_nonce)
            && hash_parts(sha256, hashes->user, 2, user, digest->realm)
            && hash_parts(sha256, hashes->first, 3, user, digest->realm, password)
            && hash_parts(sha256, hashes->second, 2, verb, uri);
    if (good && digest->session)
        good = hash_parts(sha256, hashes->first, 3, hashes->first, digest->nonce,
                hashes->client_nonce);
    if (!good)
        return FALSE;
    if (!digest->qop)
        return hash_parts(sha256, hashes->response, 3, hashes->first, digest->nonce,
                hashes->second);
    return hash_parts(sha256, hashes->response, 6, hashes->first, digest->nonce, hashes->count,
            hashes->client_nonce, "auth", hashes->second);
}

static void write_answer(struct writer *writer, const struct http_digest *digest, const char *user,
        const char *uri, const struct hashes *hashes)
{
    put_text(writer, "Digest ");
    put_quoted(writer, "username", digest->user_hash ? hashes->user : user);
    put_quoted(writer, ", realm", digest->realm);
    put_quoted(writer, ", nonce", digest->nonce);
    put_quoted(writer, ", uri", uri);
    put_text(writer, ", algorithm=");
    put_text(writer, digest->sha256 ? "SHA-256" : "MD5");
    put_text(writer, digest->session ? "-sess" : "");
    put_quoted(writer, ", response", hashes->response);
    if (digest->qop)
    {
        put_text(writer, ", qop=auth, nc=");
        put_text(writer, hashes->count);
        put_quoted(writer, ", cnonce", hashes->client_nonce);
    }
    if (digest->opaque[0])
        put_quoted(writer, ", opaque", digest->opaque);
    if (digest->user_hash)
        put_text(writer, ", userhash=true");
    writer->text[writer->length] = 0;
}

static BOOL is_clean(const char *text)
{
    for (; *text; text++)
    {
        if ((BYTE)*text < ' ' || *text == 127)
            return FALSE;
    }
    return TRUE;
}

HRESULT http_digest_answer(struct http_digest *digest, const WCHAR *user, const WCHAR *password,
        const WCHAR *verb, const WCHAR *uri, WCHAR **out)
{
    char *user_bytes = to_bytes(user, digest->utf8),
         *password_bytes = to_bytes(password, digest->utf8);
    char *verb_bytes = to_bytes(verb, TRUE), *uri_bytes = to_bytes(uri, TRUE);
    struct writer writer = {NULL, 0, 4 * HTTP_DIGEST_TEXT * 2 + 1024, FALSE};
    struct hashes hashes = {0};
    HRESULT hr = S_OK;

    *out = NULL;
    if (!user_bytes || !password_bytes || !verb_bytes || !uri_bytes)
        hr = E_OUTOFMEMORY;
    else if (!is_clean(user_bytes) || strlen(user_bytes) >= HTTP_DIGEST_TEXT)
        hr = E_INVALIDARG;
    if (SUCCEEDED(hr) && uri_bytes)
    {
        digest->count++;
        writer.room += strlen(uri_bytes) * 2;
        if (!make_hashes(digest, user_bytes, password_bytes, verb_bytes, uri_bytes, &hashes))
            hr = E_FAIL;
        else if (!(writer.text = malloc(writer.room * sizeof(WCHAR))))
            hr = E_OUTOFMEMORY;
    }
    if (SUCCEEDED(hr))
    {
        write_answer(&writer, digest, user_bytes, uri_bytes, &hashes);
        if (writer.full)
            hr = E_INVALIDARG;
        else
            *out = writer.text;
    }
    if (FAILED(hr))
        free(writer.text);
    secret_free(user_bytes);
    secret_free(password_bytes);
    free(verb_bytes);
    free(uri_bytes);
    return hr;
}
