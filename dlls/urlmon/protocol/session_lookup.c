/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a scheme or a media type to its class: temporary, of this DLL, from the registry. */
#include "com_object.h"
#include "session.h"
#include "session_name_space.h"
#include "session_table.h"
#include "stream_protocol.h"
#include "trace.h"
#include "urlmon_module.h"

#include <string.h>
#include <wchar.h>

#define KEY_LENGTH 128 /* of schemes and media types looked for in the registry, with the zero */

/* The registry's answers are good for a second: each costs several calls of the system. */
#define ANSWER_LIFE_MS 1000

struct answer
{
    WCHAR path[KEY_LENGTH + 32];
    CLSID clsid;
    HRESULT hr;
    ULONGLONG until;
};

static SRWLOCK answer_lock = SRWLOCK_INIT;
static struct answer answers[16];

/* The schemes of this DLL's own classes. */
static const struct own_scheme
{
    const WCHAR *name;
    const CLSID *clsid;
} own_schemes[] = {
        {L"http", &CLSID_HttpProtocol},
        {L"https", &CLSID_HttpSProtocol},
        {L"file", &CLSID_FileProtocol},
        {L"ftp", &CLSID_FtpProtocol},
        {L"mk", &CLSID_MkProtocol},
};

/* The protocol of about:, for where the HTML viewer has not registered its own. It is no class that
 * others could ask for. */
static const CLSID own_about = {0x0ccf9f09, 0x6ca8, 0x4702,
        {0xba, 0xca, 0x37, 0xbc, 0x8e, 0x80, 0xef, 0xbf}};

/* The length of the scheme of a URL; 0: it has none. A path of DOS or a network path has that of
 * `file`, which is not written. */
static size_t url_scheme(const WCHAR *url, const WCHAR **scheme)
{
    size_t length = 0;

    *scheme = url;
    if (url[0] == '\\' && url[1] == '\\')
    {
        *scheme = L"file";
        return 4;
    }
    while ((url[length] >= 'a' && url[length] <= 'z') || (url[length] >= 'A' && url[length] <= 'Z')
            || (length
                    && ((url[length] >= '0' && url[length] <= '9') || url[length] == '+'
                            || url[length] == '-' || url[length] == '.')))
        length++;
    if (url[length] != ':' || !length)
        return 0;
    if (length == 1)
    {
        *scheme = L"file";
        return 4;
    }
    return length;
}

static HRESULT registry_read_clsid(const WCHAR *path, CLSID *clsid)
{
    WCHAR text[64];
    DWORD size = sizeof(text) - sizeof(WCHAR);
    LSTATUS status =
            RegGetValueW(HKEY_CLASSES_ROOT, path, L"CLSID", RRF_RT_REG_SZ, NULL, text, &size);

    if (status != ERROR_SUCCESS)
        return S_FALSE;
    return SUCCEEDED(CLSIDFromString(text, clsid)) ? S_OK : S_FALSE;
}

/* The value CLSID of a key below HKEY_CLASSES_ROOT. S_FALSE: there is none. */
static HRESULT registry_find_clsid(const WCHAR *folder, const WCHAR *key, size_t length,
        CLSID *clsid)
{
    WCHAR path[KEY_LENGTH + 32];
    size_t folder_length = wcslen(folder);
    unsigned int hash = 0;
    struct answer *answer;
    ULONGLONG now = GetTickCount64();
    HRESULT hr = E_PENDING;

    *clsid = CLSID_NULL;
    if (!length || length >= KEY_LENGTH || wmemchr(key, '\\', length))
        return S_FALSE;
    memcpy(path, folder, folder_length * sizeof(WCHAR));
    memcpy(path + folder_length, key, length * sizeof(WCHAR));
    path[folder_length + length] = 0;
    for (const WCHAR *c = path; *c; c++)
        hash = hash * 31 + (*c | 0x20);
    answer = &answers[hash % ARRAY_SIZE(answers)];

    AcquireSRWLockShared(&answer_lock);
    if (answer->until > now && !_wcsicmp(answer->path, path))
    {
        hr = answer->hr;
        *clsid = answer->clsid;
    }
    ReleaseSRWLockShared(&answer_lock);
    if (hr != E_PENDING)
        return hr;
    hr = registry_read_clsid(path, clsid);
    AcquireSRWLockExclusive(&answer_lock);
    wcscpy(answer->path, path);
    answer->clsid = *clsid;
    answer->hr = hr;
    answer->until = now + ANSWER_LIFE_MS;
    ReleaseSRWLockExclusive(&answer_lock);
    return hr;
}

/* An object of a factory: aggregated by its IUnknown, else by IInternetProtocol, which simple
 * factories expect. */
static HRESULT factory_make(IClassFactory *factory, IUnknown *outer, IUnknown **inner)
{
    HRESULT hr;

    if (outer)
        hr = IClassFactory_CreateInstance(factory, outer, &IID_IUnknown, (void **)inner);
    else
        hr = IClassFactory_CreateInstance(factory, NULL, &IID_IInternetProtocol, (void **)inner);
    if (SUCCEEDED(hr) && !*inner)
        hr = E_UNEXPECTED;
    if (FAILED(hr))
        *inner = NULL;
    return hr;
}

/* The factory of a class, without a trip through the registry when it is one of this DLL. */
static HRESULT class_find_factory(REFCLSID clsid, REFIID iid, void **factory)
{
    if (class_factory_get(clsid, iid, factory) == S_OK)
        return S_OK;
    return CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, iid, factory);
}

static HRESULT class_make(REFCLSID clsid, IUnknown *outer, IUnknown **inner)
{
    IClassFactory *factory;
    HRESULT hr;

    if (IsEqualGUID(clsid, &own_about))
        return about_protocol_create(outer, &IID_IUnknown, (void **)inner);
    hr = class_find_factory(clsid, &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = factory_make(factory, outer, inner);
    IClassFactory_Release(factory);
    return hr;
}

/* The class of this DLL for a scheme, or NULL. */
static const CLSID *scheme_find_own(const WCHAR *scheme, size_t length)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(own_schemes); i++)
    {
        if (wcslen(own_schemes[i].name) == length
                && !_wcsnicmp(own_schemes[i].name, scheme, length))
            return own_schemes[i].clsid;
    }
    return NULL;
}

/* The class that permanently serves a scheme. S_FALSE: none. */
static HRESULT scheme_find_class(const WCHAR *scheme, size_t length, CLSID *clsid)
{
    const CLSID *own = scheme_find_own(scheme, length);

    if (own)
    {
        *clsid = *own;
        return S_OK;
    }
    if (registry_find_clsid(L"PROTOCOLS\\Handler\\", scheme, length, clsid) == S_OK)
        return S_OK;
    if (length != wcslen(L"about") || _wcsnicmp(scheme, L"about", length))
        return S_FALSE;
    *clsid = own_about;
    return S_OK;
}

/* The handler number `index` of the name spaces of a scheme. S_FALSE: there are not that many. */
static HRESULT name_space_make(const WCHAR *scheme, size_t length, unsigned int index,
        struct handler_choice *choice, IUnknown *outer, IUnknown **inner)
{
    IClassFactory *factory;
    HRESULT hr;

    if (session_table_find(SESSION_NAME_SPACE, scheme, length, &factory, &choice->clsid) == S_OK)
    {
        hr = index ? S_FALSE : factory_make(factory, outer, inner);
        IClassFactory_Release(factory);
        if (!index)
            return hr;
        index--;
    }
    if (session_name_space_find(scheme, length, index, &choice->clsid) != S_OK)
        return S_FALSE;
    choice->is_permanent = TRUE;
    return class_make(&choice->clsid, outer, inner);
}

BOOL session_has_default(IUri *uri)
{
    BSTR scheme = NULL;
    CLSID clsid;
    BOOL has_one;

    has_one = IUri_GetSchemeName(uri, &scheme) == S_OK
            && scheme_find_class(scheme, SysStringLen(scheme), &clsid) == S_OK;
    SysFreeString(scheme);
    return has_one;
}

HRESULT session_handler_create(IUri *uri, IUnknown *outer, struct handler_choice *choice,
        IUnknown **inner)
{
    BSTR scheme = NULL;
    UINT length;
    HRESULT hr;

    *inner = NULL;
    choice->clsid = CLSID_NULL;
    choice->is_permanent = FALSE;
    hr = IUri_GetSchemeName(uri, &scheme);
    length = SysStringLen(scheme);
    if (hr != S_OK || !length)
    {
        SysFreeString(scheme);
        return FAILED(hr) ? hr : INET_E_UNKNOWN_PROTOCOL;
    }
    hr = S_FALSE;
    if (!choice->prefers_default || !session_has_default(uri))
        hr = name_space_make(scheme, length, choice->skip, choice, outer, inner);
    choice->may_give_way = hr != S_FALSE;
    if (hr == S_FALSE)
    {
        choice->is_permanent = TRUE;
        if (scheme_find_class(scheme, length, &choice->clsid) == S_OK)
            hr = class_make(&choice->clsid, outer, inner);
        else
            hr = INET_E_UNKNOWN_PROTOCOL;
        /* A registered class that cannot be made: as Windows reports it. */
        if (hr == CO_E_NOTINITIALIZED || hr == REGDB_E_CLASSNOTREG)
            hr = MK_E_SYNTAX;
    }
    if (FAILED(hr))
        trace("scheme %ls: no handler (%#lx)", scheme, hr);
    SysFreeString(scheme);
    return hr;
}

HRESULT session_protocol_create(IUri *uri, IUnknown *outer, IUnknown **inner, CLSID *clsid)
{
    struct handler_choice choice = {0};
    HRESULT hr;

    do
    {
        hr = session_handler_create(uri, outer, &choice, inner);
        choice.skip++;
    } while (FAILED(hr) && choice.may_give_way && choice.is_permanent);
    *clsid = choice.clsid;
    return hr;
}

/* IInternetProtocolInfo of a factory, or of an object that it makes. S_FALSE, with NULL: none. */
static HRESULT factory_find_info(IClassFactory *factory, IInternetProtocolInfo **out)
{
    HRESULT hr = IClassFactory_QueryInterface(factory, &IID_IInternetProtocolInfo, (void **)out);

    if (hr != S_OK)
    {
        *out = NULL;
        hr = IClassFactory_CreateInstance(factory, NULL, &IID_IInternetProtocolInfo, (void **)out);
    }
    if (FAILED(hr))
        *out = NULL;
    return *out ? S_OK : S_FALSE;
}

/* IInternetProtocolInfo of a permanent class, by its factory or the object. */
static HRESULT class_find_info(REFCLSID clsid, IInternetProtocolInfo **out)
{
    IClassFactory *factory;
    HRESULT hr = class_find_factory(clsid, &IID_IInternetProtocolInfo, (void **)out);

    if (hr == S_OK && *out)
        return S_OK;
    *out = NULL;
    if (FAILED(class_find_factory(clsid, &IID_IClassFactory, (void **)&factory)))
        return S_FALSE;
    hr = factory_find_info(factory, out);
    IClassFactory_Release(factory);
    return hr;
}

HRESULT session_protocol_info(const WCHAR *url, IInternetProtocolInfo **out)
{
    IClassFactory *factory = NULL;
    const WCHAR *scheme;
    size_t length = url_scheme(url, &scheme);
    CLSID clsid;
    HRESULT hr;

    *out = NULL;
    if (!length)
        return S_FALSE;
    if (session_table_find(SESSION_NAME_SPACE, scheme, length, &factory, NULL) == S_OK)
    {
        hr = factory_find_info(factory, out);
        IClassFactory_Release(factory);
        return hr;
    }
    for (unsigned int i = 0; session_name_space_find(scheme, length, i, &clsid) == S_OK; i++)
    {
        if (class_find_info(&clsid, out) == S_OK)
            return S_OK;
    }
    /* Those of this DLL leave everything to the system. */
    if (scheme_find_own(scheme, length) || scheme_find_class(scheme, length, &clsid) != S_OK
            || IsEqualGUID(&clsid, &own_about))
        return S_FALSE;
    return class_find_info(&clsid, out);
}

/* A filter under exactly this name. */
static HRESULT filter_make(const WCHAR *mime, size_t length, IUnknown *outer, IUnknown **inner,
        CLSID *clsid)
{
    IClassFactory *factory;
    HRESULT hr;

    if (session_table_find(SESSION_MIME_FILTER, mime, length, &factory, clsid) == S_OK)
    {
        hr = factory_make(factory, outer, inner);
        IClassFactory_Release(factory);
        return hr;
    }
    if (registry_find_clsid(L"PROTOCOLS\\Filter\\", mime, length, clsid) != S_OK)
        return S_FALSE;
    return class_make(clsid, outer, inner);
}

HRESULT session_mime_filter_create(const WCHAR *mime, IUnknown *outer, IUnknown **inner,
        CLSID *clsid)
{
    size_t length = wcscspn(mime, L" ;\t"); /* parameters do not count */
    const WCHAR *slash;
    WCHAR family[KEY_LENGTH];
    HRESULT hr;

    *inner = NULL;
    *clsid = CLSID_NULL;
    if (!length || length >= KEY_LENGTH)
        return S_FALSE;
    hr = filter_make(mime, length, outer, inner, clsid);
    slash = wmemchr(mime, '/', length);
    if (hr != S_FALSE || !slash || (size_t)(slash - mime) + 2 >= KEY_LENGTH)
        return hr;
    /* A whole family, such as all of text (page "About Asynchronous Pluggable Protocols",
     * "Scenarios"). */
    memcpy(family, mime, (size_t)(slash - mime + 1) * sizeof(WCHAR));
    family[slash - mime + 1] = '*';
    return filter_make(family, (size_t)(slash - mime) + 2, outer, inner, clsid);
}

BOOL session_scheme_is_temporary(const WCHAR *scheme)
{
    IClassFactory *factory;

    if (session_table_find(SESSION_NAME_SPACE, scheme, wcslen(scheme), &factory, NULL) != S_OK)
        return FALSE;
    IClassFactory_Release(factory);
    return TRUE;
}
