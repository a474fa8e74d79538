/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decompression filter: gzip and deflate in pieces of every size, and broken ones. The data
 * were made by gzip and zlib. */
#include "protocol_bed.h"

#include <stdlib.h>
#include <string.h>

#include "decompression_data.h"

static const CLSID clsid_filter = {0x8f6b0360, 0xb80d, 0x11d0,
        {0xa9, 0xb3, 0x00, 0x60, 0x97, 0x94, 0x23, 0x11}};

/* What the source holds, and how many bytes a Read gives at most, with E_PENDING between. */
static const BYTE *source_bytes;
static ULONG source_length, source_piece;
static BOOL source_is_slow;

static HRESULT source_read(struct bed_handler *handler, void *buffer, ULONG size, ULONG *count)
{
    ULONG left = source_length - handler->position;

    *count = 0;
    if (!left)
        return S_FALSE;
    if (source_is_slow && (handler->locks ^= 1))
        return E_PENDING;
    if (size > source_piece)
        size = source_piece;
    *count = left < size ? left : size;
    memcpy(buffer, source_bytes + handler->position, *count);
    handler->position += *count;
    return S_OK;
}

static const struct bed_kind source_kind = {.read = source_read};
static struct bed_factory sources;

/* Runs the filter over source_bytes; what came out, by malloc, its length and how it ended. */
static BYTE *decompress(const WCHAR *mime, ULONG out_piece, ULONG limit, ULONG *length,
        HRESULT *end)
{
    struct bed_sink sink;
    IInternetProtocol *filter = NULL, *source = NULL;
    PROTOCOLFILTERDATA data;
    BYTE *out = malloc(limit);
    HRESULT hr;

    *length = 0;
    *end = E_FAIL;
    CoCreateInstance(&clsid_filter, NULL, CLSCTX_INPROC_SERVER, &IID_IInternetProtocol,
            (void **)&filter);
    if (!filter)
        return out;
    IClassFactory_CreateInstance(&sources.IClassFactory_iface, NULL, &IID_IInternetProtocol,
            (void **)&source);
    bed_sink_init(&sink, L"bed:x");
    data.cbSize = sizeof(data);
    data.pProtocolSink = &sink.IInternetProtocolSink_iface;
    data.pProtocol = source;
    data.pUnk = NULL;
    data.dwFilterFlags = 0;
    hr = IInternetProtocol_Start(filter, mime, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_FILTER_MODE | PI_FORCE_ASYNC, (HANDLE_PTR)&data);
    while (SUCCEEDED(hr) || hr == E_PENDING)
    {
        ULONG count = 0, room = limit - *length;

        if (!room || hr == S_FALSE)
            break;
        hr = IInternetProtocol_Read(filter, out + *length, room < out_piece ? room : out_piece,
                &count);
        *length += count;
    }
    *end = hr;
    IInternetProtocol_Terminate(filter, 0);
    IInternetProtocol_Release(filter);
    IInternetProtocol_Release(source);
    if (sink.references != 1)
        fail("the sink is held");
    DeleteCriticalSection(&sink.lock);
    return out;
}

static void check_sample(unsigned int number)
{
    static const ULONG pieces[] = {1, 2, 7, 100, 5000, 1000000};
    const struct sample *sample = &samples[number];
    unsigned int wrong = 0;

    source_bytes = sample->bytes;
    source_length = sample->length;
    for (unsigned int in = 0; in < ARRAYSIZE(pieces); in++)
    {
        for (unsigned int out = 0; out < ARRAYSIZE(pieces); out++)
        {
            BYTE *text;
            ULONG length;
            HRESULT end;

            source_piece = pieces[in];
            source_is_slow = in % 2;
            text = decompress(sample->mime, pieces[out], sample->text_length + 100, &length, &end);
            if (end != S_FALSE || length != sample->text_length)
                wrong++;
            for (ULONG i = 0; i < length && i < sample->text_length; i++)
            {
                if (text[i] != sample_byte(sample, i))
                {
                    wrong++;
                    break;
                }
            }
            free(text);
        }
    }
    is_uint(wrong, 0, "%s: decompressed in pieces", sample->name);
}

/* Cut off anywhere it ends in an error, and gives no more than there is. */
static void check_truncated(unsigned int number)
{
    const struct sample *sample = &samples[number];
    unsigned int wrong = 0, step = sample->length / 200 + 1;

    source_bytes = sample->bytes;
    source_piece = 1000000;
    source_is_slow = FALSE;
    for (source_length = 0; source_length < sample->length; source_length += step)
    {
        ULONG length;
        HRESULT end;
        BYTE *text = decompress(sample->mime, 5000, sample->text_length + 100, &length, &end);

        /* Without a wrapping the last byte may hold nothing but what fills it up. */
        if (end != INET_E_DOWNLOAD_FAILURE || length > sample->text_length)
            wrong++;
        free(text);
    }
    is_uint(wrong, 0, "%s: cut off", sample->name);
}

/* Damaged anywhere: whatever comes out, it ends, and stays within bounds. */
static void check_damaged(unsigned int number, unsigned int rounds)
{
    const struct sample *sample = &samples[number];
    BYTE *copy = VirtualAlloc(NULL, 65536, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    unsigned int seed = 12345 + number, ends = 0;

    for (unsigned int i = 0; i < rounds; i++)
    {
        ULONG length;
        HRESULT end;
        BYTE *text;

        memcpy(copy, sample->bytes, sample->length);
        for (unsigned int k = 0; k <= i % 4; k++)
        {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % sample->length] = (BYTE)(seed >> 24);
        }
        source_bytes = copy;
        source_length = sample->length;
        source_piece = 1 + i % 3000;
        source_is_slow = i & 1;
        text = decompress(sample->mime, 4096, 200000, &length, &end);
        ends += end == S_FALSE || end == INET_E_DOWNLOAD_FAILURE || length == 200000;
        free(text);
    }
    is_uint(ends, rounds, "%s: damaged, it ends", sample->name);
    VirtualFree(copy, 0, MEM_RELEASE);
}

static void test_arguments(void)
{
    struct bed_sink sink;
    IInternetProtocol *filter = NULL;
    PROTOCOLFILTERDATA data;
    BYTE byte;
    ULONG count;

    CoCreateInstance(&clsid_filter, NULL, CLSCTX_INPROC_SERVER, &IID_IInternetProtocol,
            (void **)&filter);
    bed_sink_init(&sink, L"bed:x");
    memset(&data, 0, sizeof(data));
    data.cbSize = sizeof(data);
    is_hr(IInternetProtocol_Start(filter, L"gzip", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, (HANDLE_PTR)&data),
            E_INVALIDARG, "Start without PI_FILTER_MODE");
    is_hr(IInternetProtocol_Start(filter, L"gzip", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, PI_FILTER_MODE, 0),
            E_INVALIDARG, "Start without PROTOCOLFILTERDATA");
    is_hr(IInternetProtocol_Start(filter, L"gzip", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, PI_FILTER_MODE, (HANDLE_PTR)&data),
            E_INVALIDARG, "Start without a source");
    is_hr(IInternetProtocol_Read(filter, &byte, 1, &count), E_UNEXPECTED, "Read before Start");
    data.pProtocol = filter;
    is_hr(IInternetProtocol_Start(filter, L"text/plain", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, PI_FILTER_MODE, (HANDLE_PTR)&data),
            INET_E_USE_DEFAULT_PROTOCOLHANDLER, "Start with what is not compressed");
    IInternetProtocol_Release(filter);
    bed_sink_done(&sink);
}

static const WCHAR *handler_type;

static HRESULT start_gzip(struct bed_handler *handler)
{
    bed_content(handler, (const char *)samples[0].bytes, samples[0].length);
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, handler_type);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

/* Through a binding: the handler says gzip, for which the filter is registered, and the text comes
 * out; its type is found in what comes out. Of another type nothing is decompressed. */
static void test_binding(const WCHAR *type, const char *log, BOOL is_filtered)
{
    static const struct bed_kind gzip = {.start = start_gzip};
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    unsigned int wrong = 0;

    handler_type = type;
    bed_factory_init(&factory, &gzip);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, is_filtered ? PI_MIMEVERIFICATION : 0, 0),
            S_OK, "%s: Start", tap_wstr(type));
    is_str(bed_sink_log(&sink, "20"), log, "%s: the reports", tap_wstr(type));
    is_uint(sink.data_length, is_filtered ? samples[0].text_length : samples[0].length, "%s: bytes",
            tap_wstr(type));
    for (ULONG i = 0; is_filtered && i < sink.data_length; i++)
        wrong += sink.data[i] != sample_byte(&samples[0], i);
    is_uint(wrong, 0, "%s: content", tap_wstr(type));
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    is_int(factory.alive, 0, "%s: the handler is gone", tap_wstr(type));
    bed_sink_done(&sink);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
}

int main(void)
{
    IUnknown *unknown = NULL;

    CoInitialize(NULL);
    if (builtin_lacks("a decompression filter that can be started"))
        return done_testing();
    bed_factory_init(&sources, &source_kind);
    is_hr(CoCreateInstance(&clsid_filter, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                  (void **)&unknown),
            S_OK, "CLSID_DeCompMimeFilter");
    if (!unknown)
        return done_testing();
    IUnknown_Release(unknown);
    test_arguments();
    for (unsigned int i = 0; i < ARRAYSIZE(samples); i++)
    {
        check_sample(i);
        check_truncated(i);
        check_damaged(i, 2000);
    }
    is_int(sources.alive, 0, "no source is left");
    test_binding(L"gzip", "P25 P13(text/plain) D5 R0", TRUE);
    test_binding(L"application/x-bed", "P13(application/x-bed) D5 R0", FALSE);
    CoUninitialize();
    return done_testing();
}
