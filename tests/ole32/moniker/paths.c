/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths of file monikers: composed, compared, what they have in common, the way from one to the
 * other. Pages of IMoniker::ComposeWith, CommonPrefixWith and RelativePathTo, whose examples these
 * are.
 */
#include "names.h"

static void check_compose(const WCHAR *left, const WCHAR *right, HRESULT expected,
        const WCHAR *path)
{
    IMoniker *one = file_of(left), *other = file_of(right), *both = (void *)1;

    is_hr(IMoniker_ComposeWith(one, other, FALSE, &both), expected, "%ls and %ls", left, right);
    is_named(both, path, "the composition");
    IMoniker_Release(one);
    IMoniker_Release(other);
}

static void check_common(const WCHAR *left, const WCHAR *right, HRESULT expected, const WCHAR *path)
{
    IMoniker *one = file_of(left), *other = file_of(right), *common = (void *)1;

    is_hr(IMoniker_CommonPrefixWith(one, other, &common), expected, "%ls and %ls", left, right);
    is_named(common, path, "what they have in common");
    IMoniker_Release(one);
    IMoniker_Release(other);
}

/* The way composed with where it begins is where it ends. */
static void check_relative(const WCHAR *from, const WCHAR *to, HRESULT expected, const WCHAR *path)
{
    IMoniker *one = file_of(from), *other = file_of(to), *way = (void *)1, *end = NULL;

    is_hr(IMoniker_RelativePathTo(one, other, &way), expected, "from %ls to %ls", from, to);
    has_name(way, path, "the way");
    if (expected == S_OK && way)
    {
        is_hr(IMoniker_ComposeWith(one, way, FALSE, &end), S_OK, "the beginning and the way");
        if (end)
            is_hr(IMoniker_IsEqual(end, other), S_OK, "... make the end");
        is_named(end, to, "the end");
    }
    if (way)
        IMoniker_Release(way);
    IMoniker_Release(one);
    IMoniker_Release(other);
}

static void test_equal(void)
{
    IMoniker *one = file_of(L"C:\\Work\\Report.doc"), *other = file_of(L"c:\\work\\REPORT.DOC");
    DWORD hash = 1, other_hash = 2;

    is_hr(IMoniker_IsEqual(one, other), S_OK, "paths in other letters");
    is_hr(IMoniker_Hash(one, &hash), S_OK, "its hash");
    is_hr(IMoniker_Hash(other, &other_hash), S_OK, "the other's");
    is_uint(hash, other_hash, "equal monikers have equal hashes");
    IMoniker_Release(other);
    other = file_of(L"c:\\work\\report.docx");
    is_hr(IMoniker_IsEqual(one, other), S_FALSE, "another path");
    is_hr(IMoniker_IsEqual(one, NULL), E_INVALIDARG, "nothing");
    IMoniker_Release(one);
    IMoniker_Release(other);
}

static void run(void)
{
    IMoniker *none = (void *)1;

    test_equal();

    check_compose(L"c:\\work", L"art\\picture.bmp", S_OK, L"c:\\work\\art\\picture.bmp");
    check_compose(L"C:\\work\\docs\\report.doc", L"..\\..\\art\\picture.bmp", S_OK,
            L"C:\\work\\art\\picture.bmp");
    check_compose(L"work\\docs", L"..\\art", S_OK, L"work\\art");
    check_compose(L"\\\\server\\share\\docs\\a", L"..\\b", S_OK, L"\\\\server\\share\\docs\\b");
    check_compose(L"d:\\work", L"e:\\reports", MK_E_SYNTAX, NULL);
    check_compose(L"d:\\work", L"\\\\server\\share", MK_E_SYNTAX, NULL);
    todo_builtin("objidl/nf-objidl-imoniker-composewith: more folders than there are")
        check_compose(L"d:\\work", L"..\\..\\x", MK_E_SYNTAX, NULL);

    check_common(L"c:\\projects\\secret\\art\\pict1.bmp", L"c:\\projects\\secret\\docs\\chap1.txt",
            S_OK, L"c:\\projects\\secret");
    check_common(L"c:\\projects\\secret", L"C:\\Projects\\SECRET", MK_S_US,
            L"c:\\projects\\secret");
    check_common(L"c:\\projects", L"c:\\projects\\secret", MK_S_ME, L"c:\\projects");
    check_common(L"c:\\projects\\secret", L"c:\\projects", MK_S_HIM, L"c:\\projects");
    check_common(L"c:\\projects", L"d:\\projects", MK_E_NOPREFIX, NULL);
    todo_builtin("objidl/nf-objidl-imoniker-commonprefixwith: server and share are one component")
    {
        check_common(L"\\\\myserver\\public\\work", L"\\\\myserver\\private\\games", MK_E_NOPREFIX,
                NULL);
        check_common(L"\\\\myserver\\public\\work", L"\\\\myserver\\public\\games", S_OK,
                L"\\\\myserver\\public");
    }

    /* extended paths: the prefix belongs to the root */
    check_compose(L"\\\\?\\c:\\work\\a", L"..\\b", S_OK, L"\\\\?\\c:\\work\\b");
    check_compose(L"c:\\work", L"\\\\?\\c:\\work", MK_E_SYNTAX, NULL);
    todo_builtin("objidl/nf-objidl-imoniker-composewith: more folders than there are")
        check_compose(L"\\\\?\\c:\\work", L"..\\..\\x", MK_E_SYNTAX, NULL);
    check_common(L"\\\\?\\c:\\a", L"\\\\?\\C:\\b", S_OK, L"\\\\?\\c:\\");
    check_common(L"\\\\?\\c:\\a", L"\\\\?\\d:\\a", MK_E_NOPREFIX, NULL);
    check_common(L"\\\\?\\UNC\\server\\one\\a", L"\\\\?\\UNC\\server\\two\\a", MK_E_NOPREFIX, NULL);
    check_common(L"\\\\?\\UNC\\server\\one\\a", L"\\\\?\\UNC\\server\\one\\b", S_OK,
            L"\\\\?\\UNC\\server\\one");
    check_relative(L"\\\\?\\c:\\a\\b", L"\\\\?\\c:\\c", S_OK, L"..\\..\\c");

    check_relative(L"c:\\projects\\secret\\art\\pict1.bmp",
            L"c:\\projects\\secret\\docs\\chap1.txt", S_OK, L"..\\..\\docs\\chap1.txt");
    check_relative(L"C:\\work\\docs\\report.doc", L"C:\\work\\art\\picture.bmp", S_OK,
            L"..\\..\\art\\picture.bmp");
    check_relative(L"c:\\a", L"c:\\a\\b", S_OK, L"b");
    check_relative(L"c:\\a", L"d:\\a", MK_S_HIM, L"d:\\a");

    todo_builtin("E_INVALIDARG there")
        is_hr(CreateFileMoniker(NULL, &none), MK_E_SYNTAX, "no path");
    is_hr(CreateFileMoniker(L"x", NULL), E_INVALIDARG, "no place for it");
}

int main(void)
{
    if (builtin_lacks(
                "objidl/nf-objidl-imoniker-composewith, -commonprefixwith, -relativepathto, as "
                "they are for file monikers"))
        return done_testing();
    CoInitialize(NULL);
    run();
    tap_account_begin();
    run();
    tap_account_end("paths");
    CoUninitialize();
    return done_testing();
}
