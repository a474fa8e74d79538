/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing strings, and making new ones of old ones; the arguments are never changed. */
#include "windows_runtime.h"

#include <stdint.h>

/* S_OK and whether there is a null among the characters. See "WindowsStringHasEmbeddedNull
 * function". */
HRESULT WINAPI WindowsStringHasEmbeddedNull(HSTRING string, BOOL *out)
{
    UINT32 i, length;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &length);

    if (!out)
        return E_INVALIDARG;
    *out = FALSE;
    for (i = 0; i < length && !*out; i++)
        *out = !text[i];
    return S_OK;
}

/* -1, 0 or 1, by the values of the characters. See "WindowsCompareStringOrdinal function". */
HRESULT WINAPI WindowsCompareStringOrdinal(HSTRING first, HSTRING second, INT32 *out)
{
    UINT32 i, first_length, second_length;
    const WCHAR *first_text = WindowsGetStringRawBuffer(first, &first_length);
    const WCHAR *second_text = WindowsGetStringRawBuffer(second, &second_length);

    if (!out)
        return E_INVALIDARG;
    for (i = 0; i < first_length && i < second_length; i++)
    {
        if (first_text[i] != second_text[i])
        {
            *out = first_text[i] < second_text[i] ? -1 : 1;
            return S_OK;
        }
    }
    *out = first_length == second_length ? 0 : first_length < second_length ? -1 : 1;
    return S_OK;
}

/* E_INVALIDARG when both together are too long. See "WindowsConcatString function". */
HRESULT WINAPI WindowsConcatString(HSTRING first, HSTRING second, HSTRING *out)
{
    UINT32 first_length, second_length;
    const WCHAR *first_text = WindowsGetStringRawBuffer(first, &first_length);
    const WCHAR *second_text = WindowsGetStringRawBuffer(second, &second_length);
    HSTRING_BUFFER buffer;
    WCHAR *text;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    if (!second)
        return WindowsDuplicateString(first, out);
    if (!first)
        return WindowsDuplicateString(second, out);
    *out = NULL;
    if (second_length > UINT32_MAX - first_length)
        return E_INVALIDARG;
    hr = WindowsPreallocateStringBuffer(first_length + second_length, &text, &buffer);
    if (FAILED(hr))
        return hr;
    memcpy(text, first_text, first_length * sizeof(WCHAR));
    memcpy(text + first_length, second_text, second_length * sizeof(WCHAR));
    return WindowsPromoteStringBuffer(buffer, out);
}

/* All from start on. See "WindowsSubstring function". */
HRESULT WINAPI WindowsSubstring(HSTRING string, UINT32 start, HSTRING *out)
{
    UINT32 length = WindowsGetStringLen(string);

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (start > length)
        return E_BOUNDS;
    return WindowsSubstringWithSpecifiedLength(string, start, length - start, out);
}

/* E_BOUNDS when that is not within the string. See "WindowsSubstringWithSpecifiedLength function".
 */
HRESULT WINAPI WindowsSubstringWithSpecifiedLength(HSTRING string, UINT32 start, UINT32 length,
        HSTRING *out)
{
    UINT32 whole;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &whole);

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (length > UINT32_MAX - start)
        return E_INVALIDARG;
    if (start + length > whole)
        return E_BOUNDS;
    if (length == whole)
        return WindowsDuplicateString(string, out);
    return WindowsCreateString(text + start, length, out);
}

static BOOL string_has(const WCHAR *text, UINT32 length, WCHAR character)
{
    UINT32 i;

    for (i = 0; i < length; i++)
    {
        if (text[i] == character)
            return TRUE;
    }
    return FALSE;
}

/* Without the characters of trim at its beginning. E_INVALIDARG when trim is empty. See
 * "WindowsTrimStringStart function". */
HRESULT WINAPI WindowsTrimStringStart(HSTRING string, HSTRING trim, HSTRING *out)
{
    UINT32 length, trim_length, start = 0;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &length);
    const WCHAR *trim_text = WindowsGetStringRawBuffer(trim, &trim_length);

    if (!out || !trim_length)
        return E_INVALIDARG;
    while (start < length && string_has(trim_text, trim_length, text[start]))
        start++;
    return WindowsSubstring(string, start, out);
}

/* The same at its end. See "WindowsTrimStringEnd function". */
HRESULT WINAPI WindowsTrimStringEnd(HSTRING string, HSTRING trim, HSTRING *out)
{
    UINT32 length, trim_length;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &length);
    const WCHAR *trim_text = WindowsGetStringRawBuffer(trim, &trim_length);

    if (!out || !trim_length)
        return E_INVALIDARG;
    while (length && string_has(trim_text, trim_length, text[length - 1]))
        length--;
    return WindowsSubstringWithSpecifiedLength(string, 0, length, out);
}

static BOOL is_at(const WCHAR *text, UINT32 left, const WCHAR *part, UINT32 part_length)
{
    return part_length <= left && !memcmp(text, part, part_length * sizeof(WCHAR));
}

/* All occurrences of old, from the left. E_INVALIDARG when old is empty or the result too long. See
 * "WindowsReplaceString function". */
HRESULT WINAPI WindowsReplaceString(HSTRING string, HSTRING old, HSTRING with, HSTRING *out)
{
    UINT32 length, old_length, with_length, count = 0, i;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &length);
    const WCHAR *old_text = WindowsGetStringRawBuffer(old, &old_length);
    const WCHAR *with_text = WindowsGetStringRawBuffer(with, &with_length);
    HSTRING_BUFFER buffer;
    UINT64 new_length;
    WCHAR *to;
    HRESULT hr;

    if (!out || !old_length)
        return E_INVALIDARG;
    for (i = 0; i < length;)
    {
        BOOL found = is_at(text + i, length - i, old_text, old_length);

        count += found;
        i += found ? old_length : 1;
    }
    if (!count)
        return WindowsDuplicateString(string, out);
    *out = NULL;
    new_length = length - (UINT64)count * old_length + (UINT64)count * with_length;
    if (new_length > UINT32_MAX)
        return E_INVALIDARG;
    hr = WindowsPreallocateStringBuffer((UINT32)new_length, &to, &buffer);
    if (FAILED(hr))
        return hr;
    for (i = 0; i < length;)
    {
        if (is_at(text + i, length - i, old_text, old_length))
        {
            memcpy(to, with_text, with_length * sizeof(WCHAR));
            to += with_length;
            i += old_length;
        }
        else
        {
            *to++ = text[i++];
        }
    }
    return WindowsPromoteStringBuffer(buffer, out);
}
