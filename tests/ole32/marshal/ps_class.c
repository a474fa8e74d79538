/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which class makes an interface's proxies: CoRegisterPSClsid before the registry, CoGetPSClsid;
 * and the four bytes of CoMarshalHresult. Pages "CoRegisterPSClsid function (combaseapi.h)",
 * "CoGetPSClsid function (combaseapi.h)", "CoMarshalHresult function (combaseapi.h)",
 * "CoUnmarshalHresult function (combaseapi.h)".
 */
#include "bed.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const IID own_iid = {0x2b1c7a45, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};
static const CLSID first_class = {0x2b1c7a46, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};
static const CLSID second_class = {0x2b1c7a47, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};
static const CLSID core = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static void check_class(REFIID iid, HRESULT expected, REFCLSID expected_class, const char *what)
{
    CLSID clsid = GUID_NULL;

    is_hr(CoGetPSClsid(iid, &clsid), expected, "%s", what);
    if (SUCCEEDED(expected))
        is_guid(&clsid, expected_class, "%s: the class", what);
}

static void interface_set(const WCHAR *subkey, const WCHAR *value)
{
    WCHAR text[40], path[160];
    HKEY key;

    StringFromGUID2(&own_iid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\Interface\\%ls", text);
    if (!value)
    {
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
        return;
    }
    wcscat(path, subkey);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
        bail_out("cannot write the registry");
    RegSetValueExW(key, NULL, 0, REG_SZ, (const BYTE *)value, (wcslen(value) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
}

static void test_registry(void)
{
    WCHAR text[40];

    check_class(&own_iid, REGDB_E_IIDNOTREG, NULL, "an interface that nobody knows");
    StringFromGUID2(&first_class, text, ARRAYSIZE(text));
    interface_set(L"\\ProxyStubClsid32", text);
    check_class(&own_iid, S_OK, &first_class, "one in the registry");
    interface_set(L"\\ProxyStubClsid32", L"{this is no CLSID}");
    check_class(&own_iid, REGDB_E_IIDNOTREG, NULL, "one with nonsense there");
    interface_set(NULL, NULL);
    check_class(&own_iid, REGDB_E_IIDNOTREG, NULL, "one that was taken out again");
    check_class(&IID_IStream, S_OK, &core, "an interface of COM's own");
}

static void test_registered(void)
{
    WCHAR text[40];

    is_hr(CoRegisterPSClsid(&own_iid, &first_class), S_OK, "CoRegisterPSClsid");
    check_class(&own_iid, S_OK, &first_class, "in this process");
    StringFromGUID2(&second_class, text, ARRAYSIZE(text));
    interface_set(L"\\ProxyStubClsid32", text);
    check_class(&own_iid, S_OK, &first_class, "it comes before the registry");
    interface_set(NULL, NULL);
    is_hr(CoRegisterPSClsid(&own_iid, &second_class), S_OK, "registered anew");
    check_class(&own_iid, S_OK, &second_class, "the last one counts");
}

/* It is the process's, not the apartment's. */
static HRESULT class_there(void *argument)
{
    return CoGetPSClsid(&own_iid, argument);
}

static void test_apartments(void)
{
    CLSID clsid = GUID_NULL;
    struct host host;

    host_start(&host, COINIT_MULTITHREADED);
    is_hr(host_run(&host, class_there, &clsid), S_OK, "in another apartment");
    is_guid(&clsid, &second_class, "the same");
    host_stop(&host);
}

static void test_arguments(void)
{
    CLSID clsid;

    is_hr(CoGetPSClsid(&own_iid, NULL), E_INVALIDARG, "no place for the class");
    if (!builtin_lacks("checks of what is registered"))
    {
        is_hr(CoGetPSClsid(NULL, &clsid), E_INVALIDARG, "no interface");
        is_hr(CoRegisterPSClsid(NULL, &first_class), E_INVALIDARG, "none to register");
        is_hr(CoRegisterPSClsid(&own_iid, NULL), E_INVALIDARG, "no class to register");
    }
}

/* A class whose factory there is not: marshalling says what CoGetClassObject says. */
static void test_no_factory(void)
{
    struct counted object;
    IStream *stream;

    counted_init(&object);
    is_hr(CoRegisterPSClsid(&counted_clsid, &second_class), S_OK, "a class that is not there");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    todo_builtin("says that the object does not have the interface")
        is_hr(CoMarshalInterface(stream, &counted_clsid, counted_unknown(&object), MSHCTX_INPROC,
                      NULL, MSHLFLAGS_NORMAL),
                REGDB_E_CLASSNOTREG, "cannot make stubs");
    CoDisconnectObject(counted_unknown(&object), 0);
    is_int(object.references, 1, "no reference is left");
    IStream_Release(stream);
}

static void test_hresult(void)
{
    static const HRESULT values[] = {S_OK, S_FALSE, E_OUTOFMEMORY, (HRESULT)0x12345678};
    HRESULT value;
    IStream *stream;
    BYTE *bytes;
    ULONG size;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (unsigned int i = 0; i < ARRAYSIZE(values); ++i)
        is_hr(CoMarshalHresult(stream, values[i]), S_OK, "CoMarshalHresult");
    bytes = stream_bytes(stream, &size);
    is_uint(size, sizeof(values), "four bytes each");
    is_mem(bytes, values, sizeof(values), "as they are");
    free(bytes);
    for (unsigned int i = 0; i < ARRAYSIZE(values); ++i)
    {
        value = ~values[i];
        is_hr(CoUnmarshalHresult(stream, &value), S_OK, "CoUnmarshalHresult");
        is_hr(value, values[i], "what was marshalled");
    }
    todo_builtin("page CoUnmarshalHresult: the errors are those of IStream::Read")
        ok(FAILED(CoUnmarshalHresult(stream, &value)), "nothing is left");
    IStream_Release(stream);
    if (!builtin_lacks("checks for NULL"))
    {
        is_hr(CoMarshalHresult(NULL, S_OK), E_INVALIDARG, "no stream to write to");
        is_hr(CoUnmarshalHresult(NULL, &value), E_INVALIDARG, "none to read from");
    }
}

int main(void)
{
    CLSID clsid;

    if (!builtin_lacks("a check for an apartment"))
    {
        is_hr(CoGetPSClsid(&IID_IStream, &clsid), CO_E_NOTINITIALIZED, "before CoInitialize");
        is_hr(CoRegisterPSClsid(&own_iid, &clsid), CO_E_NOTINITIALIZED, "nothing is registered");
    }
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_registry();
    test_registered();
    test_apartments();
    test_arguments();
    test_no_factory();
    test_hresult();
    tap_account_begin();
    for (int i = 0; i < 20; ++i)
    {
        test_apartments();
        test_hresult();
    }
    tap_account_end("classes of proxies");
    CoUninitialize();
    return done_testing();
}
