/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The routines that move a BSTR are oleaut32's. ole32 does not import it: it is loaded when the
 * first BSTR crosses. */
#include "core_interfaces.h"

typedef ULONG(__RPC_USER *user_size)(ULONG *, ULONG, BSTR *);
typedef unsigned char *(__RPC_USER *user_marshal)(ULONG *, unsigned char *, BSTR *);
typedef void(__RPC_USER *user_free)(ULONG *, BSTR *);

static struct
{
    user_size size;
    user_marshal marshal, unmarshal;
    user_free free;
} routines;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK routines_load(INIT_ONCE *init, void *parameter, void **context)
{
    HMODULE module = LoadLibraryW(L"oleaut32.dll");

    (void)init;
    (void)parameter;
    (void)context;
    if (!module)
        return FALSE;
    routines.size = (user_size)(void *)GetProcAddress(module, "BSTR_UserSize");
    routines.marshal = (user_marshal)(void *)GetProcAddress(module, "BSTR_UserMarshal");
    routines.unmarshal = (user_marshal)(void *)GetProcAddress(module, "BSTR_UserUnmarshal");
    routines.free = (user_free)(void *)GetProcAddress(module, "BSTR_UserFree");
    /* cppcheck-suppress resourceLeak ; oleaut32 stays for the life of the process */
    return routines.size && routines.marshal && routines.unmarshal && routines.free;
}

/* A call that needs them cannot go on without. */
static void routines_need(void)
{
    if (!InitOnceExecuteOnce(&once, routines_load, NULL, NULL))
        RpcRaiseException(RPC_S_OUT_OF_RESOURCES);
}

ULONG __RPC_USER BSTR_UserSize(ULONG *flags, ULONG start, BSTR *text)
{
    routines_need();
    return routines.size(flags, start, text);
}

unsigned char *__RPC_USER BSTR_UserMarshal(ULONG *flags, unsigned char *buffer, BSTR *text)
{
    routines_need();
    return routines.marshal(flags, buffer, text);
}

unsigned char *__RPC_USER BSTR_UserUnmarshal(ULONG *flags, unsigned char *buffer, BSTR *text)
{
    routines_need();
    return routines.unmarshal(flags, buffer, text);
}

void __RPC_USER BSTR_UserFree(ULONG *flags, BSTR *text)
{
    routines_need();
    routines.free(flags, text);
}
