/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HSTRING, the immutable string of the Windows Runtime: made, shared, deleted. The empty string is
 * NULL. A string made by WindowsCreateString is one block with a reference count; a "fast-pass"
 * string lies in its user's HSTRING_HEADER and refers to the user's text.
 */
#include "windows_runtime.h"

#include <stddef.h>
#include <stdint.h>

/* What an HSTRING points to; the first part is all that a fast-pass string has. */
struct string
{
    UINT32 is_reference;
    UINT32 length;
    const WCHAR *text;
};

struct shared_string
{
    struct string string;
    LONG references;
    WCHAR text[];
};

/* What an HSTRING_BUFFER points to, until it is promoted. */
#define BUFFER_MARK 0x48425546

/* A longer one would not fit into 31 bits of bytes. */
#define LENGTH_MAX ((0x7fffffff - sizeof(struct shared_string)) / sizeof(WCHAR) - 1)

_Static_assert(sizeof(struct string) <= sizeof(HSTRING_HEADER), "a fast-pass string fits");

static struct shared_string *impl_from_string(struct string *string)
{
    return (struct shared_string *)string;
}

static struct shared_string *impl_from_buffer(HSTRING_BUFFER buffer)
{
    return (struct shared_string *)((char *)buffer - offsetof(struct shared_string, text));
}

/* A string of this length with its terminating null, the rest not written; NULL without memory. */
static struct shared_string *shared_string_create(UINT32 length)
{
    struct shared_string *shared;

    shared = HeapAlloc(GetProcessHeap(), 0, sizeof(*shared) + (length + 1) * sizeof(WCHAR));
    if (!shared)
        return NULL;
    shared->string.is_reference = FALSE;
    shared->string.length = length;
    shared->string.text = shared->text;
    shared->references = 1;
    shared->text[length] = 0;
    return shared;
}

/* Copies length characters, which may contain nulls. E_INVALIDARG without out, E_POINTER for no
 * text of a length, MEM_E_INVALID_SIZE. See "WindowsCreateString function". */
HRESULT WINAPI WindowsCreateString(const WCHAR *text, UINT32 length, HSTRING *out)
{
    struct shared_string *shared;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!length)
        return S_OK;
    if (!text)
        return E_POINTER;
    if (length > LENGTH_MAX)
        return MEM_E_INVALID_SIZE;
    if (!(shared = shared_string_create(length)))
        return E_OUTOFMEMORY;
    memcpy(shared->text, text, length * sizeof(WCHAR));
    *out = (HSTRING)&shared->string;
    return S_OK;
}

/* Makes a string of the caller's text, without a copy; text and header must outlive it.
 * E_INVALIDARG without out or header, or when text has no null at its end; E_POINTER for no text of
 * a length. See "WindowsCreateStringReference function". */
HRESULT WINAPI WindowsCreateStringReference(const WCHAR *text, UINT32 length,
        HSTRING_HEADER *header, HSTRING *out)
{
    struct string *string = (struct string *)header;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!header)
        return E_INVALIDARG;
    if (!text)
        return length ? E_POINTER : S_OK;
    if (text[length])
        return E_INVALIDARG;
    if (!length)
        return S_OK;
    string->is_reference = TRUE;
    string->length = length;
    string->text = text;
    *out = (HSTRING)string;
    return S_OK;
}

/* Gives back one reference; a fast-pass string is its user's. Always S_OK. See "WindowsDeleteString
 * function". */
HRESULT WINAPI WindowsDeleteString(HSTRING string)
{
    struct string *self = (struct string *)string;

    if (self && !self->is_reference && !InterlockedDecrement(&impl_from_string(self)->references))
        HeapFree(GetProcessHeap(), 0, impl_from_string(self));
    return S_OK;
}

/* One more reference; of a fast-pass string a copy, which may outlive it. See
 * "WindowsDuplicateString function". */
HRESULT WINAPI WindowsDuplicateString(HSTRING string, HSTRING *out)
{
    struct string *self = (struct string *)string;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!self)
        return S_OK;
    if (self->is_reference)
        return WindowsCreateString(self->text, self->length, out);
    InterlockedIncrement(&impl_from_string(self)->references);
    *out = string;
    return S_OK;
}

/* In characters, without the null. See "WindowsGetStringLen function". */
UINT32 WINAPI WindowsGetStringLen(HSTRING string)
{
    return string ? ((struct string *)string)->length : 0;
}

/* The characters, with a null behind them; never NULL. length may be NULL. See
 * "WindowsGetStringRawBuffer function". */
const WCHAR *WINAPI WindowsGetStringRawBuffer(HSTRING string, UINT32 *length)
{
    if (length)
        *length = WindowsGetStringLen(string);
    return string ? ((struct string *)string)->text : L"";
}

/* See "WindowsIsStringEmpty function". */
BOOL WINAPI WindowsIsStringEmpty(HSTRING string)
{
    return !WindowsGetStringLen(string);
}

/* Gives room for length characters, to be written before WindowsPromoteStringBuffer. E_POINTER,
 * MEM_E_INVALID_SIZE. For no characters *out is NULL and the text an empty string. See
 * "WindowsPreallocateStringBuffer function". */
HRESULT WINAPI WindowsPreallocateStringBuffer(UINT32 length, WCHAR **text, HSTRING_BUFFER *out)
{
    static WCHAR empty[1];
    struct shared_string *shared;

    if (!text || !out)
        return E_POINTER;
    *text = length ? NULL : empty;
    *out = NULL;
    if (!length)
        return S_OK;
    if (length > LENGTH_MAX)
        return MEM_E_INVALID_SIZE;
    if (!(shared = shared_string_create(length)))
        return E_OUTOFMEMORY;
    shared->string.is_reference = BUFFER_MARK;
    memset(shared->text, 0, length * sizeof(WCHAR));
    *text = shared->text;
    *out = (HSTRING_BUFFER)shared->text;
    return S_OK;
}

static BOOL buffer_is_whole(const struct shared_string *shared)
{
    return shared->string.is_reference == BUFFER_MARK && shared->string.text == shared->text
            && !shared->text[shared->string.length];
}

/* Makes the string of what was written into the buffer, which is gone then. E_INVALIDARG when it is
 * no buffer or its terminating null was overwritten: it stays. See "WindowsPromoteStringBuffer
 * function". */
HRESULT WINAPI WindowsPromoteStringBuffer(HSTRING_BUFFER buffer, HSTRING *out)
{
    struct shared_string *shared;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!buffer)
        return S_OK;
    shared = impl_from_buffer(buffer);
    if (!buffer_is_whole(shared))
        return E_INVALIDARG;
    shared->string.is_reference = FALSE;
    *out = (HSTRING)&shared->string;
    return S_OK;
}

/* Discards a buffer that was not promoted. E_INVALIDARG for what is none. See
 * "WindowsDeleteStringBuffer function". */
HRESULT WINAPI WindowsDeleteStringBuffer(HSTRING_BUFFER buffer)
{
    struct shared_string *shared;

    if (!buffer)
        return S_OK;
    shared = impl_from_buffer(buffer);
    if (shared->string.is_reference != BUFFER_MARK || shared->string.text != shared->text)
        return E_INVALIDARG;
    HeapFree(GetProcessHeap(), 0, shared);
    return S_OK;
}
