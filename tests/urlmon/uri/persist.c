/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPersistStream and IMarshal of URIs, and streams that lie. */
#include <shlwapi.h>

#include "uri_check.h"

/* {df2fce13-25ec-45bb-9d4c-cecd47c2430c} */
static const CLSID uri_class = {0xdf2fce13, 0x25ec, 0x45bb,
        {0x9d, 0x4c, 0xce, 0xcd, 0x47, 0xc2, 0x43, 0x0c}};

static IClassFactory *factory;

/* An object of the class of this DLL, whatever the registry says. */
static IUri *unloaded(void)
{
    IUri *uri = NULL;

    IClassFactory_CreateInstance(factory, NULL, &IID_IUri, (void **)&uri);
    return uri;
}

static IStream *stream_of(const void *data, ULONG size)
{
    LARGE_INTEGER zero = {{0}};
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (size)
        IStream_Write(stream, data, size, NULL);
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    return stream;
}

static ULONG position(IStream *stream)
{
    LARGE_INTEGER zero = {{0}};
    ULARGE_INTEGER at;

    IStream_Seek(stream, zero, STREAM_SEEK_CUR, &at);
    return (ULONG)at.QuadPart;
}

static void rewind_stream(IStream *stream)
{
    LARGE_INTEGER zero = {{0}};

    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
}

static HRESULT load(IUri *uri, IStream *stream)
{
    IPersistStream *persist;
    HRESULT hr;

    IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist);
    hr = IPersistStream_Load(persist, stream);
    IPersistStream_Release(persist);
    return hr;
}

static void test_round_trip(const WCHAR *text, DWORD flags)
{
    IUri *uri = uri_made(text, flags), *copy = unloaded();
    IStream *stream = stream_of(NULL, 0);
    IPersistStream *persist = NULL;
    ULARGE_INTEGER size;
    ULONG written;
    CLSID clsid;
    BOOL equal = FALSE;

    is_hr(IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist), S_OK, "IPersistStream");
    is_hr(IPersistStream_GetClassID(persist, &clsid), S_OK, "GetClassID");
    is_guid(&clsid, &uri_class, "the class");
    is_hr(IPersistStream_IsDirty(persist), S_FALSE, "a URI is never dirty");
    is_hr(IPersistStream_Save(persist, stream, TRUE), S_OK, "Save");
    written = position(stream);
    is_hr(IPersistStream_GetSizeMax(persist, &size), S_OK, "GetSizeMax");
    ok(size.QuadPart >= written, "%lu bytes, at most %lu", written, (ULONG)size.QuadPart);
    IStream_Write(stream, "next", 4, NULL);
    rewind_stream(stream);
    is_hr(load(copy, stream), S_OK, "Load");
    is_uint(position(stream), written, "the stream is behind it");
    is_hr(IUri_IsEqual(uri, copy, &equal), S_OK, "IsEqual");
    ok(equal, "%s came back", tap_wstr(text));
    is_wstr(uri_text(copy, Uri_PROPERTY_RAW_URI, 0), uri_text(uri, Uri_PROPERTY_RAW_URI, 0),
            "as it was written");
    is_wstr(uri_text(copy, Uri_PROPERTY_DISPLAY_URI, 0), uri_text(uri, Uri_PROPERTY_DISPLAY_URI, 0),
            "with its flags");
    rewind_stream(stream);
    is_hr(load(copy, stream), E_UNEXPECTED, "once only");
    IPersistStream_Release(persist);
    IStream_Release(stream);
    IUri_Release(copy);
    IUri_Release(uri);
}

static void test_unloaded(void)
{
    IUri *uri = unloaded();
    DWORD number;
    BSTR text;
    BOOL answer;

    is_hr(IUri_GetAbsoluteUri(uri, &text), E_UNEXPECTED, "no URI yet");
    is_hr(IUri_GetPort(uri, &number), E_UNEXPECTED, "no port yet");
    is_hr(IUri_GetProperties(uri, &number), E_UNEXPECTED, "no properties yet");
    is_hr(IUri_GetPropertyLength(uri, Uri_PROPERTY_HOST, &number, 0), E_UNEXPECTED,
            "no lengths yet");
    is_hr(IUri_IsEqual(uri, uri, &answer), E_UNEXPECTED, "nothing to compare yet");
    IUri_Release(uri);
}

static void test_marshal(void)
{
    IUri *uri = uri_made(L"http://user@example.com/a?b#c", 0), *copy = unloaded(), *out = NULL;
    IStream *stream = stream_of(NULL, 0);
    IMarshal *marshal, *unmarshal;
    DWORD size = 0;
    CLSID clsid;

    IUri_QueryInterface(uri, &IID_IMarshal, (void **)&marshal);
    IUri_QueryInterface(copy, &IID_IMarshal, (void **)&unmarshal);
    is_hr(IMarshal_GetUnmarshalClass(marshal, &IID_IUri, uri, MSHCTX_LOCAL, NULL, 0, &clsid), S_OK,
            "GetUnmarshalClass");
    is_guid(&clsid, &uri_class, "the class");
    is_hr(IMarshal_GetMarshalSizeMax(marshal, &IID_IUri, uri, MSHCTX_LOCAL, NULL, 0, &size), S_OK,
            "GetMarshalSizeMax");
    is_hr(IMarshal_MarshalInterface(marshal, stream, &IID_IUri, uri, MSHCTX_DIFFERENTMACHINE, NULL,
                  0),
            E_INVALIDARG, "to another machine");
    is_hr(IMarshal_MarshalInterface(marshal, stream, &IID_IUri, uri, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_TABLESTRONG),
            E_INVALIDARG, "into a table");
    is_hr(IMarshal_MarshalInterface(marshal, stream, &IID_IUri, uri, MSHCTX_LOCAL, NULL, 0), S_OK,
            "MarshalInterface");
    ok(position(stream) <= size, "%lu bytes, at most %lu", position(stream), size);
    rewind_stream(stream);
    is_hr(IMarshal_UnmarshalInterface(unmarshal, stream, &IID_IUri, (void **)&out), S_OK,
            "UnmarshalInterface");
    if (out)
    {
        is_wstr(uri_text(out, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://user@example.com/a?b#c",
                "the same URI");
        IUri_Release(out);
    }
    IMarshal_Release(marshal);
    IMarshal_Release(unmarshal);
    IStream_Release(stream);
    IUri_Release(copy);
    IUri_Release(uri);
}

/* By the class that the object names, through COM. */
static void test_com(void)
{
    IUri *uri = uri_made(L"http://example.com/a", 0), *copy = NULL;
    IStream *stream = stream_of(NULL, 0);

    is_hr(CoMarshalInterface(stream, &IID_IUri, (IUnknown *)uri, MSHCTX_INPROC, NULL, 0), S_OK,
            "CoMarshalInterface");
    rewind_stream(stream);
    is_hr(CoUnmarshalInterface(stream, &IID_IUri, (void **)&copy), S_OK, "CoUnmarshalInterface");
    if (copy)
    {
        is_wstr(uri_text(copy, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://example.com/a",
                "the same URI");
        IUri_Release(copy);
    }
    IStream_Release(stream);
    IUri_Release(uri);
}

/* Every number of a saved URI replaced, every length cut. */
static void test_lies(void)
{
    static const DWORD numbers[] = {0, 1, 2, 31, 34, 35, 42, 0x7fffffff, 0x80000000, 0xfffffffe,
            0xffffffff, 0x3fffffff};
    BYTE data[600];
    IUri *uri = uri_made(L"http://user:word@example.com:81/a?b#c", 0);
    IStream *stream = stream_of(NULL, 0);
    IPersistStream *persist;
    ULONG size, loaded = 0, refused = 0;

    IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist);
    IPersistStream_Save(persist, stream, TRUE);
    size = position(stream);
    rewind_stream(stream);
    IStream_Read(stream, data, sizeof(data), NULL);
    IStream_Release(stream);
    IPersistStream_Release(persist);
    IUri_Release(uri);
    for (ULONG cut = 0; cut <= size + size / 4 * ARRAYSIZE(numbers); cut++)
    {
        ULONG at = cut > size ? (cut - size - 1) / ARRAYSIZE(numbers) * 4 : 0;
        DWORD kept;

        memcpy(&kept, data + at, sizeof(kept));
        if (cut > size)
            memcpy(data + at, &numbers[(cut - size - 1) % ARRAYSIZE(numbers)], sizeof(kept));
        stream = stream_of(data, cut > size ? size : cut);
        uri = unloaded();
        if (SUCCEEDED(load(uri, stream)))
        {
            loaded++;
            uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0);
        }
        else
            refused++;
        IUri_Release(uri);
        IStream_Release(stream);
        memcpy(data + at, &kept, sizeof(kept));
    }
    note("%lu streams loaded, %lu refused", loaded, refused);
    ok(loaded && refused, "nothing worse happened");
}

int main(void)
{
    LPFNGETCLASSOBJECT get_class;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    get_class = (LPFNGETCLASSOBJECT)(void *)GetProcAddress(GetModuleHandleW(L"urlmon.dll"),
            "DllGetClassObject");
    hr = get_class(&uri_class, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "the class of URIs");
    if (FAILED(hr))
        return done_testing();
    test_round_trip(L"http://user:word@example.com:81/a%20b?c#d", 0);
    test_round_trip(L"HTTP://Example.com/a/../b", Uri_CREATE_NO_CANONICALIZE);
    test_round_trip(L"a/b", Uri_CREATE_ALLOW_RELATIVE);
    test_round_trip(L"c:\\a b", Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME);
    test_round_trip(L"zip:x", 0);
    test_unloaded();
    test_marshal();
    test_com();
    if (!builtin_lacks("robust IPersistStream::Load of URIs"))
        test_lies();
    IClassFactory_Release(factory);
    CoUninitialize();
    return done_testing();
}
