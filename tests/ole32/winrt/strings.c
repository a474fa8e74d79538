/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings of the Windows Runtime as arguments of calls, and as debuggers see them. */
#include "winrt.h"

#include <rpcproxy.h>

#include "user_call.h"

static const struct combase *winrt;

/* A call's state as NDR has it while it marshals. */
static struct user_call ndr_call;

static ULONG *flags_of(USER_MARSHAL_CB_TYPE type, BYTE *buffer, ULONG size)
{
    return user_call_begin(&ndr_call, MSHCTX_LOCAL, type, buffer, size);
}

static intptr_t place[5];
static volatile DWORD raised;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    raised = info->ExceptionRecord->ExceptionCode;
    __builtin_longjmp(place, 1);
}

/* What reading of so many bytes raises; 0: nothing, and *out is a string. */
static DWORD read_string(BYTE *buffer, DWORD size, HSTRING *out)
{
    void *handler = AddVectoredExceptionHandler(1, on_exception);

    raised = 0;
    *out = NULL;
    if (!__builtin_setjmp(place))
        winrt->HSTRING_UserUnmarshal(flags_of(USER_MARSHAL_CB_UNMARSHALL, buffer, size), buffer,
                out);
    RemoveVectoredExceptionHandler(handler);
    return raised;
}

static void check_marshal(const WCHAR *text, UINT32 length)
{
    DWORD words[64];
    BYTE *buffer = (BYTE *)words, *end;
    HSTRING string = NULL, read = NULL;
    UINT32 read_length = 0;
    ULONG size;

    winrt->WindowsCreateString(text, length, &string);
    size = winrt->HSTRING_UserSize(flags_of(USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0), 1, &string);
    ok(size >= 8 + length * sizeof(WCHAR), "%u: size", length);
    memset(words, 0xcc, sizeof(words));
    end = winrt->HSTRING_UserMarshal(flags_of(USER_MARSHAL_CB_MARSHALL, buffer, sizeof(words)),
            buffer, &string);
    ok(end <= buffer + size, "%u: no more than was said", length);
    is_uint(*end, 0xcc, "%u: nothing behind", length);
    size = (ULONG)(end - buffer);
    is_uint(read_string(buffer, size, &read), 0, "%u: read", length);
    is_mem(winrt->WindowsGetStringRawBuffer(read, &read_length), text, length * sizeof(WCHAR),
            "%u: the same text", length);
    is_uint(read_length, length, "%u: the same length", length);
    winrt->HSTRING_UserFree(flags_of(USER_MARSHAL_CB_FREE, NULL, 0), &read);
    is_ptr(read, NULL, "%u: freed", length);
    for (ULONG less = 0; less < size; less++)
        if (!read_string(buffer, less, &read))
            fail("%u: %lu bytes of %lu were read", length, less, size);
    *words = 0xffffffff;
    is_uint(read_string(buffer, size, &read), RPC_X_BAD_STUB_DATA, "%u: a wrong length", length);
    *words = 0x7fffffff;
    is_uint(read_string(buffer, size, &read), RPC_X_BAD_STUB_DATA, "%u: another", length);
    winrt->WindowsDeleteString(string);
}

/* The variants for the other transfer syntax, which is that of the first here. */
static void check_marshal_64(const WCHAR *text, UINT32 length)
{
    DWORD words[64], other[64];
    BYTE *buffer = (BYTE *)words, *end;
    HSTRING string = NULL, read = NULL;
    UINT32 read_length = 0;
    ULONG size;

    winrt->WindowsCreateString(text, length, &string);
    size = winrt->HSTRING_UserSize64(flags_of(USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0), 1, &string);
    is_uint(size,
            winrt->HSTRING_UserSize(flags_of(USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0), 1, &string),
            "%u: size, 64", length);
    memset(words, 0xcc, sizeof(words));
    memset(other, 0xcc, sizeof(other));
    winrt->HSTRING_UserMarshal(flags_of(USER_MARSHAL_CB_MARSHALL, (BYTE *)other, sizeof(other)),
            (BYTE *)other, &string);
    end = winrt->HSTRING_UserMarshal64(flags_of(USER_MARSHAL_CB_MARSHALL, buffer, sizeof(words)),
            buffer, &string);
    is_mem(words, other, sizeof(words), "%u: the same bytes, 64", length);
    size = (ULONG)(end - buffer);
    ok(winrt->HSTRING_UserUnmarshal64(flags_of(USER_MARSHAL_CB_UNMARSHALL, buffer, size), buffer,
               &read)
                    == end,
            "%u: read, 64", length);
    is_mem(winrt->WindowsGetStringRawBuffer(read, &read_length), text, length * sizeof(WCHAR),
            "%u: the same text, 64", length);
    is_uint(read_length, length, "%u: the same length, 64", length);
    winrt->HSTRING_UserFree64(flags_of(USER_MARSHAL_CB_FREE, NULL, 0), &read);
    is_ptr(read, NULL, "%u: freed, 64", length);
    winrt->WindowsDeleteString(string);
}

/* --- another address space: this one, looked at with care --- */

static unsigned int reads;
static HRESULT read_result;

static HRESULT WINAPI read_memory(void *context, UINT_PTR address, UINT32 length, BYTE *buffer)
{
    ok(context == &reads, "the context is passed on");
    reads++;
    if (FAILED(read_result))
        return read_result;
    memcpy(buffer, (const void *)address, length);
    return S_OK;
}

static void test_inspect(void)
{
    USHORT machine = sizeof(void *) == 8 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386;
    HSTRING string = hstring_of(L"looked at");
    UINT32 length = 77, rubbish[4] = {2, 3, 4, 5};
    UINT_PTR address = 77;

    is_hr(winrt->WindowsInspectString((UINT_PTR)string, machine, read_memory, &reads, &length,
                  &address),
            S_OK, "a string");
    is_uint(length, 9, "its length");
    ok(address == (UINT_PTR)winrt->WindowsGetStringRawBuffer(string, NULL), "its text");
    ok(reads != 0, "the callback was asked");
    is_hr(winrt->WindowsInspectString(0, machine, read_memory, &reads, &length, &address), S_OK,
            "the empty string");
    is_uint(length, 0, "no length");
    is_uint(address, 0, "no text");
    is_hr(winrt->WindowsInspectString((UINT_PTR)string, IMAGE_FILE_MACHINE_IA64, read_memory,
                  &reads, &length, &address),
            E_INVALIDARG, "a machine that nobody knows");
    is_hr(winrt->WindowsInspectString((UINT_PTR)rubbish, machine, read_memory, &reads, &length,
                  &address),
            E_INVALIDARG, "no string");
    is_uint(length, 0, "no length");
    read_result = E_ACCESSDENIED;
    is_hr(winrt->WindowsInspectString((UINT_PTR)string, machine, read_memory, &reads, &length,
                  &address),
            E_ACCESSDENIED, "what cannot be read");
    read_result = S_OK;
    winrt->WindowsDeleteString(string);
}

static void test_all(void)
{
    check_marshal(L"", 0);
    check_marshal(L"x", 1);
    check_marshal(L"a\0b", 3);
    check_marshal(L"a text of some length", 21);
    check_marshal_64(L"", 0);
    check_marshal_64(L"a\0b", 3);
    test_inspect();
}

int main(void)
{
    winrt = combase_get();
    if (builtin_lacks("strings as arguments of calls"))
        return done_testing();
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("strings");
    return done_testing();
}
