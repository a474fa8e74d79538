/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What marshalling writes, byte for byte, and what unmarshalling does with bytes that nobody wrote:
 * cut, altered, made up. [MS-DCOM] 2.2.18. Whatever comes in, there is an error or a good proxy,
 * and in the end the object has the references it had.
 */
#include "bed.h"

#include <stdlib.h>
#include <string.h>

static UINT32 u32_at(const BYTE *bytes, unsigned int at)
{
    UINT32 value;

    memcpy(&value, bytes + at, 4);
    return value;
}

static void test_layout(void)
{
    struct counted object, other;
    BYTE *bytes, *second;
    IStream *stream, *again;
    ULONG size, size2;
    DWORD announced = 0;

    counted_init(&object);
    counted_init(&other);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    bytes = stream_bytes(stream, &size);
    is_mem(bytes, "MEOW", 4, "2.2.18.1: the signature");
    is_uint(u32_at(bytes, 4), 1, "OBJREF_STANDARD");
    is_guid((GUID *)(bytes + 8), &IID_IClassFactory, "the IID");
    is_uint(u32_at(bytes, 24), 0, "2.2.18.2: no flags");
    is_uint(u32_at(bytes, 28), 5, "the public references");
    ok(u32_at(bytes, 32) || u32_at(bytes, 36), "an OXID");
    ok(u32_at(bytes, 40) || u32_at(bytes, 44), "an OID");
    ok(size >= 68, "up to a DUALSTRINGARRAY (2.2.19): %lu bytes", size);
    if (size >= 68)
        is_uint(size, 68u + 2 * (u32_at(bytes, 64) & 0xffff), "whose length is as it says");
    CoGetMarshalSizeMax(&announced, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC,
            NULL, MSHLFLAGS_NORMAL);
    ok(announced >= size, "CoGetMarshalSizeMax promised enough");

    /* A second interface of the object: OXID and OID are those of the object, the IPID is not. */
    CreateStreamOnHGlobal(NULL, TRUE, &again);
    CoMarshalInterface(again, &IID_IPersist, counted_unknown(&object), MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    second = stream_bytes(again, &size2);
    is_mem(second + 32, bytes + 32, 16, "one OXID and OID an object");
    ok(memcmp(second + 48, bytes + 48, 16), "an IPID an interface");
    free(second);
    CoReleaseMarshalData(again);
    IStream_Release(again);
    CreateStreamOnHGlobal(NULL, TRUE, &again);
    CoMarshalInterface(again, &IID_IPersist, counted_unknown(&other), MSHCTX_INPROC, NULL,
            MSHLFLAGS_TABLESTRONG | MSHLFLAGS_NOPING);
    second = stream_bytes(again, &size2);
    is_mem(second + 32, bytes + 32, 8, "one OXID an apartment");
    ok(memcmp(second + 40, bytes + 40, 8), "an OID an object");
    is_uint(u32_at(second, 24) & 0x1000, 0x1000, "SORF_NOPING");
    is_uint(u32_at(second, 28), 0, "a table packet has no references of its own");
    free(second);
    CoReleaseMarshalData(again);
    IStream_Release(again);

    CoReleaseMarshalData(stream);
    IStream_Release(stream);
    free(bytes);
    is_int(object.references, 1, "no reference is left");
    is_int(other.references, 1, "nor on the other object");
}

/* An object that marshals itself: page IMarshal. The header is COM's, the rest its own. */
static const CLSID own_class = {0x7d0f6b5e, 0x2b61, 0x43a1,
        {0x8b, 0x0a, 0x5e, 0xf0, 0x31, 0x90, 0x4d, 0x12}};

static HRESULT STDMETHODCALLTYPE own_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMarshal))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE own_AddRef(IMarshal *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE own_Release(IMarshal *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE own_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *clsid = own_class;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE own_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *size = 12;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE own_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    return IStream_Write(stream, "by ourselves", 12, NULL);
}

static HRESULT STDMETHODCALLTYPE own_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    char text[12];
    ULONG got = 0;

    (void)iid;
    *out = NULL;
    IStream_Read(stream, text, sizeof(text), &got);
    if (got != 12 || memcmp(text, "by ourselves", 12))
        return E_FAIL;
    *out = iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE own_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    (void)iface, (void)stream;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE own_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface, (void)reserved;
    return S_FALSE;
}

static IMarshalVtbl own_vtbl = {own_QueryInterface, own_AddRef, own_Release, own_GetUnmarshalClass,
        own_GetMarshalSizeMax, own_MarshalInterface, own_UnmarshalInterface, own_ReleaseMarshalData,
        own_DisconnectObject};
static IMarshal own = {&own_vtbl};

static HRESULT STDMETHODCALLTYPE own_factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE own_factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE own_factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE own_factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface, (void)outer;
    return IMarshal_QueryInterface(&own, iid, out);
}

static HRESULT STDMETHODCALLTYPE own_factory_LockServer(IClassFactory *iface, WINBOOL lock)
{
    (void)iface, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl own_factory_vtbl = {own_factory_QueryInterface, own_factory_AddRef,
        own_factory_Release, own_factory_CreateInstance, own_factory_LockServer};
static IClassFactory own_factory = {&own_factory_vtbl};

static void test_custom(void)
{
    IUnknown *pointer = NULL;
    IStream *stream;
    DWORD cookie;
    BYTE *bytes;
    ULONG size;
    HRESULT hr;

    hr = CoRegisterClassObject(&own_class, (IUnknown *)&own_factory, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    is_hr(hr, S_OK, "CoRegisterClassObject");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = CoMarshalInterface(stream, &IID_IUnknown, (IUnknown *)&own, MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    is_hr(hr, S_OK, "an object that marshals itself");
    bytes = stream_bytes(stream, &size);
    is_uint(size, 48 + 12, "2.2.18.6: the header and its data");
    is_uint(u32_at(bytes, 4), 4, "OBJREF_CUSTOM");
    is_guid((GUID *)(bytes + 8), &IID_IUnknown, "the IID");
    is_guid((GUID *)(bytes + 24), &own_class, "the class that unmarshals");
    is_uint(u32_at(bytes, 40), 0, "cbExtension");
    is_uint(u32_at(bytes, 44), 12, "the size");
    is_mem(bytes + 48, "by ourselves", 12, "the data");
    free(bytes);
    hr = CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer);
    is_hr(hr, S_OK, "unmarshalled by its class");
    is_ptr(pointer, &own, "which gives its object");
    stream_rewind(stream);
    is_hr(CoReleaseMarshalData(stream), S_OK, "CoReleaseMarshalData");
    is_hr(CoDisconnectObject((IUnknown *)&own, 0), S_FALSE, "CoDisconnectObject is its own too");
    IStream_Release(stream);
    CoRevokeClassObject(cookie);
}

static UINT32 seed;

static UINT32 random_number(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* Tries one input in a foreign apartment; whatever it gives is released. */
static HRESULT try_bytes(const BYTE *bytes, ULONG size)
{
    IStream *stream = stream_of(bytes, size);
    IUnknown *pointer = NULL;
    HRESULT hr;

    hr = CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer);
    if (SUCCEEDED(hr) != (pointer != NULL))
        fail("%s with %p", tap_hr(hr), (void *)pointer);
    if (pointer)
        IUnknown_Release(pointer);
    IStream_Release(stream);
    return hr;
}

/* Whether the bytes say that another form of OBJREF follows, whose fields lie elsewhere. */
static BOOL matches_form(const BYTE *bytes)
{
    return u32_at(bytes, 4) != 1;
}

struct alter_request
{
    BYTE *bytes;
    ULONG size;
    int wrong; /* failures that were none, or successes that should not be */
};

/* Everywhere but in its length and flags, each byte of a table packet matters. */
static HRESULT alter_there(void *argument)
{
    struct alter_request *request = argument;
    BYTE buffer[300];
    IStream *stream;
    ULONG i, round;

    for (i = 0; i < request->size; ++i) /* truncated */
        request->wrong += SUCCEEDED(try_bytes(request->bytes, i));
    for (i = 0; i < 64; ++i) /* one bit */
    {
        BOOL matters = i < 8 || i >= 32;

        for (round = 0; round < 8; ++round)
        {
            HRESULT hr;

            memcpy(buffer, request->bytes, request->size);
            buffer[i] ^= 1 << round;
            hr = try_bytes(buffer, request->size);
            if (matches_form(buffer))
                continue;
            request->wrong += matters && SUCCEEDED(hr);
        }
    }
    for (round = 0; round < 20000; ++round) /* several bytes, and made-up tails */
    {
        ULONG length = random_number() % 4 ? request->size : random_number() % sizeof(buffer);
        ULONG changes = 1 + random_number() % 8;

        for (i = 0; i < sizeof(buffer); ++i)
            buffer[i] = i < request->size ? request->bytes[i] : random_number();
        while (changes--)
            buffer[random_number() % (length ? length : 1)] = random_number();
        try_bytes(buffer, length);
        /* What still names the packet may release it. */
        if (round % 8 == 0 && memcmp(buffer + 32, request->bytes + 32, 32))
        {
            stream = stream_of(buffer, length);
            CoReleaseMarshalData(stream);
            IStream_Release(stream);
        }
    }
    return S_OK;
}

static void test_hostile(struct host *host)
{
    struct alter_request request = {NULL, 0, 0};
    struct counted object;
    IUnknown *pointer;
    IStream *stream;

    if (builtin_lacks("care with streams that nobody wrote"))
        return;
    counted_init(&object);
    seed = 20261121;
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    CoMarshalInterface(stream, &IID_IClassFactory, counted_unknown(&object), MSHCTX_INPROC, NULL,
            MSHLFLAGS_TABLESTRONG);
    request.bytes = stream_bytes(stream, &request.size);
    CoLockObjectExternal(counted_unknown(&object), TRUE, TRUE);
    host_run(host, alter_there, &request);
    is_int(request.wrong, 0, "altered packets lead nowhere");
    free(request.bytes);
    stream_rewind(stream);
    ok(object.references > 1, "the object is still held");
    pointer = NULL;
    is_hr(CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&pointer), S_OK,
            "the packet itself is as good as before");
    if (pointer)
        IUnknown_Release(pointer);
    stream_rewind(stream);
    is_hr(CoReleaseMarshalData(stream), S_OK, "the packet is released");
    CoLockObjectExternal(counted_unknown(&object), FALSE, TRUE);
    ok(becomes(&object.references, 1), "no reference is left (%ld)", object.references);
    IStream_Release(stream);
}

static void run_all(void)
{
    struct host host;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_layout();
    test_custom();
    host_start(&host, COINIT_MULTITHREADED);
    test_hostile(&host);
    host_stop(&host);
    host_start(&host, COINIT_APARTMENTTHREADED);
    test_hostile(&host);
    host_stop(&host);
    CoUninitialize();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("packets, right and wrong");
    }
    is_int(counted_alive(), 0, "all objects which were made in calls are gone");
    return done_testing();
}
