/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an activation may ask for: CLSCTX and COSERVERINFO. */
#include "class_activation.h"

#include <wchar.h>

#include "com_object.h"
#include "trace.h"

#define INPROC_CONTEXTS (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)
#define OBSOLETE_CONTEXTS                                                                          \
    (CLSCTX_INPROC_SERVER16 | CLSCTX_INPROC_HANDLER16 | CLSCTX_RESERVED1 | CLSCTX_RESERVED2        \
            | CLSCTX_RESERVED3 | CLSCTX_RESERVED4 | CLSCTX_RESERVED5)

/* Flags that exclude each other. wtypesbase/ne-wtypesbase-clsctx */
static const DWORD exclusive[] = {
        CLSCTX_NO_CODE_DOWNLOAD | CLSCTX_ENABLE_CODE_DOWNLOAD,
        CLSCTX_DISABLE_AAA | CLSCTX_ENABLE_AAA,
        CLSCTX_ACTIVATE_32_BIT_SERVER | CLSCTX_ACTIVATE_64_BIT_SERVER,
};

static BOOL name_is_local(const WCHAR *name)
{
    static const WCHAR *const local_names[] = {L".", L"localhost", L"127.0.0.1", L"::1"};
    static const COMPUTER_NAME_FORMAT formats[] = {
            ComputerNameNetBIOS,
            ComputerNameDnsHostname,
            ComputerNameDnsFullyQualified,
            ComputerNamePhysicalDnsHostname,
    };
    WCHAR own[256];
    DWORD size;

    while (*name == '\\')
        name++;
    if (!*name)
        return TRUE;
    for (unsigned int i = 0; i < ARRAY_SIZE(local_names); i++)
        if (!wcsicmp(name, local_names[i]))
            return TRUE;
    for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
    {
        size = ARRAY_SIZE(own);
        if (GetComputerNameExW(formats[i], own, &size) && !wcsicmp(name, own))
            return TRUE;
    }
    return FALSE;
}

HRESULT activation_check(struct activation *activation, const COSERVERINFO *server)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(exclusive); i++)
        if ((activation->context & exclusive[i]) == exclusive[i])
            return E_INVALIDARG;
    if (activation->context & OBSOLETE_CONTEXTS)
        trace("activation: obsolete flags in %#lx are ignored", activation->context);
    if (!server)
        return S_OK;
    if (server->dwReserved1 || server->dwReserved2)
        return E_INVALIDARG;
    if (!server->pwszName || name_is_local(server->pwszName))
    {
        /* "If the parameter indicates the current computer, CLSCTX_REMOTE_SERVER is removed." */
        activation->context &= ~CLSCTX_REMOTE_SERVER;
        return S_OK;
    }
    trace("activation: other computers are not reached: %ls", server->pwszName);
    activation->context &= ~(CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER);
    return activation->context & INPROC_CONTEXTS ? S_OK
                                                 : HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
}
