/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scm_server.h"

#include <rpcdcep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_shared.h"
#include "scm_table.h"
#include "trace.h"

/* Bytes of one packet: the largest registration, and room for its frame. */
#define REQUEST_MAX (SCM_REGISTER_BYTES_MAX + 0x4000)

static HANDLE address;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    free(block);
}

/* A context handle is the session's number. */
static ULONG session_of(SCM_CLIENT client)
{
    return (ULONG)(ULONG_PTR)client;
}

HRESULT __cdecl serve_scm_open(handle_t binding, SCM_CLIENT *client)
{
    unsigned long process_id = 0;
    HANDLE process;
    ULONG session;
    HRESULT hr;
    LONG status;

    (void)binding;
    *client = NULL;
    /* NULL, for Wine: the call being served. */
    status = I_RpcBindingInqLocalClientPID(NULL, &process_id);
    if (status != RPC_S_OK)
    {
        trace("cannot tell who calls: %ld", status);
        return E_ACCESSDENIED;
    }
    hr = process_open(process_id, &process);
    if (SUCCEEDED(hr))
        hr = scm_session_open(process_id, process, process_machine(process), &session);
    if (SUCCEEDED(hr))
        *client = (SCM_CLIENT)(ULONG_PTR)session;
    else
        trace("process %lu is refused: %08lx", process_id, hr);
    return hr;
}

void __cdecl serve_scm_close(SCM_CLIENT *client)
{
    scm_session_close(session_of(*client));
    *client = NULL;
}

/* The connection broke: the client has ended, or closed it. */
void __RPC_USER SCM_CLIENT_rundown(SCM_CLIENT client)
{
    trace("session %lu is run down", session_of(client));
    scm_session_close(session_of(client));
}

HRESULT __cdecl serve_scm_register(SCM_CLIENT client, ULONG count, const scm_offer *offers,
        ULONG size, const BYTE *objrefs, ULONG *registrations)
{
    return scm_table_register(session_of(client), count, offers, size, objrefs, registrations);
}

HRESULT __cdecl serve_scm_revoke(SCM_CLIENT client, ULONG registration)
{
    return scm_table_revoke(session_of(client), registration);
}

HRESULT __cdecl serve_scm_suspend(SCM_CLIENT client, BOOL suspended)
{
    return scm_table_suspend(session_of(client), suspended);
}

HRESULT __cdecl serve_scm_activate(SCM_CLIENT client, const scm_request *request,
        scm_answer *answer, ULONG *size, BYTE **objref)
{
    return scm_table_activate(session_of(client), request, answer, size, objref);
}

HRESULT __cdecl serve_scm_launched(SCM_CLIENT client, ULONG ticket, HRESULT result, ULONG process)
{
    return scm_table_launched(session_of(client), ticket, result, process);
}

HRESULT __cdecl serve_scm_poll(SCM_CLIENT client, ULONG ticket, scm_answer *answer, ULONG *size,
        BYTE **objref)
{
    return scm_table_poll(session_of(client), ticket, answer, size, objref);
}

HRESULT __cdecl serve_scm_cancel(SCM_CLIENT client, ULONG ticket)
{
    return scm_table_cancel(session_of(client), ticket);
}

HRESULT __cdecl serve_scm_stale(SCM_CLIENT client, ULONG registration)
{
    return scm_table_stale(session_of(client), registration);
}

HRESULT __cdecl serve_scm_list_running(SCM_CLIENT client, UINT64 id)
{
    return scm_table_list_running(session_of(client), id);
}

/* --- what NDR does not look at --- */

#define PROC_REGISTER 2
#define CONTEXT_SIZE 20 /* bytes of a context handle on the wire */
#define LITTLE_ENDIAN_INTEGERS 0x10

static RPC_DISPATCH_FUNCTION register_unchecked;

static BOOL wire_number(const RPC_MESSAGE *message, ULONG at, ULONG *number)
{
    if (message->BufferLength < sizeof(*number) || at > message->BufferLength - sizeof(*number))
        return FALSE;
    memcpy(number, (const BYTE *)message->Buffer + at, sizeof(*number));
    return TRUE;
}

/* NDR takes the number of elements and the size of an array as two numbers from the client, and
 * compares them nowhere. scm_register: the context handle, `count`, the array's size, and at the
 * next multiple of eight the offers; `size`, the array's size, the bytes. */
static BOOL register_request_valid(const RPC_MESSAGE *message)
{
    const ULONG offers = CONTEXT_SIZE + 12;
    ULONG count, array, size, bytes, at;

    if ((message->DataRepresentation & 0xf0) != LITTLE_ENDIAN_INTEGERS
            || !wire_number(message, CONTEXT_SIZE, &count)
            || !wire_number(message, CONTEXT_SIZE + 4, &array) || count != array
            || count > SCM_REGISTER_MAX)
        return FALSE;
    at = offers + count * sizeof(scm_offer);
    return wire_number(message, at, &size) && wire_number(message, at + 4, &bytes) && size == bytes
            && size <= message->BufferLength - at - 8;
}

static void __RPC_STUB register_checked(RPC_MESSAGE *message)
{
    if (!register_request_valid(message))
    {
        trace("a registration lies about its arrays");
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
    }
    register_unchecked(message);
}

/* The interface as widl made it, but for that request. */
static RPC_IF_HANDLE checked_interface(void)
{
    static RPC_DISPATCH_FUNCTION functions[16];
    static RPC_DISPATCH_TABLE table;
    static RPC_SERVER_INTERFACE own;
    const RPC_SERVER_INTERFACE *made = serve_comscm_v1_0_s_ifspec;
    const RPC_DISPATCH_TABLE *dispatch = made->DispatchTable;

    if (dispatch->DispatchTableCount > ARRAYSIZE(functions)
            || dispatch->DispatchTableCount <= PROC_REGISTER)
        return NULL;
    memcpy(functions, dispatch->DispatchTable, dispatch->DispatchTableCount * sizeof(functions[0]));
    register_unchecked = functions[PROC_REGISTER];
    functions[PROC_REGISTER] = register_checked;
    table = *dispatch;
    table.DispatchTable = functions;
    own = *made;
    own.DispatchTable = &table;
    return &own;
}

LONG scm_server_start(void)
{
    RPC_IF_HANDLE interface_handle = checked_interface();
    struct broker_address own = {BROKER_ADDRESS_VERSION, GetCurrentProcessId(), L""};
    WCHAR protocol[] = L"ncalrpc";
    LONG status;
    UUID id;

    if (!interface_handle)
        return RPC_S_UNKNOWN_IF;
    status = UuidCreate(&id);
    if (status != RPC_S_OK)
        return status;
    _snwprintf(own.endpoint, ARRAYSIZE(own.endpoint) - 1, L"concierge-comscm-%lu-%08lx%04x%04x",
            own.process, id.Data1, id.Data2, id.Data3);
    status = RpcServerUseProtseqEpW(protocol, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, own.endpoint, NULL);
    if (status == RPC_S_OK)
        status = RpcServerRegisterIf2(interface_handle, NULL, NULL, 0,
                RPC_C_LISTEN_MAX_CALLS_DEFAULT, REQUEST_MAX, NULL);
    if (status == RPC_S_OK)
        status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE);
    if (status != RPC_S_OK)
        return status;
    address = broker_address_publish(&own);
    return address ? RPC_S_OK : (LONG)GetLastError();
}

void scm_server_stop(void)
{
    if (address)
        CloseHandle(address);
    address = NULL;
}
