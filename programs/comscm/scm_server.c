/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scm_server.h"

#include <stdio.h>
#include <stdlib.h>

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

LONG scm_server_start(void)
{
    struct broker_address own = {BROKER_ADDRESS_VERSION, GetCurrentProcessId(), L""};
    WCHAR protocol[] = L"ncalrpc";
    LONG status;
    UUID id;

    status = UuidCreate(&id);
    if (status != RPC_S_OK)
        return status;
    _snwprintf(own.endpoint, ARRAYSIZE(own.endpoint) - 1, L"concierge-comscm-%lu-%08lx%04x%04x",
            own.process, id.Data1, id.Data2, id.Data3);
    status = RpcServerUseProtseqEpW(protocol, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, own.endpoint, NULL);
    if (status == RPC_S_OK)
        status = RpcServerRegisterIf2(serve_comscm_v1_0_s_ifspec, NULL, NULL, 0,
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
