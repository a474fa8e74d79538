/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CopyStgMedium, CopyBindInfo and ReleaseBindInfo, by their pages. */
#include <windows.h>
#include <urlmon.h>

#include "guard_pages.h"
#include "tap.h"

static const char post_data[] = "name=value&other=1";

static WCHAR *task_text(const WCHAR *text)
{
    WCHAR *copy = CoTaskMemAlloc((wcslen(text) + 1) * sizeof(WCHAR));

    wcscpy(copy, text);
    return copy;
}

static HGLOBAL task_global(const void *data, size_t size)
{
    HGLOBAL block = GlobalAlloc(GMEM_FIXED, size);

    memcpy(block, data, size);
    return block;
}

static ULONG references_of(IUnknown *object)
{
    IUnknown_AddRef(object);
    return IUnknown_Release(object);
}

static void test_metafile_picture(void)
{
    METAFILEPICT picture = {MM_ANISOTROPIC, 100, 200, NULL}, *copied;
    STGMEDIUM source = {.tymed = TYMED_MFPICT}, copy;
    HDC dc = CreateMetaFileW(NULL);

    Rectangle(dc, 1, 2, 3, 4);
    picture.hMF = CloseMetaFile(dc);
    source.hMetaFilePict = GlobalAlloc(GMEM_MOVEABLE, sizeof(picture));
    memcpy(GlobalLock(source.hMetaFilePict), &picture, sizeof(picture));
    GlobalUnlock(source.hMetaFilePict);
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_MFPICT");
    todo_builtin("the handle is shared")
        ok(copy.hMetaFilePict != source.hMetaFilePict, "other memory");
    if (copy.hMetaFilePict != source.hMetaFilePict)
    {
        copied = GlobalLock(copy.hMetaFilePict);
        is_int(copied->yExt, 200, "the same picture");
        ok(copied->hMF && copied->hMF != picture.hMF, "another metafile");
        GlobalUnlock(copy.hMetaFilePict);
        ReleaseStgMedium(&copy);
    }
    ReleaseStgMedium(&source);
}

static void test_medium(void)
{
    STGMEDIUM source, copy;
    IStream *stream;
    HDC dc;

    is_hr(CopyStgMedium(NULL, &copy), E_POINTER, "no source");
    memset(&source, 0, sizeof(source));
    is_hr(CopyStgMedium(&source, NULL), E_POINTER, "no target");

    memset(&copy, 0xcc, sizeof(copy));
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_NULL");
    is_uint(copy.tymed, TYMED_NULL, "kind");
    is_ptr(copy.pUnkForRelease, NULL, "nobody else releases it");

    source.tymed = TYMED_HGLOBAL;
    source.hGlobal = task_global(post_data, sizeof(post_data));
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_HGLOBAL");
    ok(copy.hGlobal != source.hGlobal, "other memory");
    ok(GlobalSize(copy.hGlobal) >= sizeof(post_data), "as much");
    is_str(GlobalLock(copy.hGlobal), post_data, "the same data");
    GlobalUnlock(copy.hGlobal);
    ReleaseStgMedium(&source);
    ReleaseStgMedium(&copy);

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    source.tymed = TYMED_ISTREAM;
    source.pstm = stream;
    source.pUnkForRelease = NULL;
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_ISTREAM");
    is_ptr(copy.pstm, stream, "the same stream");
    is_uint(references_of((IUnknown *)stream), 2, "with one more reference");
    ReleaseStgMedium(&copy);
    is_uint(references_of((IUnknown *)stream), 1, "which goes with the copy");

    source.pUnkForRelease = (IUnknown *)stream;
    is_hr(CopyStgMedium(&source, &copy), S_OK, "a medium that an object releases");
    is_ptr(copy.pUnkForRelease, stream, "so is the copy");
    is_uint(references_of((IUnknown *)stream), 3, "one for the stream, one for the object");
    ReleaseStgMedium(&copy);
    is_uint(references_of((IUnknown *)stream), 1, "which go with the copy");
    IStream_Release(stream);

    memset(&source, 0, sizeof(source));
    source.tymed = TYMED_FILE;
    source.lpszFileName = task_text(L"C:\\does not exist");
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_FILE");
    ok(copy.lpszFileName != source.lpszFileName, "another text");
    is_wstr(copy.lpszFileName, L"C:\\does not exist", "with the same name");
    ReleaseStgMedium(&source);
    ReleaseStgMedium(&copy);

    /* What another object releases keeps its handles; what has none copies none. */
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    memset(&source, 0, sizeof(source));
    source.tymed = TYMED_HGLOBAL;
    source.hGlobal = task_global(post_data, sizeof(post_data));
    source.pUnkForRelease = (IUnknown *)stream;
    is_hr(CopyStgMedium(&source, &copy), S_OK, "memory that an object releases");
    todo_builtin("shared memory is copied")
        is_ptr(copy.hGlobal, source.hGlobal, "the same memory");
    is_uint(references_of((IUnknown *)stream), 2, "the object stays as long");
    ReleaseStgMedium(&copy);
    GlobalFree(source.hGlobal);
    memset(&source, 0, sizeof(source));
    source.tymed = TYMED_ISTORAGE;
    source.pstg = (IStorage *)stream; /* IUnknown of it is all that is used */
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_ISTORAGE");
    is_ptr(copy.pstg, stream, "the same storage");
    is_uint(references_of((IUnknown *)stream), 2, "with one more reference");
    ReleaseStgMedium(&copy);
    is_uint(IStream_Release(stream), 0, "which goes with the copy");
    if (!tap_builtin())
    {
        static const DWORD kinds[] = {TYMED_HGLOBAL, TYMED_FILE, TYMED_ISTREAM, TYMED_ISTORAGE,
                TYMED_GDI, TYMED_MFPICT, TYMED_ENHMF};

        for (size_t i = 0; i < ARRAYSIZE(kinds); i++)
        {
            memset(&source, 0, sizeof(source));
            source.tymed = kinds[i];
            is_hr(CopyStgMedium(&source, &copy), S_OK, "an empty medium of kind %lu", kinds[i]);
            is_uint(copy.tymed, kinds[i], "its kind");
            is_ptr(copy.hGlobal, NULL, "and nothing in it");
        }
        source.tymed = TYMED_GDI | TYMED_MFPICT;
        is_hr(CopyStgMedium(&source, &copy), DV_E_TYMED, "two kinds at once");
        is_uint(copy.tymed, TYMED_NULL, "nothing is copied");
        source.tymed = TYMED_GDI;
        source.hBitmap = GetStockObject(WHITE_PEN);
        is_hr(CopyStgMedium(&source, &copy), DV_E_TYMED, "TYMED_GDI of no bitmap");
        is_uint(copy.tymed, TYMED_NULL, "nothing is copied");
    }
    test_metafile_picture();

    memset(&source, 0, sizeof(source));
    source.tymed = TYMED_ENHMF;
    dc = CreateEnhMetaFileW(NULL, NULL, NULL, NULL);
    Rectangle(dc, 1, 2, 3, 4);
    source.hEnhMetaFile = CloseEnhMetaFile(dc);
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_ENHMF");
    todo_builtin("the handle is shared")
        ok(copy.hEnhMetaFile && copy.hEnhMetaFile != source.hEnhMetaFile, "another metafile");
    if (copy.hEnhMetaFile == source.hEnhMetaFile)
        copy.tymed = TYMED_NULL;
    ReleaseStgMedium(&source);
    ReleaseStgMedium(&copy);

    memset(&source, 0, sizeof(source));
    source.tymed = TYMED_GDI;
    source.hBitmap = CreateBitmap(4, 4, 1, 1, NULL);
    is_hr(CopyStgMedium(&source, &copy), S_OK, "TYMED_GDI");
    todo_builtin("the handle is shared")
        ok(copy.hBitmap && copy.hBitmap != source.hBitmap, "another bitmap");
    if (copy.hBitmap == source.hBitmap)
        copy.tymed = TYMED_NULL;
    ReleaseStgMedium(&source);
    ReleaseStgMedium(&copy);
}

static void fill(BINDINFO *info, IStream *object)
{
    memset(info, 0, sizeof(*info));
    info->cbSize = sizeof(*info);
    info->szExtraInfo = task_text(L"extra");
    info->stgmedData.tymed = TYMED_HGLOBAL;
    info->stgmedData.hGlobal = task_global(post_data, sizeof(post_data));
    info->dwBindVerb = BINDVERB_CUSTOM;
    info->szCustomVerb = task_text(L"PROPFIND");
    info->cbstgmedData = sizeof(post_data) - 1;
    info->dwOptions = BINDINFO_OPTIONS_ENABLE_UTF8;
    info->dwCodePage = CP_UTF8;
    info->securityAttributes.nLength = sizeof(info->securityAttributes);
    info->securityAttributes.lpSecurityDescriptor = (void *)(ULONG_PTR)0xdeadbeef;
    info->iid = IID_IStream;
    info->pUnk = (IUnknown *)object;
    if (object)
        IStream_AddRef(object);
}

static void test_bind_info(void)
{
    BINDINFO source, copy;
    IStream *object;
    BYTE *small;

    CreateStreamOnHGlobal(NULL, TRUE, &object);
    fill(&source, object);
    memset(&copy, 0xcc, sizeof(copy));
    copy.cbSize = sizeof(copy);
    is_hr(CopyBindInfo(&source, &copy), S_OK, "CopyBindInfo");
    is_uint(copy.cbSize, sizeof(copy), "size");
    ok(copy.szExtraInfo != source.szExtraInfo, "szExtraInfo is another text");
    is_wstr(copy.szExtraInfo, L"extra", "szExtraInfo");
    ok(copy.stgmedData.hGlobal != source.stgmedData.hGlobal, "the data are copied");
    is_str(GlobalLock(copy.stgmedData.hGlobal), post_data, "the data");
    GlobalUnlock(copy.stgmedData.hGlobal);
    is_uint(copy.dwBindVerb, BINDVERB_CUSTOM, "verb");
    ok(copy.szCustomVerb != source.szCustomVerb, "szCustomVerb is another text");
    is_wstr(copy.szCustomVerb, L"PROPFIND", "szCustomVerb");
    is_uint(copy.cbstgmedData, sizeof(post_data) - 1, "size of the data");
    is_uint(copy.dwOptions, BINDINFO_OPTIONS_ENABLE_UTF8, "options");
    is_uint(copy.dwCodePage, CP_UTF8, "code page");
    is_guid(&copy.iid, &IID_IStream, "interface");
    is_ptr(copy.pUnk, object, "object");
    is_uint(references_of((IUnknown *)object), 3, "with a reference for each");

    ReleaseBindInfo(&source);
    is_uint(source.cbSize, sizeof(source), "ReleaseBindInfo keeps the size");
    is_ptr(source.szExtraInfo, NULL, "and nothing else");
    is_ptr(source.pUnk, NULL, "of it");
    is_uint(source.stgmedData.tymed, TYMED_NULL, "that was in it");
    is_uint(references_of((IUnknown *)object), 2, "the object is let go");
    is_wstr(copy.szExtraInfo, L"extra", "the copy stays");
    ReleaseBindInfo(&copy);
    is_uint(references_of((IUnknown *)object), 1, "until it is released");
    ReleaseBindInfo(&copy);
    pass("twice does no harm");
    ReleaseBindInfo(NULL);
    pass("nor does NULL");

    /* A client of old: its structure ends after cbstgmedData. */
    fill(&source, object);
    small = guarded_alloc(GUARD_PAGE);
    {
        BINDINFO *old = (BINDINFO *)(small + GUARD_PAGE - offsetof(BINDINFO, dwOptions));

        old->cbSize = offsetof(BINDINFO, dwOptions);
        is_hr(CopyBindInfo(&source, old), S_OK, "to a smaller structure");
        is_uint(old->cbSize, offsetof(BINDINFO, dwOptions), "its size stays");
        is_wstr(old->szCustomVerb, L"PROPFIND", "szCustomVerb");
        is_uint(references_of((IUnknown *)object), 2, "the object has no place in it");

        copy.cbSize = sizeof(copy);
        is_hr(CopyBindInfo(old, &copy), S_OK, "from a smaller structure");
        is_uint(copy.cbSize, sizeof(copy), "the size stays");
        is_wstr(copy.szExtraInfo, L"extra", "szExtraInfo");
        is_ptr(copy.pUnk, NULL, "no object");
        is_uint(copy.dwOptions, 0, "no options");
        ReleaseBindInfo(&copy);
        ReleaseBindInfo(old);
        is_ptr(old->szCustomVerb, NULL, "a smaller structure is released");
    }
    guarded_free(small);

    is_hr(CopyBindInfo(NULL, &copy), E_POINTER, "no source");
    is_hr(CopyBindInfo(&source, NULL), E_POINTER, "no target");
    copy.cbSize = 0;
    is_hr(CopyBindInfo(&source, &copy), E_INVALIDARG, "no size");
    ReleaseBindInfo(&source);
    is_uint(IStream_Release(object), 0, "nothing leaks");
}

/* The verbs of the page, with data of each kind. */
static void test_post_media(void)
{
    BINDINFO source, copy;
    IStream *stream;

    CreateStreamOnHGlobal(task_global(post_data, sizeof(post_data)), TRUE, &stream);
    memset(&source, 0, sizeof(source));
    source.cbSize = sizeof(source);
    source.dwBindVerb = BINDVERB_POST;
    source.stgmedData.tymed = TYMED_ISTREAM;
    source.stgmedData.pstm = stream;
    copy.cbSize = sizeof(copy);
    is_hr(CopyBindInfo(&source, &copy), S_OK, "data in a stream");
    is_ptr(copy.stgmedData.pstm, stream, "the same one");
    ReleaseBindInfo(&copy);
    is_uint(references_of((IUnknown *)stream), 1, "let go");
    ReleaseBindInfo(&source);

    memset(&source, 0, sizeof(source));
    source.cbSize = sizeof(source);
    source.dwBindVerb = BINDVERB_PUT;
    source.stgmedData.tymed = TYMED_FILE;
    source.stgmedData.lpszFileName = task_text(L"C:\\no such file");
    copy.cbSize = sizeof(copy);
    is_hr(CopyBindInfo(&source, &copy), S_OK, "data in a file");
    is_wstr(copy.stgmedData.lpszFileName, L"C:\\no such file", "its name");
    ReleaseBindInfo(&copy);

    source.stgmedData.tymed = 0x1000;
    copy.cbSize = sizeof(copy);
    ok(FAILED(CopyBindInfo(&source, &copy)), "data of an unknown kind");
    is_ptr(copy.stgmedData.lpszFileName, NULL, "nothing is copied");
    source.stgmedData.tymed = TYMED_FILE;
    ReleaseBindInfo(&source);
}

int main(void)
{
    test_medium();
    if (builtin_lacks("BINDINFO of several sizes"))
        return done_testing();
    test_bind_info();
    test_post_media();
    tap_account_begin();
    test_medium();
    test_bind_info();
    tap_account_end("media and BINDINFO");
    return done_testing();
}
