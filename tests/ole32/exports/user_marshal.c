/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions for [user_marshal] types of OLE: what they write, and that they read nothing behind
 * the end of a message.
 */
#include "tap.h"

#include <windows.h>
#include <ole2.h>
#include <rpcproxy.h>

#include "user_call.h"

/* A call's state as NDR has it while it marshals. */
static struct user_call ndr_call;

static ULONG *flags_of(DWORD context, USER_MARSHAL_CB_TYPE type, BYTE *buffer, ULONG size)
{
    return user_call_begin(&ndr_call, context, type, buffer, size);
}

/* What the functions raise comes back here. */
static intptr_t place[5];
static volatile DWORD raised;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    raised = info->ExceptionRecord->ExceptionCode;
    __builtin_longjmp(place, 1);
}

#define RAISED_BY(call)                                                                            \
    do                                                                                             \
    {                                                                                              \
        void *handler = AddVectoredExceptionHandler(1, on_exception);                              \
                                                                                                   \
        raised = 0;                                                                                \
        if (!__builtin_setjmp(place))                                                              \
            call;                                                                                  \
        RemoveVectoredExceptionHandler(handler);                                                   \
    } while (0)

static void test_handle(DWORD context)
{
    DWORD words[6] = {0xcccccccc, 0xcccccccc, 0xcccccccc, 0xcccccccc, 0xcccccccc, 0xcccccccc};
    BYTE *buffer = (BYTE *)words;
    HWND window = (HWND)(ULONG_PTR)0x12345, read = NULL;

    is_uint(HWND_UserSize(flags_of(context, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0), 1, &window), 12,
            "context %lu: size, aligned", (unsigned long)context);
    is_ptr(HWND_UserMarshal(flags_of(context, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(words)),
                   buffer + 1, &window),
            buffer + 12, "marshal");
    is_uint(words[0] >> 8, 0xcccccc, "nothing before the next multiple of four");
    is_uint(words[1], WDT_INPROC_CALL, "the tag");
    is_uint(words[2], 0x12345, "the handle");
    is_uint(words[3], 0xcccccccc, "nothing behind");
    is_ptr(HWND_UserUnmarshal(flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, 12), buffer + 1,
                   &read),
            buffer + 12, "unmarshal");
    is_ptr(read, window, "the same handle");
    HWND_UserFree(flags_of(context, USER_MARSHAL_CB_FREE, NULL, 0), &read);

    words[2] = 0xffff8001;
    HWND_UserUnmarshal(flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, 12), buffer + 4,
            &read);
    is_ptr(read, (HWND)(LONG_PTR)(LONG)0xffff8001, "a handle is extended by its sign");

    words[1] ^= 1;
    RAISED_BY(HWND_UserUnmarshal(flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, 12),
            buffer + 4, &read));
    is_uint(raised, RPC_X_BAD_STUB_DATA, "another tag");
    words[1] ^= 1;
    todo_builtin("Wine reads behind the end")
    {
        RAISED_BY(HWND_UserUnmarshal(flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, 11),
                buffer + 4, &read));
        is_uint(raised, RPC_X_BAD_STUB_DATA, "a message that ends within the handle");
        flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, 2);
        ndr_call.stub.Buffer = buffer + 4;
        RAISED_BY(HWND_UserUnmarshal(&ndr_call.callback.Flags, buffer + 4, &read));
        is_uint(raised, RPC_X_BAD_STUB_DATA, "one that has ended before it");
    }
}

static void test_format(void)
{
    DWORD words[2];
    CLIPFORMAT format = CF_TEXT, read = 0;

    CLIPFORMAT_UserMarshal(flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, (BYTE *)words, 8),
            (BYTE *)words, &format);
    is_uint(words[0], WDT_INPROC_CALL, "format: the tag");
    is_uint(words[1], CF_TEXT, "its number");
    CLIPFORMAT_UserUnmarshal(flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, (BYTE *)words, 8),
            (BYTE *)words, &read);
    is_uint(read, CF_TEXT, "the same format");
}

/* "SNB": none is a list of no strings; three counts. */
static void test_names(void)
{
    SNB names = NULL;

    is_uint(SNB_UserSize(flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0), 0, &names),
            3 * sizeof(DWORD), "no names");
}

int main(void)
{
    HWND window = NULL;

    test_handle(MSHCTX_INPROC);
    test_handle(MSHCTX_LOCAL);
    RAISED_BY(HWND_UserSize(flags_of(MSHCTX_DIFFERENTMACHINE, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0),
            0, &window));
    is_uint(raised, RPC_S_INVALID_TAG, "no handle goes to another machine");
    test_format();
    test_names();
    return done_testing();
}
