/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "victims.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "test_server.h"

struct victim
{
    IUnknown IUnknown_iface;
    IClassFactory IClassFactory_iface;
    IStream IStream_iface;
    IMoniker IMoniker_iface;
    ITestServer ITestServer_iface;
    IStdMarshalInfo IStdMarshalInfo_iface;
    IMarshal IMarshal_iface;
    IUnknown *marshaler; /* the free-threaded one */
    enum victim_kind kind;
    LONG references;
};

static LONG alive, called;

static const CLSID CLSID_VictimHandler = {0x0d9c8f21, 0x6a55, 0x4a1e,
        {0x8e, 0x11, 0x7c, 0x0b, 0x93, 0x4d, 0x2a, 0x01}};
static const CLSID CLSID_VictimCustom = {0x0d9c8f22, 0x6a55, 0x4a1e,
        {0x8e, 0x11, 0x7c, 0x0b, 0x93, 0x4d, 0x2a, 0x01}};

LONG victims_alive(void)
{
    return alive;
}

LONG victims_called(void)
{
    return called;
}

static HRESULT reached(HRESULT hr)
{
    InterlockedIncrement(&called);
    return hr;
}

/* --- IUnknown --- */

static HRESULT victim_query(struct victim *victim, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = &victim->IUnknown_iface;
    else if (IsEqualIID(iid, &IID_IClassFactory))
        *out = &victim->IClassFactory_iface;
    else if (IsEqualIID(iid, &IID_IStream) || IsEqualIID(iid, &IID_ISequentialStream))
        *out = &victim->IStream_iface;
    else if (IsEqualIID(iid, &IID_IMoniker) || IsEqualIID(iid, &IID_IPersist)
            || IsEqualIID(iid, &IID_IPersistStream))
        *out = &victim->IMoniker_iface;
    else if (IsEqualIID(iid, &IID_ITestServer))
        *out = &victim->ITestServer_iface;
    else if (IsEqualIID(iid, &IID_IStdMarshalInfo) && victim->kind == VICTIM_HANDLER)
        *out = &victim->IStdMarshalInfo_iface;
    else if (IsEqualIID(iid, &IID_IMarshal) && victim->kind == VICTIM_CUSTOM)
        *out = &victim->IMarshal_iface;
    else if (IsEqualIID(iid, &IID_IMarshal) && victim->marshaler)
        return IUnknown_QueryInterface(victim->marshaler, iid, out);
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&victim->references);
    return S_OK;
}

static ULONG victim_addref(struct victim *victim)
{
    return InterlockedIncrement(&victim->references);
}

static ULONG victim_release(struct victim *victim)
{
    ULONG left = InterlockedDecrement(&victim->references);

    if (!left)
    {
        victim->references = 1;
        if (victim->marshaler)
            IUnknown_Release(victim->marshaler);
        free(victim);
        InterlockedDecrement(&alive);
    }
    return left;
}

#define UNKNOWN_METHODS(type)                                                                      \
    static HRESULT STDMETHODCALLTYPE victim_##type##_QueryInterface(type *iface, REFIID iid,       \
            void **out)                                                                            \
    {                                                                                              \
        return victim_query(CONTAINING_RECORD(iface, struct victim, type##_iface), iid, out);      \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE victim_##type##_AddRef(type *iface)                             \
    {                                                                                              \
        return victim_addref(CONTAINING_RECORD(iface, struct victim, type##_iface));               \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE victim_##type##_Release(type *iface)                            \
    {                                                                                              \
        return victim_release(CONTAINING_RECORD(iface, struct victim, type##_iface));              \
    }
#define UNKNOWN_ENTRIES(type)                                                                      \
    victim_##type##_QueryInterface, victim_##type##_AddRef, victim_##type##_Release

#define M HRESULT STDMETHODCALLTYPE
#pragma GCC diagnostic ignored "-Wunused-parameter" /* most methods look at nothing */

UNKNOWN_METHODS(IUnknown)
static IUnknownVtbl unknown_vtbl = {UNKNOWN_ENTRIES(IUnknown)};

/* --- IClassFactory --- */

UNKNOWN_METHODS(IClassFactory)

static M factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    return reached(IClassFactory_QueryInterface(iface, iid, out));
}

static M factory_LockServer(IClassFactory *iface, BOOL lock)
{
    return reached(S_OK);
}

static IClassFactoryVtbl factory_vtbl = {UNKNOWN_ENTRIES(IClassFactory), factory_CreateInstance,
        factory_LockServer};

/* --- IStream --- */

UNKNOWN_METHODS(IStream)

static M stream_Read(IStream *iface, void *data, ULONG size, ULONG *done)
{
    memset(data, 'r', size);
    if (done)
        *done = size;
    return reached(S_OK);
}

static M stream_Write(IStream *iface, const void *data, ULONG size, ULONG *done)
{
    const BYTE *bytes = data;
    BYTE sum = 0;

    for (ULONG i = 0; i < size; ++i)
        sum += bytes[i];
    if (done)
        *done = size;
    return reached(sum == 1 ? S_FALSE : S_OK);
}

static M stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *position)
{
    if (position)
        position->QuadPart = (ULONGLONG)move.QuadPart;
    return reached(S_OK);
}

static M stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    return reached(S_OK);
}

static M stream_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER size, ULARGE_INTEGER *got,
        ULARGE_INTEGER *written)
{
    if (got)
        got->QuadPart = 0;
    if (written)
        written->QuadPart = 0;
    return reached(S_OK);
}

static M stream_Commit(IStream *iface, DWORD flags)
{
    return reached(S_OK);
}

static M stream_Revert(IStream *iface)
{
    return reached(S_OK);
}

static M stream_LockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type)
{
    return reached(S_OK);
}

static M stream_UnlockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type)
{
    return reached(S_OK);
}

static M stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    memset(stat, 0, sizeof(*stat));
    stat->type = STGTY_STREAM;
    stat->cbSize.QuadPart = 1234;
    if (!(flags & STATFLAG_NONAME) && (stat->pwcsName = CoTaskMemAlloc(10)))
        memcpy(stat->pwcsName, L"name", 10);
    return reached(S_OK);
}

static M stream_Clone(IStream *iface, IStream **out)
{
    *out = iface;
    IStream_AddRef(iface);
    return reached(S_OK);
}

static IStreamVtbl stream_vtbl = {UNKNOWN_ENTRIES(IStream), stream_Read, stream_Write, stream_Seek,
        stream_SetSize, stream_CopyTo, stream_Commit, stream_Revert, stream_LockRegion,
        stream_UnlockRegion, stream_Stat, stream_Clone};

/* --- IMoniker --- */

UNKNOWN_METHODS(IMoniker)

static M moniker_GetClassID(IMoniker *iface, CLSID *clsid)
{
    *clsid = CLSID_VictimCustom;
    return reached(S_OK);
}

static M moniker_IsDirty(IMoniker *iface)
{
    return reached(S_FALSE);
}

static M moniker_Load(IMoniker *iface, IStream *stream)
{
    return reached(S_OK);
}

static M moniker_Save(IMoniker *iface, IStream *stream, BOOL clear)
{
    return reached(S_OK);
}

static M moniker_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    size->QuadPart = 7;
    return reached(S_OK);
}

static M moniker_BindToObject(IMoniker *iface, IBindCtx *context, IMoniker *left, REFIID iid,
        void **out)
{
    return reached(IMoniker_QueryInterface(iface, iid, out));
}

static M moniker_Reduce(IMoniker *iface, IBindCtx *context, DWORD how, IMoniker **left,
        IMoniker **out)
{
    *out = iface;
    IMoniker_AddRef(iface);
    return reached(S_OK);
}

static M moniker_ComposeWith(IMoniker *iface, IMoniker *right, BOOL only, IMoniker **out)
{
    *out = iface;
    IMoniker_AddRef(iface);
    return reached(S_OK);
}

static M moniker_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out)
{
    *out = NULL;
    return reached(S_OK);
}

static M moniker_IsEqual(IMoniker *iface, IMoniker *other)
{
    return reached(S_FALSE);
}

static M moniker_Hash(IMoniker *iface, DWORD *hash)
{
    *hash = 42;
    return reached(S_OK);
}

static M moniker_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left, IMoniker *newly)
{
    return reached(S_FALSE);
}

static M moniker_GetTime(IMoniker *iface, IBindCtx *context, IMoniker *left, FILETIME *time)
{
    memset(time, 0, sizeof(*time));
    return reached(S_OK);
}

static M moniker_Inverse(IMoniker *iface, IMoniker **out)
{
    *out = NULL;
    return reached(MK_E_NOINVERSE);
}

static M moniker_Relation(IMoniker *iface, IMoniker *other, IMoniker **out)
{
    *out = NULL;
    return reached(MK_E_NOPREFIX);
}

static M moniker_GetDisplayName(IMoniker *iface, IBindCtx *context, IMoniker *left, LPOLESTR *name)
{
    *name = CoTaskMemAlloc(14);
    if (*name)
        memcpy(*name, L"victim", 14);
    return reached(*name ? S_OK : E_OUTOFMEMORY);
}

static M moniker_ParseDisplayName(IMoniker *iface, IBindCtx *context, IMoniker *left, LPOLESTR name,
        ULONG *eaten, IMoniker **out)
{
    *eaten = (ULONG)wcslen(name);
    *out = NULL;
    return reached(S_OK);
}

static M moniker_IsSystem(IMoniker *iface, DWORD *kind)
{
    *kind = 0;
    return reached(S_FALSE);
}

static IMonikerVtbl moniker_vtbl = {UNKNOWN_ENTRIES(IMoniker), moniker_GetClassID, moniker_IsDirty,
        moniker_Load, moniker_Save, moniker_GetSizeMax, moniker_BindToObject, moniker_BindToObject,
        moniker_Reduce, moniker_ComposeWith, moniker_Enum, moniker_IsEqual, moniker_Hash,
        moniker_IsRunning, moniker_GetTime, moniker_Inverse, moniker_Relation, moniker_Relation,
        moniker_GetDisplayName, moniker_ParseDisplayName, moniker_IsSystem};

/* --- ITestServer --- */

UNKNOWN_METHODS(ITestServer)

static M test_Add(ITestServer *iface, LONG a, LONG b, LONG *sum)
{
    *sum = (LONG)((ULONG)a + (ULONG)b);
    return reached(S_OK);
}

static M test_Echo(ITestServer *iface, ULONG size, const BYTE *in, BYTE *out)
{
    memcpy(out, in, size);
    return reached(S_OK);
}

static M test_Text(ITestServer *iface, const WCHAR *text, LPWSTR *copy)
{
    SIZE_T size = (wcslen(text) + 1) * sizeof(WCHAR);

    *copy = CoTaskMemAlloc(size);
    if (*copy)
        memcpy(*copy, text, size);
    return reached(S_OK);
}

static M test_Record(ITestServer *iface, test_record *record)
{
    ++record->number;
    if (record->name)
        record->big += (LONGLONG)wcslen(record->name);
    return reached(S_OK);
}

static M test_Nest(ITestServer *iface, ITestServer *other, LONG depth, LONG *deep)
{
    *deep = 0;
    return reached(S_OK);
}

static M test_Fail(ITestServer *iface, HRESULT result)
{
    return reached(result);
}

static M test_FailWithError(ITestServer *iface, const WCHAR *description)
{
    return reached(wcslen(description) ? E_FAIL : S_OK);
}

static M test_Raise(ITestServer *iface, DWORD code)
{
    return reached(S_OK);
}

static M test_Who(ITestServer *iface, test_call *call)
{
    memset(call, 0, sizeof(*call));
    return reached(S_OK);
}

static M test_Self(ITestServer *iface, ITestServer **self)
{
    *self = iface;
    ITestServer_AddRef(iface);
    return reached(S_OK);
}

static M test_Act(ITestServer *iface, DWORD action, DWORD argument)
{
    return reached(S_OK);
}

static ITestServerVtbl test_vtbl = {UNKNOWN_ENTRIES(ITestServer), test_Add, test_Echo, test_Text,
        test_Record, test_Nest, test_Fail, test_FailWithError, test_Raise, test_Raise, test_Who,
        test_Self, test_Act};

/* --- IStdMarshalInfo --- */

UNKNOWN_METHODS(IStdMarshalInfo)

static M info_GetClassForHandler(IStdMarshalInfo *iface, DWORD context, void *data, CLSID *clsid)
{
    *clsid = CLSID_VictimHandler;
    return S_OK;
}

static IStdMarshalInfoVtbl info_vtbl = {UNKNOWN_ENTRIES(IStdMarshalInfo), info_GetClassForHandler};

/* --- IMarshal: 16 bytes which say nothing; whoever reads them gets a new object --- */

UNKNOWN_METHODS(IMarshal)

static M marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object, DWORD context,
        void *data, DWORD flags, CLSID *clsid)
{
    *clsid = CLSID_VictimCustom;
    return S_OK;
}

static M marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object, DWORD context,
        void *data, DWORD flags, DWORD *size)
{
    *size = 16;
    return S_OK;
}

static M marshal_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void *object,
        DWORD context, void *data, DWORD flags)
{
    return IStream_Write(stream, "0123456789abcdef", 16, NULL);
}

static M marshal_UnmarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void **out)
{
    BYTE bytes[16];
    ULONG got = 0;
    HRESULT hr = IStream_Read(stream, bytes, sizeof(bytes), &got);
    IUnknown *object;

    *out = NULL;
    if (FAILED(hr) || got != sizeof(bytes))
        return STG_E_READFAULT;
    object = victim_create(VICTIM_PLAIN);
    hr = IUnknown_QueryInterface(object, iid, out);
    IUnknown_Release(object);
    return hr;
}

static M marshal_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    return S_OK;
}

static M marshal_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    return S_OK;
}

static IMarshalVtbl marshal_vtbl = {UNKNOWN_ENTRIES(IMarshal), marshal_GetUnmarshalClass,
        marshal_GetMarshalSizeMax, marshal_MarshalInterface, marshal_UnmarshalInterface,
        marshal_ReleaseMarshalData, marshal_DisconnectObject};

/* --- making --- */

IUnknown *victim_create(enum victim_kind kind)
{
    struct victim *victim = calloc(1, sizeof(*victim));

    if (!victim)
        bail_out("out of memory");
    victim->IUnknown_iface.lpVtbl = &unknown_vtbl;
    victim->IClassFactory_iface.lpVtbl = &factory_vtbl;
    victim->IStream_iface.lpVtbl = &stream_vtbl;
    victim->IMoniker_iface.lpVtbl = &moniker_vtbl;
    victim->ITestServer_iface.lpVtbl = &test_vtbl;
    victim->IStdMarshalInfo_iface.lpVtbl = &info_vtbl;
    victim->IMarshal_iface.lpVtbl = &marshal_vtbl;
    victim->kind = kind;
    victim->references = 1;
    InterlockedIncrement(&alive);
    if (kind == VICTIM_AGILE)
        CoCreateFreeThreadedMarshaler(&victim->IUnknown_iface, &victim->marshaler);
    return &victim->IUnknown_iface;
}

/* The class of CLSID_VictimCustom: one object for the whole run. */
static M custom_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    IUnknown *object = victim_create(VICTIM_CUSTOM);
    HRESULT hr = IUnknown_QueryInterface(object, iid, out);

    IUnknown_Release(object);
    return hr;
}

static M custom_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    BOOL has = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);

    *out = has ? iface : NULL;
    return has ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE custom_count(IClassFactory *iface)
{
    return 2;
}

void victims_register(void)
{
    static IClassFactoryVtbl vtbl = {custom_QueryInterface, custom_count, custom_count,
            custom_CreateInstance, factory_LockServer};
    static IClassFactory factory = {&vtbl};
    DWORD cookie;

    test_proxies_register();
    is_hr(CoRegisterClassObject(&CLSID_VictimCustom, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "the unmarshaller's class");
}

HRESULT victim_marshal(IUnknown *object, REFIID iid, DWORD context, DWORD flags, BYTE **data,
        ULONG *size)
{
    HGLOBAL memory;
    IStream *stream;
    STATSTG stat;
    HRESULT hr;

    *data = NULL;
    *size = 0;
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, iid, object, context, NULL, flags);
    if (SUCCEEDED(hr))
        hr = IStream_Stat(stream, &stat, STATFLAG_NONAME);
    if (SUCCEEDED(hr))
        hr = GetHGlobalFromStream(stream, &memory);
    if (SUCCEEDED(hr))
    {
        *size = stat.cbSize.LowPart;
        *data = malloc(*size);
        memcpy(*data, GlobalLock(memory), *size);
        GlobalUnlock(memory);
    }
    IStream_Release(stream);
    return hr;
}

/* --- a stream over memory --- */

static struct memory_stream *memory_stream_from(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct memory_stream, IStream_iface);
}

static M memory_QueryInterface(IStream *iface, REFIID iid, void **out)
{
    BOOL has = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IStream)
            || IsEqualIID(iid, &IID_ISequentialStream);

    *out = has ? iface : NULL;
    if (has)
        IStream_AddRef(iface);
    return has ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE memory_AddRef(IStream *iface)
{
    return InterlockedIncrement(&memory_stream_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE memory_Release(IStream *iface)
{
    return InterlockedDecrement(&memory_stream_from(iface)->references);
}

static M memory_Read(IStream *iface, void *data, ULONG size, ULONG *done)
{
    struct memory_stream *stream = memory_stream_from(iface);
    ULONG count = min(size, stream->size - stream->at);

    memcpy(data, stream->data + stream->at, count);
    stream->at += count;
    if (done)
        *done = count;
    return count == size ? S_OK : S_FALSE;
}

static M memory_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *position)
{
    struct memory_stream *stream = memory_stream_from(iface);
    LONGLONG at = move.QuadPart;

    if (origin == STREAM_SEEK_CUR)
        at += stream->at;
    else if (origin == STREAM_SEEK_END)
        at += stream->size;
    if (at < 0 || at > stream->size)
        return STG_E_INVALIDFUNCTION;
    stream->at = (ULONG)at;
    if (position)
        position->QuadPart = stream->at;
    return S_OK;
}

static M memory_Write(IStream *iface, const void *data, ULONG size, ULONG *done)
{
    return STG_E_ACCESSDENIED;
}

void memory_stream_init(struct memory_stream *stream, const void *data, ULONG size)
{
    static IStreamVtbl vtbl;

    if (!vtbl.Read)
    {
        vtbl = stream_vtbl; /* the rest is never called */
        vtbl.QueryInterface = memory_QueryInterface;
        vtbl.AddRef = memory_AddRef;
        vtbl.Release = memory_Release;
        vtbl.Write = memory_Write;
        vtbl.Seek = memory_Seek;
        vtbl.Read = memory_Read;
    }
    stream->IStream_iface.lpVtbl = &vtbl;
    stream->data = data;
    stream->size = size;
    stream->at = 0;
    stream->references = 1;
}
