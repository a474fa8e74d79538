/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The strings of the Windows Runtime, which are combase.dll's own. */
#include "tap.h"

#include <windows.h>
#include <hstring.h>

#ifndef E_BOUNDS
#define E_BOUNDS _HRESULT_TYPEDEF_(0x8000000B)
#endif

static struct
{
    HRESULT(WINAPI *create)(const WCHAR *text, UINT32 length, HSTRING *out);
    HRESULT(WINAPI *reference)(const WCHAR *text, UINT32 length, HSTRING_HEADER *, HSTRING *out);
    HRESULT(WINAPI *release)(HSTRING string);
    HRESULT(WINAPI *duplicate)(HSTRING string, HSTRING *out);
    UINT32(WINAPI *length)(HSTRING string);
    const WCHAR *(WINAPI *buffer)(HSTRING string, UINT32 *length);
    BOOL(WINAPI *empty)(HSTRING string);
    HRESULT(WINAPI *preallocate)(UINT32 length, WCHAR **text, HSTRING_BUFFER *out);
    HRESULT(WINAPI *promote)(HSTRING_BUFFER buffer, HSTRING *out);
    HRESULT(WINAPI *discard)(HSTRING_BUFFER buffer);
    HRESULT(WINAPI *embedded_null)(HSTRING string, BOOL *out);
    HRESULT(WINAPI *compare)(HSTRING first, HSTRING second, INT32 *out);
    HRESULT(WINAPI *concat)(HSTRING first, HSTRING second, HSTRING *out);
    HRESULT(WINAPI *substring)(HSTRING string, UINT32 start, HSTRING *out);
    HRESULT(WINAPI *part)(HSTRING string, UINT32 start, UINT32 length, HSTRING *out);
    HRESULT(WINAPI *trim_start)(HSTRING string, HSTRING trim, HSTRING *out);
    HRESULT(WINAPI *trim_end)(HSTRING string, HSTRING trim, HSTRING *out);
    HRESULT(WINAPI *replace)(HSTRING string, HSTRING old, HSTRING with, HSTRING *out);
} winrt;

static const char *const names[] = {
        "WindowsCreateString",
        "WindowsCreateStringReference",
        "WindowsDeleteString",
        "WindowsDuplicateString",
        "WindowsGetStringLen",
        "WindowsGetStringRawBuffer",
        "WindowsIsStringEmpty",
        "WindowsPreallocateStringBuffer",
        "WindowsPromoteStringBuffer",
        "WindowsDeleteStringBuffer",
        "WindowsStringHasEmbeddedNull",
        "WindowsCompareStringOrdinal",
        "WindowsConcatString",
        "WindowsSubstring",
        "WindowsSubstringWithSpecifiedLength",
        "WindowsTrimStringStart",
        "WindowsTrimStringEnd",
        "WindowsReplaceString",
};

#define NAMES (sizeof(names) / sizeof(*names))

_Static_assert(sizeof(winrt) == NAMES * sizeof(void *), "a name for each function");

static HSTRING string_of(const WCHAR *text)
{
    HSTRING string = NULL;

    winrt.create(text, lstrlenW(text), &string);
    return string;
}

/* The result of an operation is this text; it is deleted. */
static void check(HRESULT hr, HSTRING string, const WCHAR *text, const char *what)
{
    is_hr(hr, S_OK, "%s", what);
    is_uint(winrt.length(string), lstrlenW(text), "%s: length", what);
    is_wstr(winrt.buffer(string, NULL), text, "%s: text", what);
    winrt.release(string);
}

static void test_create(void)
{
    static const WCHAR text[] = L"some text";
    HSTRING string = (HSTRING)1, copy;
    UINT32 length = 7;
    BOOL has;

    is_hr(winrt.create(text, 4, NULL), E_INVALIDARG, "no out parameter");
    is_hr(winrt.create(NULL, 4, &string), E_POINTER, "no text");
    todo_builtin("it is left as it was")
        is_ptr(string, NULL, "no string");
    is_hr(winrt.create(NULL, 0, &string), S_OK, "the empty string");
    is_ptr(string, NULL, "the empty string is NULL");
    is_hr(winrt.create(text, 0, &string), S_OK, "none of the text");
    is_ptr(string, NULL, "an empty string is NULL");
    is_wstr(winrt.buffer(NULL, &length), L"", "the text of the empty string");
    is_uint(length, 0, "its length");
    ok(winrt.empty(NULL), "it is empty");
    is_hr(winrt.release(NULL), S_OK, "it can be deleted");
    is_hr(winrt.duplicate(NULL, &copy), S_OK, "it can be duplicated");
    is_ptr(copy, NULL, "... it is itself");

    is_hr(winrt.create(text, 4, &string), S_OK, "a part of the text");
    is_uint(winrt.length(string), 4, "length");
    ok(!winrt.empty(string), "it is not empty");
    is_wstr(winrt.buffer(string, &length), L"some", "it ends with a null");
    is_uint(length, 4, "length with the buffer");
    ok(winrt.buffer(string, NULL) != text, "it is a copy");
    is_hr(winrt.duplicate(string, &copy), S_OK, "duplicate");
    is_ptr(copy, string, "a duplicate is the same string");
    is_hr(winrt.release(string), S_OK, "delete");
    check(S_OK, copy, L"some", "after one of two was deleted");

    is_hr(winrt.create(L"a\0b", 3, &string), S_OK, "with a null inside");
    is_hr(winrt.embedded_null(string, &has), S_OK, "has a null?");
    ok(has, "it has");
    is_hr(winrt.embedded_null(string, NULL), E_INVALIDARG, "has a null, without out parameter");
    winrt.release(string);
    string = string_of(text);
    winrt.embedded_null(string, &has);
    ok(!has, "this one has not");
    winrt.release(string);
    if (!tap_builtin()) /* it would read all of that */
        is_hr(winrt.create(text, 0x7fffffff, &string), MEM_E_INVALID_SIZE, "far too long");
}

static void test_reference(void)
{
    static const WCHAR text[] = L"fast pass";
    HSTRING_HEADER header;
    HSTRING string = (HSTRING)1, copy;

    is_hr(winrt.reference(text, 9, &header, NULL), E_INVALIDARG, "no out parameter");
    is_hr(winrt.reference(text, 9, NULL, &string), E_INVALIDARG, "no header");
    is_hr(winrt.reference(text, 4, &header, &string), E_INVALIDARG, "no null at the end");
    todo_builtin("it is left as it was")
        is_ptr(string, NULL, "no string");
    is_hr(winrt.reference(NULL, 4, &header, &string), E_POINTER, "no text");
    is_hr(winrt.reference(NULL, 0, &header, &string), S_OK, "the empty string");
    is_ptr(string, NULL, "is NULL");

    is_hr(winrt.reference(text, 9, &header, &string), S_OK, "a reference");
    ok(string == (HSTRING)&header, "the string is in the header");
    is_ptr(winrt.buffer(string, NULL), text, "the text is the caller's");
    is_uint(winrt.length(string), 9, "length");
    is_hr(winrt.release(string), S_OK, "delete does nothing");
    is_hr(winrt.duplicate(string, &copy), S_OK, "duplicate");
    ok(copy && copy != string && winrt.buffer(copy, NULL) != text, "is a real string");
    memset(&header, 0xcc, sizeof(header));
    check(S_OK, copy, text, "the duplicate of a reference");
}

static void test_buffer(void)
{
    HSTRING_BUFFER buffer = NULL;
    HSTRING string = (HSTRING)1;
    WCHAR *text = NULL;

    is_hr(winrt.preallocate(3, NULL, &buffer), E_POINTER, "no text");
    is_hr(winrt.preallocate(3, &text, NULL), E_POINTER, "no buffer");
    todo_builtin("it tries")
        is_hr(winrt.preallocate(0x7fffffff, &text, &buffer), MEM_E_INVALID_SIZE, "far too long");
    is_hr(winrt.preallocate(3, &text, &buffer), S_OK, "a buffer");
    ok(!text[3], "it ends with a null");
    memcpy(text, L"abc", 3 * sizeof(WCHAR));
    is_hr(winrt.promote(buffer, NULL), E_POINTER, "promote without out parameter");
    text[3] = L'x';
    is_hr(winrt.promote(buffer, &string), E_INVALIDARG, "promote with the null overwritten");
    todo_builtin("it is left as it was")
        is_ptr(string, NULL, "no string");
    text[3] = 0;
    is_hr(winrt.promote(buffer, &string), S_OK, "promote");
    is_ptr(winrt.buffer(string, NULL), text, "the text stays where it is");
    check(S_OK, string, L"abc", "a promoted buffer");

    is_hr(winrt.preallocate(100, &text, &buffer), S_OK, "another buffer");
    is_hr(winrt.discard(buffer), S_OK, "discarded");
    is_hr(winrt.discard(NULL), S_OK, "no buffer, discarded");
    buffer = (HSTRING_BUFFER)1;
    is_hr(winrt.preallocate(0, &text, &buffer), S_OK, "a buffer of nothing");
    ok(text && !*text, "an empty text");
    is_hr(winrt.promote(buffer, &string), S_OK, "promoted");
    is_ptr(string, NULL, "the empty string");
}

static void test_compare(void)
{
    static const struct
    {
        const WCHAR *first, *second;
        int result;
    } cases[] = {
            {L"abc", L"abc", 0},
            {L"abc", L"abd", -1},
            {L"abd", L"abc", 1},
            {L"ab", L"abc", -1},
            {L"abc", L"ab", 1},
            {L"", L"a", -1},
            {L"", L"", 0},
            {L"a", L"B", 1},
    };
    unsigned int i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
    {
        HSTRING first = string_of(cases[i].first), second = string_of(cases[i].second);
        INT32 result = 5;

        is_hr(winrt.compare(first, second, &result), S_OK, "compare %u", i);
        is_int(result, cases[i].result, "result %u", i);
        winrt.release(first);
        winrt.release(second);
    }
    is_hr(winrt.compare(NULL, NULL, NULL), E_INVALIDARG, "without out parameter");
}

static void test_edit(void)
{
    HSTRING string = string_of(L"  hello  "), space = string_of(L" "), out = (HSTRING)1;
    HRESULT hr;

    hr = winrt.concat(string, space, &out);
    check(hr, out, L"  hello   ", "concat");
    hr = winrt.concat(NULL, space, &out);
    is_ptr(out, space, "concat to nothing is the same string");
    check(hr, out, L" ", "concat to nothing");
    is_hr(winrt.concat(NULL, NULL, &out), S_OK, "concat nothing to nothing");
    is_ptr(out, NULL, "is nothing");
    is_hr(winrt.concat(string, space, NULL), E_INVALIDARG, "concat without out parameter");

    hr = winrt.substring(string, 2, &out);
    check(hr, out, L"hello  ", "substring");
    is_hr(winrt.substring(string, 9, &out), S_OK, "from the end on");
    is_ptr(out, NULL, "nothing");
    is_hr(winrt.substring(string, 10, &out), E_BOUNDS, "from behind the end on");
    hr = winrt.part(string, 2, 5, &out);
    check(hr, out, L"hello", "part");
    is_hr(winrt.part(string, 5, 5, &out), E_BOUNDS, "part over the end");
    todo_builtin("E_BOUNDS")
        is_hr(winrt.part(string, 2, 0xffffffff, &out), E_INVALIDARG, "part that overflows");

    hr = winrt.trim_start(string, space, &out);
    check(hr, out, L"hello  ", "trim the start");
    hr = winrt.trim_end(string, space, &out);
    check(hr, out, L"  hello", "trim the end");
    is_hr(winrt.trim_start(string, NULL, &out), E_INVALIDARG, "trim nothing");
    is_hr(winrt.trim_end(space, space, &out), S_OK, "trim all");
    is_ptr(out, NULL, "nothing is left");
    winrt.release(string);
    winrt.release(space);
}

static void test_replace(void)
{
    HSTRING hello, old, with, out;
    HRESULT hr;

    if (builtin_lacks("WindowsReplaceString"))
        return;
    hello = string_of(L"one two one");
    old = string_of(L"one");
    with = string_of(L"three");
    hr = winrt.replace(hello, old, with, &out);
    check(hr, out, L"three two three", "replace");
    hr = winrt.replace(hello, old, NULL, &out);
    check(hr, out, L" two ", "remove");
    hr = winrt.replace(hello, with, old, &out);
    is_ptr(out, hello, "what is not in it leaves the same string");
    check(hr, out, L"one two one", "replace what is not in it");
    is_hr(winrt.replace(hello, NULL, with, &out), E_INVALIDARG, "replace nothing");
    winrt.release(hello);
    winrt.release(old);
    winrt.release(with);
}

int main(void)
{
    HMODULE combase = LoadLibraryW(L"combase.dll");
    unsigned int i;

    for (i = 0; i < NAMES; i++)
    {
        void **function = (void **)&winrt + i;

        *function = (void *)GetProcAddress(combase, names[i]);
        if (!*function)
            bail_out("combase.dll has no %s", names[i]);
    }
    test_create();
    test_reference();
    test_buffer();
    test_compare();
    test_edit();
    test_replace();
    return done_testing();
}
