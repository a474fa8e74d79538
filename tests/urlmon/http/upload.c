/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data that a client sends: small ones with the request, large ones in pieces, from memory, files
 * and streams of every kind; refusals, redirects, aborts. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(300);

static struct harness_server server;

/* A stream on memory of its own, read on one thread only. */
struct stream
{
    IStream IStream_iface;
    LONG references;
    DWORD thread;
    UINT64 size, position;
    UINT64 fails_at;      /* Read fails there, unless 0 */
    DWORD step;           /* the most that Read gives */
    BOOL tells, seeks;    /* Stat and Seek work */
    unsigned int strange; /* calls on other threads */
    unsigned int largest; /* read at once */
};

static struct stream *stream_from(IStream *iface)
{
    struct stream *stream = CONTAINING_RECORD(iface, struct stream, IStream_iface);

    return stream;
}

static HRESULT STDMETHODCALLTYPE stream_QueryInterface(IStream *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream)
            && !IsEqualIID(iid, &IID_IStream))
        return E_NOINTERFACE;
    IStream_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE stream_AddRef(IStream *iface)
{
    return InterlockedIncrement(&stream_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE stream_Release(IStream *iface)
{
    return InterlockedDecrement(&stream_from(iface)->references);
}

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *data, ULONG size, ULONG *got)
{
    struct stream *stream = stream_from(iface);
    UINT64 left = stream->size - stream->position;

    stream->strange += stream->thread != GetCurrentThreadId();
    if (size > stream->largest)
        stream->largest = size;
    if (stream->step && size > stream->step)
        size = stream->step;
    if (size > left)
        size = (ULONG)left;
    if (stream->fails_at && stream->position + size > stream->fails_at)
        return STG_E_READFAULT;
    for (ULONG i = 0; i < size; i++)
        ((BYTE *)data)[i] = (BYTE)((stream->position + i) * 7 + ((stream->position + i) >> 9));
    stream->position += size;
    *got = size;
    return size ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG size,
        ULONG *done)
{
    (void)iface;
    (void)data;
    (void)size;
    (void)done;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    struct stream *stream = stream_from(iface);

    stream->strange += stream->thread != GetCurrentThreadId();
    if (!stream->seeks)
        return STG_E_INVALIDFUNCTION;
    if (origin == STREAM_SEEK_SET)
        stream->position = (UINT64)move.QuadPart;
    else if (origin == STREAM_SEEK_CUR)
        stream->position += (UINT64)move.QuadPart;
    else
        return STG_E_INVALIDFUNCTION;
    if (position)
        position->QuadPart = stream->position;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    (void)iface;
    (void)size;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER size,
        ULARGE_INTEGER *got, ULARGE_INTEGER *done)
{
    (void)iface;
    (void)to;
    (void)size;
    (void)got;
    (void)done;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
    (void)iface;
    (void)flags;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_Revert(IStream *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_LockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    (void)iface;
    (void)offset;
    (void)size;
    (void)type;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    struct stream *stream = stream_from(iface);

    (void)flags;
    stream->strange += stream->thread != GetCurrentThreadId();
    if (!stream->tells)
        return E_NOTIMPL;
    memset(stat, 0, sizeof(*stat));
    stat->type = STGTY_STREAM;
    stat->cbSize.QuadPart = stream->size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **out)
{
    (void)iface;
    *out = NULL;
    return E_NOTIMPL;
}

static IStreamVtbl stream_vtbl = {
        stream_QueryInterface,
        stream_AddRef,
        stream_Release,
        stream_Read,
        stream_Write,
        stream_Seek,
        stream_SetSize,
        stream_CopyTo,
        stream_Commit,
        stream_Revert,
        stream_LockRegion,
        stream_LockRegion,
        stream_Stat,
        stream_Clone,
};

static void stream_init(struct stream *stream, UINT64 size)
{
    memset(stream, 0, sizeof(*stream));
    stream->IStream_iface.lpVtbl = &stream_vtbl;
    stream->references = 1;
    stream->thread = GetCurrentThreadId();
    stream->size = size;
    stream->tells = stream->seeks = TRUE;
}

/* What the server says of what has come: "METHOD size=N sha256=X". */
static void is_received(struct sink *sink, const char *method, UINT64 size, const char *sha256)
{
    char expected[200];

    snprintf(expected, sizeof(expected), "%s size=%llu sha256=%s", method, size, sha256);
    sink->data[sink->received < sizeof(sink->data) ? sink->received : sizeof(sink->data) - 1] = 0;
    is_str((char *)sink->data, expected, "what the server has");
}

/* The hash of what a stream of that size gives, by way of a file. */
static void stream_hash(UINT64 size, UINT64 begin, char sha256[HARNESS_SHA256])
{
    HANDLE file =
            CreateFileW(harness_scratch(L"sent"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    static BYTE piece[65536];
    struct stream stream;
    DWORD done;
    ULONG got;

    stream_init(&stream, size);
    stream.position = begin;
    while (stream_Read(&stream.IStream_iface, piece, sizeof(piece), &got) == S_OK)
        WriteFile(file, piece, got, &done, NULL);
    CloseHandle(file);
    harness_sha256_file(harness_scratch(L"sent"), sha256);
}

static unsigned int count_reports(struct sink *sink, ULONG code)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < sink->report_count; i++)
        count += sink->reports[i].code == code;
    return count;
}

static void is_reported(struct sink *sink, UINT64 size)
{
    WCHAR last[64];
    const WCHAR *text = NULL;

    is_uint(count_reports(sink, BINDSTATUS_BEGINUPLOADDATA), 1, "BEGINUPLOADDATA");
    is_uint(count_reports(sink, BINDSTATUS_UPLOADINGDATA), (size + 262143) / 262144,
            "UPLOADINGDATA for each piece");
    is_uint(count_reports(sink, BINDSTATUS_ENDUPLOADDATA), 1, "ENDUPLOADDATA");
    for (unsigned int i = 0; i < sink->report_count; i++)
    {
        if (sink->reports[i].code == BINDSTATUS_UPLOADINGDATA)
            text = sink->reports[i].text;
    }
    swprintf(last, ARRAYSIZE(last), L"%I64u,%I64u", size, size);
    is_wstr(text, last, "the last says that all is sent");
}

static void test_stream(UINT64 size, UINT64 begin, DWORD step, BOOL tells, BOOL seeks)
{
    struct sink *sink = sink_create();
    struct stream stream;
    char sha256[HARNESS_SHA256];

    note("%llu bytes from %llu, %lu at once, tells %d, seeks %d", size, begin, step, tells, seeks);
    stream_hash(size, begin, sha256);
    stream_init(&stream, size);
    stream.position = begin;
    stream.step = step;
    stream.tells = tells;
    stream.seeks = seeks;
    sink->verb = BINDVERB_POST;
    sink->body_stream = &stream.IStream_iface;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "POST from a stream");
    is_received(sink, "POST", size - begin, sha256);
    is_uint(stream.strange, 0, "the stream stays on its thread");
    ok(stream.largest <= 1 << 20, "read in pieces: %u", stream.largest);
    if (tells && seeks && size - begin > 1 << 20)
        is_reported(sink, size - begin);
    sink_release(sink);
    /* The protocol object may live until the last word of the network. */
    for (unsigned int i = 0; i < 10000 && stream.references > 1; i++)
        Sleep(1);
    is_int(stream.references, 1, "nobody keeps the stream");
}

static void test_streams(void)
{
    test_stream(0, 0, 0, TRUE, TRUE);
    test_stream(5000, 0, 7, TRUE, TRUE);
    test_stream(1 << 20, 0, 0, TRUE, TRUE);
    test_stream((1 << 20) + 1, 0, 0, TRUE, TRUE);
    test_stream(5000000, 4000, 0, TRUE, TRUE);
    test_stream(3000001, 0, 10000, TRUE, TRUE);
    test_stream(3000000, 0, 0, FALSE, TRUE);
    test_stream(3000000, 0, 0, TRUE, FALSE);
    test_stream(300, 0, 0, FALSE, FALSE);
}

static void test_memory_and_file(void)
{
    static const DWORD sizes[] = {1000, 4000000};

    for (unsigned int i = 0; i < ARRAYSIZE(sizes) * 2; i++)
    {
        struct sink *sink = sink_create();
        DWORD size = sizes[i / 2];
        BYTE *data = malloc(size);
        char sha256[HARNESS_SHA256];
        struct stream stream;
        ULONG got;

        stream_hash(size, 0, sha256);
        stream_init(&stream, size);
        stream_Read(&stream.IStream_iface, data, size, &got);
        sink->verb = BINDVERB_PUT;
        if (i & 1)
            sink->body_file = harness_scratch(L"sent");
        else
        {
            sink->body = data;
            sink->body_size = size;
        }
        sink->no_switch = i == 2;
        sink_fetch(sink, harness_url(&server, L"x"));
        is_hr(sink->result, S_OK, "PUT from %s", i & 1 ? "a file" : "memory");
        is_received(sink, "PUT", size, sha256);
        if (size > 1 << 20)
            is_reported(sink, size);
        sink_release(sink);
        free(data);
    }
}

/* Page BINDINFOF: "use URL encoding to pass in the data provided in the stgmedData member of the
 * BINDINFO structure for PUT and POST operations". */

static void test_encoded_form(DWORD verb, const WCHAR *custom, const char *plain,
        const char *expected)
{
    struct sink *sink = sink_create();

    harness_do("server set id=%d mode=echo", server.id);
    sink->verb = verb;
    sink->custom_verb = custom;
    sink->info_flags = BINDINFOF_URLENCODESTGMEDDATA;
    sink->body = plain;
    sink->body_size = (DWORD)strlen(plain);
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "verb %lu, '%s'", verb, plain);
    sink->data[sink->received < sizeof(sink->data) ? sink->received : sizeof(sink->data) - 1] = 0;
    is_str((char *)sink->data, expected, "what the server has");
    sink_release(sink);
    harness_do("server set id=%d mode=read", server.id);
}

/* The same data from memory, a file and a stream, below and above what is sent at once. */
static void test_encoded_data(DWORD size, unsigned int medium)
{
    static const char digits[] = "0123456789ABCDEF";
    struct sink *sink = sink_create();
    BYTE *data = calloc(1, size), *encoded = malloc(3 * (size_t)size);
    char sha256[HARNESS_SHA256];
    struct stream stream;
    DWORD length = 0, done;
    HANDLE file;
    ULONG got;

    stream_init(&stream, size);
    stream_Read(&stream.IStream_iface, data, size, &got);
    stream.position = 0;
    for (DWORD i = 0; i < size; i++)
    {
        if (data[i] > ' ' && data[i] < 127 && !strchr("\"%<>\\^`{|}", data[i]))
        {
            encoded[length++] = data[i];
            continue;
        }
        encoded[length++] = '%';
        encoded[length++] = (BYTE)digits[data[i] >> 4];
        encoded[length++] = (BYTE)digits[data[i] & 15];
    }
    file = CreateFileW(harness_scratch(L"encoded"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, encoded, length, &done, NULL);
    CloseHandle(file);
    harness_sha256_file(harness_scratch(L"encoded"), sha256);
    stream_hash(size, 0, (char[HARNESS_SHA256]){0}); /* makes the plain file */

    sink->verb = medium & 1 ? BINDVERB_PUT : BINDVERB_POST;
    sink->info_flags = BINDINFOF_URLENCODESTGMEDDATA;
    if (medium == 0)
    {
        sink->body = data;
        sink->body_size = size;
    }
    else if (medium == 1)
        sink->body_file = harness_scratch(L"sent");
    else
        sink->body_stream = &stream.IStream_iface;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "%lu bytes of medium %u", size, medium);
    is_received(sink, sink->verb == BINDVERB_PUT ? "PUT" : "POST", length, sha256);
    is_uint(stream.strange, 0, "the stream stays on its thread");
    sink_release(sink);
    free(encoded);
    free(data);
}

static void test_encoded(void)
{
    test_encoded_form(BINDVERB_POST, NULL, "name=a b&second=50%\xc3\xa9+c/~",
            "name=a%20b&second=50%25%C3%A9+c/~");
    test_encoded_form(BINDVERB_PUT, NULL, "\"<>\\^`{|}\r\n\x7f\x01",
            "%22%3C%3E%5C%5E%60%7B%7C%7D%0D%0A%7F%01");
    test_encoded_form(BINDVERB_CUSTOM, L"REPORT", "a b", "a b");
    for (unsigned int medium = 0; medium < 3; medium++)
    {
        test_encoded_data(3000, medium);
        test_encoded_data(700000, medium); /* more than what is sent at once, when encoded */
        test_encoded_data(2500000, medium);
    }
}

/* A storage in memory with one stream. */
static IStorage *storage_create(DWORD size)
{
    BYTE *data = malloc(size);
    IStorage *storage = NULL;
    IStream *stream = NULL;
    ILockBytes *bytes;

    memset(data, 's', size);
    is_hr(CreateILockBytesOnHGlobal(NULL, TRUE, &bytes), S_OK, "memory");
    is_hr(StgCreateDocfileOnILockBytes(bytes, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE,
                  0, &storage),
            S_OK, "a storage");
    ILockBytes_Release(bytes);
    if (storage
            && SUCCEEDED(IStorage_CreateStream(storage, L"s",
                    STGM_CREATE | STGM_WRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &stream)))
    {
        is_hr(IStream_Write(stream, data, size, NULL), S_OK, "a stream in it");
        IStream_Release(stream);
    }
    free(data);
    return storage;
}

/* What has come back is a compound file with that stream. */
static void is_storage(const struct sink *sink, DWORD size)
{
    HGLOBAL memory = GlobalAlloc(GMEM_FIXED, (SIZE_T)sink->received);
    IStorage *storage = NULL;
    IStream *stream = NULL;
    BYTE data[600] = {0};
    ILockBytes *bytes;
    ULONG got = 0;

    memcpy(memory, sink->data, (size_t)sink->received);
    CreateILockBytesOnHGlobal(memory, TRUE, &bytes);
    is_hr(StgOpenStorageOnILockBytes(bytes, NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0,
                  &storage),
            S_OK, "it is a storage");
    if (storage)
    {
        is_hr(IStorage_OpenStream(storage, L"s", NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0,
                      &stream),
                S_OK, "with the stream");
        if (stream)
        {
            IStream_Read(stream, data, sizeof(data), &got);
            IStream_Release(stream);
        }
        IStorage_Release(storage);
    }
    is_uint(got, size, "its size");
    ok(data[0] == 's' && data[size - 1] == 's', "its data");
    ILockBytes_Release(bytes);
}

static void test_storage(void)
{
    static const DWORD sizes[] = {500, 3000000};
    static const BYTE magic[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};

    harness_do("server set id=%d mode=echo", server.id);
    for (unsigned int i = 0; i < ARRAYSIZE(sizes); i++)
    {
        struct sink *sink = sink_create();

        sink->verb = BINDVERB_POST;
        sink->body_storage = storage_create(sizes[i]);
        if (sink->body_storage)
        {
            sink_fetch(sink, harness_url(&server, L"x"));
            is_hr(sink->result, S_OK, "POST from a storage");
            ok(sink->received > sizes[i], "%lu bytes and more", sizes[i]);
            ok(!memcmp(sink->data, magic, sizeof(magic)), "a compound file");
            if (sink->received <= sizeof(sink->data))
                is_storage(sink, sizes[i]);
            else
                is_uint(count_reports(sink, BINDSTATUS_ENDUPLOADDATA), 1, "ENDUPLOADDATA");
            IStorage_AddRef(sink->body_storage);
            for (unsigned int n = 0; n < 10000 && IStorage_Release(sink->body_storage) > 1; n++)
            {
                Sleep(1); /* until the last word of the network */
                IStorage_AddRef(sink->body_storage);
            }
            is_uint(IStorage_Release(sink->body_storage), 0, "nobody keeps the storage");
        }
        sink_release(sink);
    }
    harness_do("server set id=%d mode=read", server.id);
}

static void test_trouble(void)
{
    struct stream stream;
    struct sink *sink = sink_create();
    IInternetProtocolEx *protocol;

    stream_init(&stream, 3000000);
    stream.fails_at = 2000000;
    sink->verb = BINDVERB_POST;
    sink->body_stream = &stream.IStream_iface;
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, STG_E_READFAULT, "a stream that fails on the way");
    is_uint(sink->results, 1, "one result");
    sink_release(sink);

    sink = sink_create();
    sink->verb = BINDVERB_POST;
    sink->body_file = L"C:\\no\\such\\file";
    sink_fetch(sink, harness_url(&server, L"x"));
    ok(FAILED(sink->result), "a file that is not there: %s", tap_hr(sink->result));
    sink_release(sink);

    /* A server that does not read: the client aborts. */
    harness_do("server set id=%d mode=deaf", server.id);
    sink = sink_create();
    stream_init(&stream, 60000000);
    sink->verb = BINDVERB_POST;
    sink->body_stream = &stream.IStream_iface;
    sink->keep = TRUE;
    protocol = protocol_create(&CLSID_HttpProtocol);
    sink_start(sink, protocol, harness_url(&server, L"x"));
    for (unsigned int i = 0; i < 4 && !sink->results; i++)
    {
        PROTOCOLDATA data;

        while (!sink->switch_waiting && !sink->results)
            SwitchToThread();
        data = sink->switch_data;
        sink->switch_waiting = FALSE;
        IInternetProtocolEx_Continue(protocol, &data);
    }
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), S_OK, "Abort while data are sent");
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    is_hr(sink->result, E_ABORT, "its reason");
    sink_release(sink);
    harness_do("server set id=%d mode=read", server.id);
}

/* The data go again with credentials, and to where 307 leads. */
static void test_again(void)
{
    struct harness_server other;
    struct sink *sink = sink_create();
    struct stream stream;
    char sha256[HARNESS_SHA256], options[200];

    stream_hash(3000000, 500, sha256);
    stream_init(&stream, 3000000);
    stream.position = 500;
    snprintf(options, sizeof(options),
            "kind=upload keepalive=off mode=redirect to=http://127.0.0.1:%d/y", server.port);
    harness_server_start(&other, options);
    sink->verb = BINDVERB_POST;
    sink->body_stream = &stream.IStream_iface;
    sink_fetch(sink, harness_url(&other, L"x"));
    is_hr(sink->result, S_OK, "307");
    is_received(sink, "POST", 2999500, sha256);
    is_uint(stream.strange, 0, "the stream stays on its thread");
    sink_release(sink);

    harness_do("server set id=%d mode=guarded", other.id);
    stream.position = 500;
    sink = sink_create();
    sink->user = L"user";
    sink->password = L"secret";
    sink->verb = BINDVERB_POST;
    sink->body_stream = &stream.IStream_iface;
    sink_fetch(sink, harness_url(&other, L"x"));
    is_hr(sink->result, S_OK, "401");
    is_received(sink, "POST", 2999500, sha256);
    sink_release(sink);
    harness_server_stop(&other);
}

/* More than a count of 32 bits has room for; a file that is all hole. */
static void test_huge(void)
{
    const UINT64 size = (1ull << 32) + 4321;
    struct sink *sink = sink_create();
    LARGE_INTEGER end;
    char expected[64];
    HANDLE file;

    end.QuadPart = (LONGLONG)size;
    file = CreateFileW(harness_scratch(L"huge"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    ok(SetFilePointerEx(file, end, NULL, FILE_BEGIN) && SetEndOfFile(file), "a file of 4 GiB");
    CloseHandle(file);
    harness_do("server set id=%d mode=count", server.id);
    sink->verb = BINDVERB_PUT;
    sink->body_file = harness_scratch(L"huge");
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, S_OK, "PUT of %llu bytes", size);
    snprintf(expected, sizeof(expected), "PUT size=%llu", size);
    sink->data[sink->received < 200 ? sink->received : 200] = 0;
    is_str((char *)sink->data, expected, "all of them");
    sink_release(sink);
    DeleteFileW(harness_scratch(L"huge"));
    harness_do("server set id=%d mode=read", server.id);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("data in pieces, page BINDINFO"))
        return done_testing();
    CoInitialize(NULL);
    harness_server_start(&server, "kind=upload keepalive=off");
    test_streams();
    tap_account_begin();
    test_streams();
    test_memory_and_file();
    test_encoded();
    test_storage();
    test_trouble();
    test_again();
    test_huge();
    tap_account_end("uploads");
    harness_server_stop(&server);
    CoUninitialize();
    return done_testing();
}
