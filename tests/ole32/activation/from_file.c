/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects which load themselves from a file: objbase/nf-objbase-cogetinstancefromfile. */
#include <wchar.h>

#include "static_object.h"
#include "test_class.h"

/* The one object, which is its class object too. */
static LONG references;
static HRESULT load_result;
static WCHAR loaded[MAX_PATH];
static DWORD loaded_mode;

static HRESULT object_query(REFIID iid, void **out);

static HRESULT STDMETHODCALLTYPE file_QueryInterface(IPersistFile *iface, REFIID iid, void **out)
{
    (void)iface;
    return object_query(iid, out);
}

static ULONG STDMETHODCALLTYPE file_AddRef(IPersistFile *iface)
{
    (void)iface;
    return InterlockedIncrement(&references);
}

static ULONG STDMETHODCALLTYPE file_Release(IPersistFile *iface)
{
    (void)iface;
    return InterlockedDecrement(&references);
}

static HRESULT STDMETHODCALLTYPE file_GetClassID(IPersistFile *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = CLSID_NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_IsDirty(IPersistFile *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE file_Load(IPersistFile *iface, const WCHAR *name, DWORD mode)
{
    (void)iface;
    wcsncpy(loaded, name, ARRAYSIZE(loaded) - 1);
    loaded_mode = mode;
    return load_result;
}

static HRESULT STDMETHODCALLTYPE file_Save(IPersistFile *iface, const WCHAR *name, BOOL remember)
{
    (void)iface;
    (void)name;
    (void)remember;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE file_SaveCompleted(IPersistFile *iface, const WCHAR *name)
{
    (void)iface;
    (void)name;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE file_GetCurFile(IPersistFile *iface, WCHAR **name)
{
    (void)iface;
    *name = NULL;
    return E_NOTIMPL;
}

static IPersistFileVtbl file_vtbl = {file_QueryInterface, file_AddRef, file_Release,
        file_GetClassID, file_IsDirty, file_Load, file_Save, file_SaveCompleted, file_GetCurFile};
static IPersistFile file = {&file_vtbl};

static HRESULT object_query(REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPersist)
            && !IsEqualIID(iid, &IID_IPersistFile))
        return E_NOINTERFACE;
    *out = &file;
    InterlockedIncrement(&references);
    return S_OK;
}

static HRESULT factory_create(IUnknown *outer, REFIID iid, void **out)
{
    return outer ? CLASS_E_NOAGGREGATION : object_query(iid, out);
}

STATIC_CLASS_OBJECT(factory);

/* How many interfaces came. */
static HRESULT get(CLSID *clsid, MULTI_QI *results, DWORD count, DWORD *found)
{
    static WCHAR name[] = L"C:\\somewhere\\a file.txt";
    HRESULT hr;

    *found = 0;
    loaded[0] = 0;
    for (DWORD i = 0; i < count; i++)
    {
        results[i].pItf = NULL;
        results[i].hr = 0xdeadbeef;
    }
    hr = CoGetInstanceFromFile(NULL, clsid, NULL, CLSCTX_INPROC_SERVER, STGM_READWRITE, name, count,
            results);
    for (DWORD i = 0; i < count; i++)
    {
        if (!results[i].pItf)
            continue;
        (*found)++;
        IUnknown_Release(results[i].pItf);
    }
    if (SUCCEEDED(hr) || hr == E_NOINTERFACE)
        is_wstr(loaded, name, "the file");
    return hr;
}

static void round_of_everything(void)
{
    MULTI_QI all[] = {{&IID_IUnknown, NULL, 0}, {&IID_IPersist, NULL, 0}};
    MULTI_QI some[] = {{&IID_IStream, NULL, 0}, {&IID_IPersistFile, NULL, 0}};
    CLSID clsid = test_clsid(90), nobody = test_clsid(91);
    DWORD cookie, found;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    is_hr(CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "a class");
    load_result = S_OK;
    is_hr(get(&clsid, all, 2, &found), S_OK, "all interfaces");
    is_uint(found, 2, "both");
    is_uint(loaded_mode, STGM_READWRITE, "the mode");
    is_hr(get(&clsid, some, 2, &found), CO_S_NOTALLINTERFACES, "one interface of two");
    is_uint(found, 1, "one");
    is_hr(some[0].hr, E_NOINTERFACE, "not this one");
    is_hr(some[1].hr, S_OK, "the other");
    is_hr(get(&clsid, some, 1, &found), E_NOINTERFACE, "none");
    load_result = STG_E_FILENOTFOUND;
    is_hr(get(&clsid, all, 2, &found), STG_E_FILENOTFOUND, "IPersistFile::Load fails");
    is_uint(found, 0, "nothing");
    is_hr(get(&nobody, all, 2, &found), REGDB_E_CLASSNOTREG, "no such class");
    is_uint(found, 0, "nothing");
    is_hr(CoGetInstanceFromFile(NULL, &clsid, NULL, CLSCTX_INPROC_SERVER, 0, (WCHAR *)L"x", 0, all),
            E_INVALIDARG, "no interfaces");
    is_hr(CoRevokeClassObject(cookie), S_OK, "revoked");
    is_int(references, 0, "no reference is left");
    CoUninitialize();
}

int main(void)
{
    round_of_everything();
    tap_account_begin();
    for (unsigned int i = 0; i < 5; i++)
        round_of_everything();
    tap_account_end("objects from files");
    return done_testing();
}
