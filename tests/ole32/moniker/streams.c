/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of monikers in streams, as [MS-OSHARED] 2.3.7 has them, and those by which the running
 * object table compares them (objidl/nf-objidl-irotdata-getcomparisondata).
 */
#include "names.h"

static void check_stream(IMoniker *moniker, const void *expected, ULONG size, const char *what)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    BYTE bytes[512] = {0};
    ULARGE_INTEGER most;
    IStream *stream;
    ULONG got = 0;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(IMoniker_Save(moniker, stream, FALSE), S_OK, "%s: saved", what);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, bytes, sizeof(bytes), &got);
    if (is_uint(got, size, "%s: bytes", what))
        is_mem(bytes, expected, size, "%s: the bytes", what);
    is_hr(IMoniker_GetSizeMax(moniker, &most), S_OK, "%s: the most", what);
    ok(most.QuadPart >= got, "%s: %u is the most", what, (unsigned int)most.QuadPart);
    IStream_Release(stream);
    IMoniker_Release(moniker);
}

static void check_comparison(IMoniker *moniker, const void *expected, ULONG size, const char *what)
{
    BYTE bytes[512] = {0};
    IROTData *data;
    ULONG got = 0;

    if (!is_hr(IMoniker_QueryInterface(moniker, &IID_IROTData, (void **)&data), S_OK,
                "%s: IROTData", what))
        return;
    is_hr(IROTData_GetComparisonData(data, bytes, sizeof(bytes), &got), S_OK, "%s: data", what);
    if (is_uint(got, size, "%s: size of the data", what))
        is_mem(bytes, expected, size, "%s: the data", what);
    is_hr(IROTData_GetComparisonData(data, bytes, size - 1, &got), E_OUTOFMEMORY,
            "%s: a byte too few", what);
    IROTData_Release(data);
    IMoniker_Release(moniker);
}

#define OLE_CLSID_BYTES(number) number, 3, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46

static void test_items(void)
{
    static const BYTE bytes[] = {2, 0, 0, 0, '!', 0, 5, 0, 0, 0, 'T', 'e', 's', 't', 0};
    /* what the ANSI code page cannot hold follows in Unicode */
    static const BYTE wide[] = {2, 0, 0, 0, '!', 0, 4, 0, 0, 0, '?', 0, 0x2d, 0x4e};
    static const BYTE compared[] = {OLE_CLSID_BYTES(4), '!', 0, 'T', 0, 'E', 0, 'S', 0, 'T', 0, 0,
            0};
    static const WCHAR middle[] = {0x4e2d, 0};

    check_stream(item_of(L"Test"), bytes, sizeof(bytes), "an item");
    todo_if(tap_builtin(), "[MS-OSHARED] 2.3.7.5: Unicode follows the text of the code page")
        check_stream(item_of(middle), wide, sizeof(wide), "an item in Unicode");
    check_comparison(item_of(L"Test"), compared, sizeof(compared), "an item");
}

static void test_files(void)
{
    static const BYTE bytes[] = {1, 0, 6, 0, 0, 0, 'a', '.', 't', 'x', 't', 0, 0xff, 0xff, 0xad,
            0xde, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const BYTE compared[] = {OLE_CLSID_BYTES(3), 'A', 0, '.', 0, 'B', 0, 0, 0};

    todo_builtin("[MS-OSHARED] 2.3.7.8: what goes up is counted, and not in the path")
        check_stream(file_of(L"..\\a.txt"), bytes, sizeof(bytes), "a file one folder up");
    check_comparison(file_of(L"a.b"), compared, sizeof(compared), "a file");
}

static void test_others(void)
{
    static const BYTE anti_bytes[] = {1, 0, 0, 0};
    static const BYTE anti_compared[] = {OLE_CLSID_BYTES(5), 1, 0, 0, 0};
    static const BYTE class_bytes[] = {OLE_CLSID_BYTES(0x24), 0, 0, 0, 0};
    static const BYTE class_compared[] = {OLE_CLSID_BYTES(0x1a), OLE_CLSID_BYTES(0x24)};
    static const BYTE composite_bytes[] = {2, 0, 0, 0, OLE_CLSID_BYTES(4), 2, 0, 0, 0, '!', 0, 2, 0,
            0, 0, 'A', 0, OLE_CLSID_BYTES(4), 2, 0, 0, 0, '!', 0, 2, 0, 0, 0, 'B', 0};
    static const BYTE composite_compared[] = {OLE_CLSID_BYTES(9), OLE_CLSID_BYTES(4), '!', 0, 'A',
            0, 0, 0, OLE_CLSID_BYTES(4), '!', 0, 'B', 0, 0, 0};
    static const CLSID clsid = {0x324, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IMoniker *moniker;

    CreateAntiMoniker(&moniker);
    check_stream(moniker, anti_bytes, sizeof(anti_bytes), "an anti-moniker");
    CreateAntiMoniker(&moniker);
    check_comparison(moniker, anti_compared, sizeof(anti_compared), "an anti-moniker");
    CreateClassMoniker(&clsid, &moniker);
    check_stream(moniker, class_bytes, sizeof(class_bytes), "a class");
    CreateClassMoniker(&clsid, &moniker);
    check_comparison(moniker, class_compared, sizeof(class_compared), "a class");
    check_stream(composed(item_of(L"A"), item_of(L"B")), composite_bytes, sizeof(composite_bytes),
            "a composite");
    check_comparison(composed(item_of(L"a"), item_of(L"b")), composite_compared,
            sizeof(composite_compared), "a composite");
}

/* Names that only Unicode holds come back; so does what goes up. */
static void test_back(void)
{
    static const WCHAR *const paths[] = {L"c:\\\x4e2d\x6587\\\x0434.txt", L"..\\..\\x\\y.z",
            L"\\\\server\\share\\f", L"", L"relative"};

    for (size_t i = 0; i < ARRAYSIZE(paths); i++)
    {
        LARGE_INTEGER start = {.QuadPart = 0};
        IMoniker *moniker = file_of(paths[i]), *copy = NULL;
        IStream *stream;

        CreateStreamOnHGlobal(NULL, TRUE, &stream);
        is_hr(OleSaveToStream((IPersistStream *)moniker, stream), S_OK, "path %u saved",
                (unsigned int)i);
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        todo_builtin("[MS-OSHARED] 2.3.7.8: a path may be empty, and may be in Unicode")
        {
            is_hr(OleLoadFromStream(stream, &IID_IMoniker, (void **)&copy), S_OK, "and loaded");
            is_named(copy, paths[i], "the path");
        }
        IStream_Release(stream);
        IMoniker_Release(moniker);
    }
}

static void run(void)
{
    test_items();
    test_files();
    test_others();
    test_back();
}

int main(void)
{
    CoInitialize(NULL);
    run();
    tap_account_begin();
    run();
    tap_account_end("monikers in streams");
    CoUninitialize();
    return done_testing();
}
