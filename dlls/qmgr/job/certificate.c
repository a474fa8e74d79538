/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "certificate.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <wincrypt.h>

/* The subject as SetClientCertificateByName wants it: values alone, comma-separated, last part
 * first. */
static WCHAR *context_subject(const CERT_CONTEXT *context)
{
    const DWORD format = CERT_SIMPLE_NAME_STR | CERT_NAME_STR_REVERSE_FLAG;
    CERT_NAME_BLOB *name = &context->pCertInfo->Subject;
    DWORD size = CertNameToStrW(X509_ASN_ENCODING, name, format, NULL, 0);
    WCHAR *text = calloc(size + 1, sizeof(WCHAR));

    if (text && size)
        CertNameToStrW(X509_ASN_ENCODING, name, format, text, size);
    return text;
}

/* A certificate without a list of usages is good for all of them. */
static BOOL context_is_for_clients(const CERT_CONTEXT *context)
{
    CERT_ENHKEY_USAGE *usage;
    BOOL found = FALSE;
    DWORD size = 0;

    if (!CertGetEnhancedKeyUsage(context, 0, NULL, &size) || !(usage = calloc(1, size)))
        return TRUE;
    if (!CertGetEnhancedKeyUsage(context, 0, usage, &size))
        found = TRUE;
    else if (!usage->cUsageIdentifier)
        found = GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
    for (DWORD i = 0; i < usage->cUsageIdentifier && !found; i++)
        found = !strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_CLIENT_AUTH);
    free(usage);
    return found;
}

static const CERT_CONTEXT *store_find_hash(HCERTSTORE store, const BYTE *hash)
{
    CRYPT_HASH_BLOB blob = {CERTIFICATE_HASH_SIZE, (BYTE *)hash};

    return CertFindCertificateInStore(store, X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, 0,
            CERT_FIND_SHA1_HASH, &blob, NULL);
}

static const CERT_CONTEXT *store_find_subject(HCERTSTORE store, const WCHAR *subject)
{
    const CERT_CONTEXT *context = NULL;

    while ((context = CertEnumCertificatesInStore(store, context)))
    {
        WCHAR *text = context_subject(context);
        BOOL found = text && wcsstr(text, subject) && context_is_for_clients(context);

        free(text);
        if (found)
            break;
    }
    return context;
}

static HRESULT context_read(const CERT_CONTEXT *context, struct certificate *out)
{
    DWORD size = sizeof(out->hash);

    if (!CertGetCertificateContextProperty(context, CERT_HASH_PROP_ID, out->hash, &size))
        return HRESULT_FROM_WIN32(GetLastError());
    if (size != sizeof(out->hash))
        return CRYPT_E_NOT_FOUND;
    return (out->subject = context_subject(context)) ? S_OK : E_OUTOFMEMORY;
}

/* These stores are always there, though nothing may have been put into them yet. */
static BOOL store_is_predefined(const WCHAR *name)
{
    return !_wcsicmp(name, L"MY") || !_wcsicmp(name, L"CA") || !_wcsicmp(name, L"ROOT")
            || !_wcsicmp(name, L"SPC");
}

HRESULT certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store_name, const BYTE *hash,
        const WCHAR *subject, struct certificate *out)
{
    static const DWORD locations[] = {
            [BG_CERT_STORE_LOCATION_CURRENT_USER] = CERT_SYSTEM_STORE_CURRENT_USER,
            [BG_CERT_STORE_LOCATION_LOCAL_MACHINE] = CERT_SYSTEM_STORE_LOCAL_MACHINE,
            [BG_CERT_STORE_LOCATION_CURRENT_SERVICE] = CERT_SYSTEM_STORE_CURRENT_SERVICE,
            [BG_CERT_STORE_LOCATION_SERVICES] = CERT_SYSTEM_STORE_SERVICES,
            [BG_CERT_STORE_LOCATION_USERS] = CERT_SYSTEM_STORE_USERS,
            [BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY] =
                    CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY,
            [BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY] =
                    CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY,
            [BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE] =
                    CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
    };
    const CERT_CONTEXT *context;
    HCERTSTORE store;
    HRESULT hr;

    memset(out, 0, sizeof(*out));
    if ((unsigned int)location >= sizeof(locations) / sizeof(locations[0]))
        return E_NOTIMPL;
    store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
            locations[location] | CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG,
            store_name);
    if (!store)
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        if (hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) && store_is_predefined(store_name))
            hr = CRYPT_E_NOT_FOUND;
        return hr;
    }
    context = hash ? store_find_hash(store, hash) : store_find_subject(store, subject);
    hr = context ? context_read(context, out) : CRYPT_E_NOT_FOUND;
    if (context)
        CertFreeCertificateContext(context);
    CertCloseStore(store, 0);
    return hr;
}
