/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to the broker which lie about their arrays on the wire, where NDR takes the number of
 * elements and the array's size as two numbers from the client; and a client of another user. The
 * broker serves in this process, the client writes its requests by hand.
 */
#include <windows.h>
#include <objbase.h>
#include <rpc.h>
#include <rpcdcep.h>
#include <rpcndr.h>

#include "broker_shared.h"
#include "comscm.h"
#include "scm_server.h"
#include "scm_table.h"
#include "tap.h"
#include "user_access.h"

#define PROC_OPEN 0
#define PROC_REGISTER 2
#define CONTEXT_SIZE 20 /* bytes of a context handle on the wire */

static RPC_CLIENT_INTERFACE interface_comscm = {
        .Length = sizeof(interface_comscm),
        .InterfaceId = {{0xb5a2c1de, 0x6b3f, 0x4d0c,
                                {0x9a, 0x61, 0x4c, 0x0f, 0x2e, 0x8d, 0x77, 0x30}},
                {1, 0}},
        .TransferSyntax = {{0x8a885d04, 0x1ceb, 0x11c9,
                                   {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},
                {2, 0}},
};

/* --- in place of user_access.c: there is only one user to test with --- */

static bool stranger; /* whoever asks is another user's */

SECURITY_ATTRIBUTES *user_object_access(void)
{
    return NULL;
}

BOOL user_object_is_served(HANDLE object)
{
    (void)object;
    return TRUE;
}

BOOL user_process_is_served(HANDLE process)
{
    return GetProcessId(process) == GetCurrentProcessId() && !stranger;
}

/* --- the client --- */

static RPC_BINDING_HANDLE binding;
static BYTE client[CONTEXT_SIZE];

/* Sends the bytes as they are. The answer's data, or in *status why there is none. */
static ULONG raw_call(ULONG procedure, const BYTE *data, ULONG size, BYTE *answer, ULONG room,
        RPC_STATUS *status)
{
    RPC_MESSAGE message = {.Handle = binding,
            .DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION,
            .BufferLength = size,
            .ProcNum = procedure,
            .RpcInterfaceInformation = &interface_comscm};
    ULONG length = 0;

    if ((*status = I_RpcGetBuffer(&message)))
        return 0;
    memcpy(message.Buffer, data, size);
    message.BufferLength = size;
    if ((*status = I_RpcSendReceive(&message)))
        return 0;
    length = min(message.BufferLength, room);
    memcpy(answer, message.Buffer, length);
    I_RpcFreeBuffer(&message);
    return length;
}

/* A registration of `offers` class objects of 8 bytes each, as it is on the wire. */
struct registration
{
    BYTE client[CONTEXT_SIZE];
    ULONG count;
    ULONG array; /* the array's size, as far as NDR is concerned */
    ULONG padding;
    scm_offer offers[2];
    ULONG size;
    ULONG objects;
    BYTE bytes[16];
};
C_ASSERT(FIELD_OFFSET(struct registration, offers) == 32);

static void registration_fill(struct registration *request)
{
    memset(request, 0, sizeof(*request));
    memcpy(request->client, client, CONTEXT_SIZE);
    request->count = request->array = 2;
    for (unsigned int i = 0; i < 2; i++)
    {
        CoCreateGuid(&request->offers[i].clsid);
        request->offers[i].context = CLSCTX_LOCAL_SERVER;
        request->offers[i].flags = REGCLS_MULTIPLEUSE;
        request->offers[i].size = 8;
    }
    request->size = request->objects = 16;
}

/* What the broker says: the HRESULT, or the status of the call as one. */
static HRESULT registration_send(const struct registration *request, ULONG size)
{
    BYTE answer[64];
    RPC_STATUS status;
    ULONG length =
            raw_call(PROC_REGISTER, (const BYTE *)request, size, answer, sizeof(answer), &status);
    HRESULT hr;

    if (status)
        return HRESULT_FROM_WIN32(status);
    if (length < sizeof(hr))
        return E_FAIL;
    memcpy(&hr, answer + length - sizeof(hr), sizeof(hr));
    return hr;
}

static bool binding_open(void)
{
    WCHAR protocol[] = L"ncalrpc", *text = NULL;
    struct broker_address address;
    bool open;

    if (!broker_address_read(&address)
            || RpcStringBindingComposeW(NULL, protocol, NULL, address.endpoint, NULL, &text))
        return false;
    open = !RpcBindingFromStringBindingW(text, &binding);
    RpcStringFreeW(&text);
    return open;
}

/* Asks to be a client; what the broker says. */
static HRESULT client_open(void)
{
    BYTE answer[CONTEXT_SIZE + 4], nothing[8] = {0}; /* widl marshals the binding, too */
    RPC_STATUS status;
    HRESULT hr;

    if (raw_call(PROC_OPEN, nothing, sizeof(nothing), answer, sizeof(answer), &status)
            != sizeof(answer))
    {
        note("the broker's answer: status %ld", status);
        return E_FAIL;
    }
    memcpy(client, answer, CONTEXT_SIZE);
    memcpy(&hr, answer + CONTEXT_SIZE, sizeof(hr));
    return hr;
}

/* A process of another user gets no session, and without one nothing is done. */
static void test_stranger(void)
{
    static const BYTE none[CONTEXT_SIZE];
    struct registration request;

    stranger = true;
    is_hr(client_open(), E_ACCESSDENIED, "a process of another user is refused");
    is_mem(client, none, CONTEXT_SIZE, "it gets no session");
    is_uint(scm_table_sessions(), 0, "there is none");
    registration_fill(&request);
    ok(FAILED(registration_send(&request, sizeof(request))), "it cannot offer a class");
    stranger = false;
    is_hr(client_open(), S_OK, "one of the own user is not");
    is_uint(scm_table_sessions(), 1, "it has a session");
}

static void lies(void)
{
    const HRESULT bad = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    struct registration request;

    registration_fill(&request);
    is_hr(registration_send(&request, sizeof(request)), S_OK, "an honest request");

    registration_fill(&request);
    request.count = 64;
    is_hr(registration_send(&request, sizeof(request)), bad, "more offers than there are");
    request.count = 1;
    is_hr(registration_send(&request, sizeof(request)), bad, "fewer offers than there are");
    request.count = request.array = 0xffffffff;
    is_hr(registration_send(&request, sizeof(request)), bad, "too many offers");
    request.count = request.array = 3;
    is_hr(registration_send(&request, sizeof(request)), bad, "offers that are something else");

    registration_fill(&request);
    request.size = SCM_REGISTER_BYTES_MAX;
    request.offers[0].size = request.offers[1].size = SCM_OBJREF_MAX;
    is_hr(registration_send(&request, sizeof(request)), bad, "more bytes than there are");
    request.size = 2 * SCM_OBJREF_MAX;
    is_hr(registration_send(&request, sizeof(request)), bad, "as many as the offers say");
    request.objects = request.size;
    is_hr(registration_send(&request, sizeof(request)), bad, "and as the array says");

    registration_fill(&request);
    for (ULONG size = 0; size < sizeof(request); size += 4)
    {
        HRESULT hr = registration_send(&request, size);

        if (hr != bad)
        {
            is_hr(hr, bad, "the first %lu bytes", size);
            break;
        }
    }
    is_hr(registration_send(&request, sizeof(request)), S_OK, "the broker lives");
}

int main(void)
{
    LONG status = scm_server_start();

    if (status)
        bail_out("the broker does not start: %ld", status);
    if (!binding_open())
        bail_out("no connection to the broker");
    test_stranger();
    lies();
    scm_server_stop();
    return done_testing();
}
