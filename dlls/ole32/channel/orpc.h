/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What travels before a call's data between processes: a header of ours, which carries what DCE RPC
 * carries for [MS-DCOM] (interface, method, status), then ORPCTHIS or ORPCTHAT as [MS-DCOM] 2.2.13
 * has them, padded to 16 bytes. See docs/ole32.md for the tables.
 *
 * What is read comes from another process and is not trusted.
 */
#ifndef CONCIERGE_ORPC_H
#define CONCIERGE_ORPC_H

#include <windows.h>
#include <objbase.h>

typedef GUID IPID; /* [MS-DCOM] 2.2.7; MinGW-w64 has no name for it */

#define ORPC_VERSION_MAJOR 5 /* COMVERSION, [MS-DCOM] 2.2.11 */
#define ORPC_VERSION_MINOR 7
#define ORPC_DATA_REPRESENTATION 0x10 /* NDR: little-endian, ASCII, IEEE */
#define ORPC_ALIGNMENT 16             /* of a call's data */
#define ORPC_EXTENSIONS_MAX 256       /* in one message */

/* Data that hooks and the runtime itself send beside a call: ORPC_EXTENT. */
struct orpc_extension
{
    GUID id;
    ULONG size; /* bytes */
    BYTE *data;
};

struct orpc_extensions
{
    ULONG count;
    struct orpc_extension *items; /* malloc */
    BOOL owned;                   /* each item's data is malloc; else it lies in the message */
};

void orpc_extensions_free(struct orpc_extensions *extensions);

/* Appends one with `size` bytes for the caller to fill; NULL when out of memory or at the limit. */
struct orpc_extension *orpc_extensions_add(struct orpc_extensions *extensions, REFGUID id,
        ULONG size);
/* Copies the data out of the message. S_OK, E_OUTOFMEMORY: then it is as before. */
HRESULT orpc_extensions_keep(struct orpc_extensions *extensions);

/* The first one with this id; NULL when there is none. */
const struct orpc_extension *orpc_extensions_find(const struct orpc_extensions *extensions,
        REFGUID id);

/* How COM calls wait; "Call Synchronization". */
enum call_category
{
    CALL_SYNCHRONOUS,
    CALL_INPUT_SYNCHRONOUS,
    CALL_ASYNCHRONOUS,
};

/* The security settings of a proxy that its calls carry. */
struct call_security
{
    DWORD authn_service, authz_service, authn_level, imp_level, capabilities;
};

struct orpc_request
{
    IPID ipid;
    IID iid;
    ULONG method;
    ULONG data_representation;
    ULONG rpc_flags; /* RPCFLG_… of the message */
    enum call_category category;
    GUID causality;
    DWORD caller_process; /* not in the header: the transport knows it */
    DWORD caller_thread;
    DWORD caller_apartment; /* as CoGetCallerTID has it: a thread, 0 the MTA, -1 the NTA */
    struct call_security security;
    struct orpc_extensions extensions;
};

enum orpc_outcome
{
    ORPC_REPLY,    /* the method ran; a body follows */
    ORPC_FAULT,    /* it did not, or failed: `status` */
    ORPC_REJECTED, /* the message filter's answers */
    ORPC_RETRY_LATER,
};

struct orpc_reply
{
    enum orpc_outcome outcome;
    HRESULT status;
    ULONG data_representation;
    DWORD server_process; /* not in the header */
    DWORD server_thread;
    struct orpc_extensions extensions;
};

/* The bytes before a request's or reply's data: malloc, or `buffer` when they fit there. NULL when
 * out of memory. */
void *orpc_encode_request(const struct orpc_request *request, ULONG body_size, void *buffer,
        ULONG capacity, ULONG *size);
void *orpc_encode_reply(const struct orpc_reply *reply, ULONG body_size, void *buffer,
        ULONG capacity, ULONG *size);

/* Reads what came. Extensions point into `data`. *body is where the call's data begin: a multiple
 * of ORPC_ALIGNMENT. S_OK; RPC_E_INVALID_HEADER, RPC_E_INVALID_EXTENSION, RPC_E_VERSION_MISMATCH,
 * E_OUTOFMEMORY: then there is nothing to free. */
HRESULT orpc_decode_request(const void *data, ULONG size, struct orpc_request *request,
        ULONG *body);
HRESULT orpc_decode_reply(const void *data, ULONG size, struct orpc_reply *reply, ULONG *body);

#endif
