/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may unmarshal by itself in this process: COMGLB_UNMARSHALING_POLICY, CoAllowUnmarshalerCLSID,
 * EOAC_NO_CUSTOM_MARSHAL. Pages "GLOBALOPT_UNMARSHALING_POLICY_VALUES enumeration (objidl.h)",
 * "CoAllowUnmarshalerCLSID function (combaseapi.h)", "EOLE_AUTHENTICATION_CAPABILITIES enumeration
 * (objidl.h)". What is standard, or marshalled by classes of COM itself, is never restricted.
 */
#include "bed.h"

#include <string.h>
#include <wchar.h>

/* An object which marshals itself: its packet is OBJREF_CUSTOM with this class. */
static const CLSID custom_clsid = {0x2b1c7a43, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};
static const CLSID other_clsid = {0x2b1c7a44, 0x31f1, 0x4f57,
        {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}};

static LONG made, unmarshaled, released;

static HRESULT STDMETHODCALLTYPE custom_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMarshal))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE custom_AddRef(IMarshal *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE custom_Release(IMarshal *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE custom_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *clsid = custom_clsid;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE custom_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *size = 4;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE custom_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    return IStream_Write(stream, "mine", 4, NULL);
}

static HRESULT STDMETHODCALLTYPE custom_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    char text[4];

    ++unmarshaled;
    IStream_Read(stream, text, sizeof(text), NULL);
    return IMarshal_QueryInterface(iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE custom_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    (void)iface, (void)stream;
    ++released;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE custom_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface, (void)reserved;
    return S_OK;
}

static IMarshalVtbl custom_vtbl = {custom_QueryInterface, custom_AddRef, custom_Release,
        custom_GetUnmarshalClass, custom_GetMarshalSizeMax, custom_MarshalInterface,
        custom_UnmarshalInterface, custom_ReleaseMarshalData, custom_DisconnectObject};
static IMarshal custom = {&custom_vtbl};

/* Its class object, here for the unmarshaller. */
static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE class_count(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface, (void)outer;
    ++made;
    return IMarshal_QueryInterface(&custom, iid, out);
}

static HRESULT STDMETHODCALLTYPE class_LockServer(IClassFactory *iface, WINBOOL lock)
{
    (void)iface, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl class_vtbl = {class_QueryInterface, class_count, class_count,
        class_CreateInstance, class_LockServer};
static IClassFactory class_object = {&class_vtbl};

static HRESULT policy_set(ULONG_PTR value)
{
    IGlobalOptions *options;
    HRESULT hr = CoCreateInstance(&CLSID_GlobalOptions, NULL, CLSCTX_INPROC_SERVER,
            &IID_IGlobalOptions, (void **)&options);

    if (SUCCEEDED(hr))
    {
        hr = IGlobalOptions_Set(options, COMGLB_UNMARSHALING_POLICY, value);
        IGlobalOptions_Release(options);
    }
    return hr;
}

/* One packet of each kind is unmarshalled, and another released: as expected with custom ones. */
static void check_custom(HRESULT expected, const char *what)
{
    LONG made_before = made, unmarshaled_before = unmarshaled, released_before = released;
    BOOL good = SUCCEEDED(expected);
    IUnknown *object = NULL;
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(CoMarshalInterface(stream, &IID_IUnknown, (IUnknown *)&custom, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL),
            S_OK, "%s: marshalling is not restricted", what);
    stream_rewind(stream);
    is_hr(CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&object), expected,
            "%s: CoUnmarshalInterface", what);
    is_ptr(object, good ? &custom : NULL, "%s: the object", what);
    stream_rewind(stream);
    is_hr(CoReleaseMarshalData(stream), expected, "%s: CoReleaseMarshalData", what);
    is_int(made - made_before, good ? 2 : 0, "%s: unmarshallers made", what);
    is_int(unmarshaled - unmarshaled_before, good, "%s: and asked", what);
    is_int(released - released_before, good, "%s: both ways", what);
    IStream_Release(stream);
}

/* What is always allowed. */
static HRESULT use_there(void *argument)
{
    IClassFactory *factory;
    HRESULT hr = CoGetInterfaceAndReleaseStream(argument, &IID_IClassFactory, (void **)&factory);

    if (SUCCEEDED(hr))
    {
        hr = counted_call(factory);
        IClassFactory_Release(factory);
    }
    return hr;
}

static void check_standard(struct host *host, const char *what)
{
    struct counted object;
    IStream *stream = NULL;

    counted_init(&object);
    for (int free_threaded = 0; free_threaded < 2; ++free_threaded)
    {
        if (free_threaded)
            CoCreateFreeThreadedMarshaler(counted_unknown(&object), &object.marshaler);
        is_hr(CoMarshalInterThreadInterfaceInStream(&IID_IClassFactory, counted_unknown(&object),
                      &stream),
                S_OK, "%s: marshalled", what);
        is_hr(host_run(host, use_there, stream), S_OK, "%s: %s", what,
                free_threaded ? "the free-threaded marshaller" : "the standard marshaller");
    }
    if (object.marshaler)
        IUnknown_Release(object.marshaler);
    ok(becomes(&object.references, 1), "%s: the object is let go", what);
}

/* "…\Implemented Categories\{00000003-0000-0000-C000-000000000046}": a class of marshallers. */
static void category_set(REFCLSID clsid, BOOL set)
{
    WCHAR text[40], path[200];
    HKEY key;

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"Software\\Classes\\CLSID\\%ls", text);
    if (!set)
    {
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
        return;
    }
    wcscat(path, L"\\Implemented Categories\\{00000003-0000-0000-C000-000000000046}");
    if (!RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
        RegCloseKey(key);
}

static void test_policies(struct host *host)
{
    check_custom(S_OK, "normal");
    check_standard(host, "normal");
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_HYBRID), S_OK, "the hybrid policy");
    check_custom(S_OK, "hybrid");
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_STRONG), S_OK, "the strong policy");
    check_custom(E_ACCESSDENIED, "strong");
    check_standard(host, "strong");
    category_set(&custom_clsid, TRUE);
    check_custom(E_ACCESSDENIED, "strong, a class of marshallers");
    category_set(&custom_clsid, FALSE);
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_NORMAL), S_OK, "the normal policy");
    check_custom(S_OK, "normal again");
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_HYBRID + 1), E_INVALIDARG, "no such policy");
}

/* "EOAC_NO_CUSTOM_MARSHAL: ... only CLSIDs implemented in Ole32.dll or ... that have the category
 * CATID_MARSHALER". */
static void test_capability(struct host *host)
{
    is_hr(CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
                  RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NO_CUSTOM_MARSHAL, NULL),
            S_OK, "CoInitializeSecurity with EOAC_NO_CUSTOM_MARSHAL");
    check_custom(E_ACCESSDENIED, "no custom marshalling");
    check_standard(host, "no custom marshalling");
    category_set(&custom_clsid, TRUE);
    check_custom(S_OK, "a class of marshallers");
    category_set(&custom_clsid, FALSE);
    check_custom(E_ACCESSDENIED, "no longer one");
}

static void test_allowed(struct host *host)
{
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_STRONG), S_OK, "the strong policy");
    is_hr(CoAllowUnmarshalerCLSID(&other_clsid), S_OK, "another class is allowed");
    check_custom(E_ACCESSDENIED, "which is not this one");
    is_hr(CoAllowUnmarshalerCLSID(&custom_clsid), S_OK, "this class is allowed");
    check_custom(S_OK, "allowed");
    check_standard(host, "allowed");
    is_hr(policy_set(COMGLB_UNMARSHALING_POLICY_NORMAL), S_OK, "the normal policy");
    is_hr(CoAllowUnmarshalerCLSID(&custom_clsid), S_OK, "twice");
}

/* A phase of the process, from the first CoInitializeEx to the last CoUninitialize: security is set
 * once in each, before anything is marshalled. */
static void phase(void (*tests)(struct host *host))
{
    struct host host;
    DWORD cookie = 0;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    host_start(&host, COINIT_MULTITHREADED);
    is_hr(CoRegisterClassObject(&custom_clsid, (IUnknown *)&class_object, CLSCTX_INPROC_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "the unmarshaller's class is registered");
    tests(&host);
    CoRevokeClassObject(cookie);
    host_stop(&host);
    CoUninitialize();
}

int main(void)
{
    if (builtin_lacks("policies of unmarshalling"))
        return done_testing();
    phase(test_policies);
    phase(test_capability);
    tap_account_begin();
    phase(test_policies);
    phase(test_capability);
    phase(test_policies);
    phase(test_allowed);
    tap_account_end("unmarshalling under policies");
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
