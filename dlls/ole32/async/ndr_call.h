/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call of an interface in two halves, made at run time from the -Oicf format strings of its
 * synchronous proxy and stub: Begin_ marshals the [in] parameters, Finish_ unmarshals the [out]
 * ones, and on the server's side likewise around a call object's AsyncIFoo. The bytes are those of
 * the synchronous proxy and stub. "Making and Processing Asynchronous Calls".
 *
 * AsyncIFoo has two methods for each of IFoo after IUnknown's three, Begin_X and Finish_X: Begin_X
 * has the [in] and [in, out] parameters of X in their order, Finish_X the [out] and [in, out] ones.
 */
#ifndef CONCIERGE_NDR_CALL_H
#define CONCIERGE_NDR_CALL_H

#include <windows.h>
#include <objidl.h>
#include <rpcproxy.h>

#define NDR_METHODS_MAX 1024 /* of an interface, IUnknown's included */

struct ndr_interface;

/* What is known of an interface from its proxy (an IFoo pointer whose vtable widl or MIDL wrote, as
 * IPSFactoryBuffer::CreateProxy gives) or from its stub. The result stays valid as long as the
 * proxy/stub DLL is loaded, and is freed with ndr_interface_free. S_OK; E_NOINTERFACE when its
 * methods are not described by -Oicf format strings (or it is IDispatch or inherits from it);
 * E_OUTOFMEMORY. */
HRESULT ndr_interface_of_proxy(IUnknown *proxy, REFIID iid, struct ndr_interface **out);
HRESULT ndr_interface_of_stub(IRpcStubBuffer *stub, REFIID iid, struct ndr_interface **out);
void ndr_interface_free(struct ndr_interface *methods);

/* The number of methods of the synchronous interface, IUnknown's included. */
ULONG ndr_interface_methods(const struct ndr_interface *methods);

/* The bytes that the arguments of Begin_X, or of Finish_X, take on the stack, `this` included. 0
 * for a method that is not described. `method` is that of IFoo, here and below. */
ULONG ndr_stack_size(const struct ndr_interface *ndr, ULONG method, BOOL finish);

/* ---- client ---- */

/* A method's arguments, `this` first, as its caller passed them: a stack image, one slot of
 * pointer's size for each (two for 8-byte types on i686); floats stand in their slots as well. */

/* Puts arguments which came in floating point registers into their slots: `stack` and `floats` as
 * async_entry_called gets them. Nothing to do for Finish_X, or when `floats` is NULL. */
void ndr_stack_floats(const struct ndr_interface *ndr, ULONG method, void **stack,
        const ULONG64 *floats);

/* What Finish_X has to know of Begin_X: the values which describe sizes and IIDs of [out]
 * parameters, and which full pointers were sent. */
struct ndr_client_call;

/* Begin_X: asks the channel for a buffer and marshals into it; `message` was zeroed by the caller,
 * who may have set flags. S_OK: message->Buffer is ready to be sent, cbBuffer its size, and *out is
 * the call. Else the buffer has been freed. The stack is not needed afterwards. */
HRESULT ndr_client_begin(const struct ndr_interface *ndr, ULONG method, IRpcChannelBuffer *channel,
        void **stack, RPCOLEMESSAGE *message, struct ndr_client_call **out);

/* Finish_X: unmarshals the answer in `message` (which came through the same channel) into the [out]
 * parameters and frees its buffer and the call. Returns what X returns; on failure the [out]
 * parameters are cleared as a synchronous proxy does. With `failure` not S_OK there is no answer:
 * the [out] parameters are cleared and `failure` is returned. */
HRESULT ndr_client_finish(struct ndr_client_call *call, IRpcChannelBuffer *channel, void **stack,
        RPCOLEMESSAGE *message, HRESULT failure);

/* Frees the call; there will be no Finish_X. */
void ndr_client_abandon(struct ndr_client_call *call);

/* An answer that nobody wants: frees the memory and the references in it, then its buffer. */
void ndr_client_discard(const struct ndr_interface *ndr, ULONG method, IRpcChannelBuffer *channel,
        RPCOLEMESSAGE *message);

/* ---- server ---- */

struct ndr_server_call; /* the parameters between Begin_X and Finish_X */

/* Unmarshals the request in `message` (its Buffer stays the caller's, and must stay valid until the
 * end of the call), and calls Begin_X on `async_object`, an AsyncIFoo. Hostile data end in
 * RPC_X_BAD_STUB_DATA as HRESULT or the exception's own code. *begin_result is what Begin_X
 * returned; only when it is a success is Finish_X to be called. S_OK, or why Begin_X was not
 * called: then *out is NULL. Should the thread end meanwhile, *out is what ndr_server_abandon
 * wants.
 */
HRESULT ndr_server_begin(const struct ndr_interface *methods, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel, IUnknown *async_object, HRESULT *begin_result,
        struct ndr_server_call **out);

/* Calls Finish_X, or, with `failure` not S_OK, makes an answer of empty [out] parameters with that
 * result; takes a buffer from the channel for `message` and marshals into it, as the synchronous
 * stub would have. Frees the call. */
HRESULT ndr_server_finish(struct ndr_server_call *call, IUnknown *async_object,
        RPCOLEMESSAGE *message, HRESULT failure);

/* Frees the parameters; there will be no answer. */
void ndr_server_abandon(struct ndr_server_call *call);

#endif
