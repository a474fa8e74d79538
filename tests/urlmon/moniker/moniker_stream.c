/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a URL moniker, [MS-OSHARED] 2.3.7.6, and such that somebody has altered. The
 * environment variable CONCIERGE_MUTATIONS says how many of those.
 */
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>

#include "tap.h"

TAP_TIME_LIMIT(300);

static const GUID serial_guid = {0xf4815879, 0x1d3b, 0x487f,
        {0xaf, 0x2c, 0x82, 0x5d, 0xc4, 0x85, 0x27, 0x63}};

static const WCHAR url[] = L"http://a.test/path?query#fragment";

/* The length that is written, the bytes that follow. */
static size_t stream_bytes(BYTE *data, DWORD length, const WCHAR *text, size_t text_size,
        const GUID *guid, DWORD version, DWORD flags)
{
    size_t size = 0;

    memcpy(data, &length, sizeof(length));
    size += sizeof(length);
    memcpy(data + size, text, text_size);
    size += text_size;
    if (guid)
    {
        memcpy(data + size, guid, sizeof(*guid));
        memcpy(data + size + 16, &version, sizeof(version));
        memcpy(data + size + 20, &flags, sizeof(flags));
        size += 24;
    }
    return size;
}

static IStream *stream_of(const BYTE *data, size_t size)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size ? size : 1);
    ULARGE_INTEGER end;
    IStream *stream;

    memcpy(GlobalLock(memory), data, size);
    GlobalUnlock(memory);
    CreateStreamOnHGlobal(memory, TRUE, &stream);
    end.QuadPart = size;
    IStream_SetSize(stream, end);
    return stream;
}

static HRESULT load(const BYTE *data, size_t size, IMoniker **out)
{
    IStream *stream = stream_of(data, size);
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_StdURLMoniker, NULL, CLSCTX_INPROC_SERVER, &IID_IMoniker,
            (void **)out);
    if (SUCCEEDED(hr))
        hr = IMoniker_Load(*out, stream);
    IStream_Release(stream);
    return hr;
}

static void test_load(void)
{
    BYTE data[1024];
    IMoniker *moniker;
    WCHAR *name;
    size_t size;

    size = stream_bytes(data, sizeof(url), url, sizeof(url), NULL, 0, 0);
    is_hr(load(data, size, &moniker), S_OK, "a URL alone");
    is_hr(IMoniker_GetDisplayName(moniker, NULL, NULL, &name), S_OK, "its name");
    is_wstr(name, url, "the URL");
    CoTaskMemFree(name);
    IMoniker_Release(moniker);

    size = stream_bytes(data, sizeof(url) + 24, url, sizeof(url), &serial_guid, 0, 0xaba5);
    is_hr(load(data, size, &moniker), S_OK, "with the flags of a moniker of CreateURLMoniker");
    is_hr(IMoniker_GetDisplayName(moniker, NULL, NULL, &name), S_OK, "its name");
    is_wstr(name, url, "the URL");
    CoTaskMemFree(name);
    IMoniker_Release(moniker);

    if (builtin_lacks("streams that are checked"))
        return;
    ok(FAILED(load(data, 3, &moniker)), "no length");
    IMoniker_Release(moniker);
    ok(FAILED(load(data, size - 1, &moniker)), "an end that is missing");
    IMoniker_Release(moniker);
    size = stream_bytes(data, 0xfffffff0, url, sizeof(url), &serial_guid, 0, 0);
    ok(FAILED(load(data, size, &moniker)), "a length of 4 GiB");
    IMoniker_Release(moniker);
    size = stream_bytes(data, sizeof(url) - 2, url, sizeof(url) - 2, NULL, 0, 0);
    ok(FAILED(load(data, size, &moniker)), "no terminating null");
    IMoniker_Release(moniker);
    size = stream_bytes(data, sizeof(url) + 24, url, sizeof(url), &IID_IUnknown, 0, 0);
    ok(FAILED(load(data, size, &moniker)), "another GUID");
    IMoniker_Release(moniker);
    size = stream_bytes(data, sizeof(url) + 24, url, sizeof(url), &serial_guid, 1, 0);
    ok(FAILED(load(data, size, &moniker)), "another version");
    IMoniker_Release(moniker);
}

static void test_save(void)
{
    BYTE data[1024], expected[1024];
    LARGE_INTEGER start = {{0}};
    ULARGE_INTEGER largest;
    IMoniker *moniker, *copy;
    IStream *stream;
    ULONG read = 0;
    size_t size;

    is_hr(CreateURLMoniker(NULL, url, &moniker), S_OK, "CreateURLMoniker");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(IMoniker_GetSizeMax(moniker, &largest), S_OK, "GetSizeMax");
    is_hr(IMoniker_Save(moniker, stream, TRUE), S_OK, "Save");
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, data, sizeof(data), &read);
    ok(read <= largest.QuadPart, "it is no larger than GetSizeMax says");
    size = stream_bytes(expected, sizeof(url) + 24, url, sizeof(url), &serial_guid, 0, 0xaba5);
    todo_builtin("what follows the URL is missing")
    {
        is_uint(read, size, "size");
        is_mem(data, expected, size, "the documented bytes");
    }
    is_hr(load(data, read, &copy), S_OK, "they can be loaded");
    is_hr(IMoniker_IsEqual(moniker, copy), S_OK, "an equal moniker");
    IMoniker_Release(copy);
    IMoniker_Release(moniker);

    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    is_hr(CreateURLMonikerEx(NULL, L"file:///C:/a%20b", &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    is_hr(OleSaveToStream((IPersistStream *)moniker, stream), S_OK, "OleSaveToStream");
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    is_hr(OleLoadFromStream(stream, &IID_IMoniker, (void **)&copy), S_OK, "OleLoadFromStream");
    is_hr(IMoniker_IsEqual(moniker, copy), S_OK, "an equal moniker");
    IMoniker_Release(copy);
    IMoniker_Release(moniker);
    IStream_Release(stream);
}

/* An empty moniker, as the class makes it. */
static void test_empty(void)
{
    IUriContainer *container;
    IMoniker *moniker, *other;
    IUnknown *outer, *object;
    WCHAR *name = NULL;
    IUri *uri = (void *)1;
    DWORD hash;

    is_hr(CoCreateInstance(&CLSID_StdURLMoniker, NULL, CLSCTX_INPROC_SERVER, &IID_IMoniker,
                  (void **)&moniker),
            S_OK, "CLSID_StdURLMoniker");
    is_hr(IMoniker_QueryInterface(moniker, &IID_IUriContainer, (void **)&container), S_OK,
            "IUriContainer");
    is_hr(IUriContainer_GetIUri(container, &uri), S_FALSE, "GetIUri");
    is_ptr(uri, NULL, "no URI");
    if (!tap_builtin())
    {
        ok(FAILED(IMoniker_GetDisplayName(moniker, NULL, NULL, &name)), "no name");
        ok(FAILED(IMoniker_Hash(moniker, &hash)), "no hash");
        CreateURLMoniker(NULL, url, &other);
        ok(IMoniker_IsEqual(moniker, other) != S_OK, "equal to none");
        IMoniker_Release(other);
    }
    CreateStreamOnHGlobal(NULL, TRUE, (IStream **)&outer);
    todo_builtin("it is made, with an outer object or without")
        ok(FAILED(CoCreateInstance(&CLSID_StdURLMoniker, outer, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                   (void **)&object)),
                "it cannot be aggregated");
    IUnknown_Release(outer);
    IUriContainer_Release(container);
    IMoniker_Release(moniker);
}

static unsigned int random_state = 20260101;

static unsigned int next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* One stream for all: its memory is written anew for each. */
static void test_mutations(void)
{
    const char *wanted = getenv("CONCIERGE_MUTATIONS");
    unsigned int count = wanted ? strtoul(wanted, NULL, 10) : 100000;
    LARGE_INTEGER start = {{0}};
    unsigned int loaded = 0;
    IClassFactory *factory;
    BYTE original[256], data[256];
    ULARGE_INTEGER end;
    IStream *stream;
    size_t size;

    if (builtin_lacks("streams that are checked"))
        return;
    size = stream_bytes(original, sizeof(url) + 24, url, sizeof(url), &serial_guid, 0, 0xaba5);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(CoGetClassObject(&CLSID_StdURLMoniker, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
                  (void **)&factory),
            S_OK, "the class object");
    for (unsigned int i = 0; i < count; i++)
    {
        unsigned int changes = 1 + next_random() % 4;
        IMoniker *moniker;
        WCHAR *name;

        memcpy(data, original, size);
        while (changes--)
        {
            /* The first bytes are the length, on which most depends. */
            unsigned int where = next_random() % 3 ? next_random() % size : next_random() % 4;

            data[where] = next_random() % 2 ? next_random() : data[where] ^ 1u << next_random() % 8;
        }
        end.QuadPart = next_random() % 4 ? size : next_random() % size;
        IStream_SetSize(stream, end);
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        IStream_Write(stream, data, end.LowPart, NULL);
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        if (FAILED(IClassFactory_CreateInstance(factory, NULL, &IID_IMoniker, (void **)&moniker)))
        {
            fail("mutation %u: no moniker", i);
            break;
        }
        if (SUCCEEDED(IMoniker_Load(moniker, stream)))
        {
            loaded++;
            if (SUCCEEDED(IMoniker_GetDisplayName(moniker, NULL, NULL, &name)))
                CoTaskMemFree(name);
        }
        IMoniker_Release(moniker);
    }
    ok(loaded > 0 && loaded < count, "%u of %u could be loaded", loaded, count);
    IClassFactory_Release(factory);
    IStream_Release(stream);
}

int main(void)
{
    CoInitialize(NULL);
    test_load();
    test_save();
    test_empty();
    tap_account_begin();
    test_mutations();
    tap_account_end("streams of URL monikers");
    CoUninitialize();
    return done_testing();
}
