/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "traffic.h"

#include <stdlib.h>

#include "recorder.h"
#include "victims.h"

IUnknown *traffic_proxy(IUnknown *object, REFIID iid)
{
    struct memory_stream stream;
    IUnknown *proxy = NULL;
    BYTE *data;
    ULONG size;
    HRESULT hr = victim_marshal(object, iid, MSHCTX_LOCAL, MSHLFLAGS_TABLESTRONG, &data, &size);

    if (FAILED(hr))
        bail_out("CoMarshalInterface: %s", tap_hr(hr));
    recorder_redirect(data, size);
    memory_stream_init(&stream, data, size);
    hr = CoUnmarshalInterface(&stream.IStream_iface, iid, (void **)&proxy);
    is_hr(hr, S_OK, "a proxy through the recorder");
    free(data);
    return proxy;
}

static void traffic_factory(IUnknown *proxy)
{
    IClassFactory *factory;
    IUnknown *made;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_IClassFactory, (void **)&factory)))
        return;
    if (SUCCEEDED(IClassFactory_CreateInstance(factory, NULL, &IID_IStream, (void **)&made)))
        IUnknown_Release(made);
    IClassFactory_LockServer(factory, TRUE);
    IClassFactory_Release(factory);
}

static void traffic_stream(IUnknown *proxy)
{
    LARGE_INTEGER move = {.QuadPart = 12};
    ULARGE_INTEGER size = {.QuadPart = 100}, got, written;
    BYTE bytes[100] = "some bytes";
    IStream *stream, *other;
    STATSTG stat;
    ULONG done;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_IStream, (void **)&stream)))
        return;
    IStream_Read(stream, bytes, sizeof(bytes), &done);
    IStream_Write(stream, bytes, 40, &done);
    IStream_Seek(stream, move, STREAM_SEEK_SET, &got);
    IStream_SetSize(stream, size);
    IStream_CopyTo(stream, stream, size, &got, &written);
    IStream_Commit(stream, STGC_DEFAULT);
    IStream_LockRegion(stream, size, size, LOCK_WRITE);
    if (SUCCEEDED(IStream_Stat(stream, &stat, STATFLAG_DEFAULT)))
        CoTaskMemFree(stat.pwcsName);
    if (SUCCEEDED(IStream_Clone(stream, &other)))
        IStream_Release(other);
    IStream_Release(stream);
}

static void traffic_moniker(IUnknown *proxy)
{
    WCHAR text[] = L"some text";
    IMoniker *moniker, *other;
    IStream *stream;
    IUnknown *bound;
    LPOLESTR name;
    FILETIME time;
    ULONG eaten;
    CLSID clsid;
    DWORD hash;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_IMoniker, (void **)&moniker)))
        return;
    IMoniker_GetClassID(moniker, &clsid);
    IMoniker_IsDirty(moniker);
    if (SUCCEEDED(CreateStreamOnHGlobal(NULL, TRUE, &stream)))
    {
        IMoniker_Load(moniker, stream);
        IStream_Release(stream);
    }
    if (SUCCEEDED(IMoniker_BindToObject(moniker, NULL, NULL, &IID_IStream, (void **)&bound)))
        IUnknown_Release(bound);
    if (SUCCEEDED(IMoniker_Reduce(moniker, NULL, MKRREDUCE_ALL, NULL, &other)) && other)
        IMoniker_Release(other);
    if (SUCCEEDED(IMoniker_ComposeWith(moniker, moniker, FALSE, &other)) && other)
        IMoniker_Release(other);
    IMoniker_IsEqual(moniker, moniker);
    IMoniker_Hash(moniker, &hash);
    IMoniker_GetTimeOfLastChange(moniker, NULL, NULL, &time);
    if (SUCCEEDED(IMoniker_GetDisplayName(moniker, NULL, NULL, &name)))
        CoTaskMemFree(name);
    IMoniker_ParseDisplayName(moniker, NULL, NULL, text, &eaten, &other);
    IMoniker_Release(moniker);
}

static void traffic_test(IUnknown *proxy)
{
    WCHAR name[] = L"the name of a record";
    test_record record = {1, 2, 3.0, name};
    BYTE bytes[48] = "bytes", back[48];
    ITestServer *test, *self;
    test_call call;
    WCHAR *copy;
    LONG sum;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_ITestServer, (void **)&test)))
        return;
    ITestServer_Add(test, 1, 2, &sum);
    ITestServer_Echo(test, sizeof(bytes), bytes, back);
    if (SUCCEEDED(ITestServer_Text(test, L"a text of some length", &copy)))
        CoTaskMemFree(copy);
    ITestServer_Record(test, &record);
    if (record.name != name)
        CoTaskMemFree(record.name);
    ITestServer_Nest(test, test, 1, &sum);
    ITestServer_Fail(test, E_FAIL);
    ITestServer_FailWithError(test, L"description");
    ITestServer_Who(test, &call);
    if (SUCCEEDED(ITestServer_Self(test, &self)) && self)
        ITestServer_Release(self);
    ITestServer_Release(test);
}

void traffic_make(IUnknown *proxy)
{
    traffic_factory(proxy);
    traffic_stream(proxy);
    traffic_moniker(proxy);
    traffic_test(proxy);
}
