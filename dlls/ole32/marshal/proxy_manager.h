/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Proxy managers: what an apartment imports. One an object (OXID and OID) and apartment; the
 * object's identity there, with an interface proxy for each interface asked for.
 *
 * An object of this process is reached through its stub manager: the proxy manager has one unit of
 * it, and nothing else is counted. For an object of another process each interface proxy holds
 * public references, which its ledger entry shows to the server, and all go back in one RemRelease.
 */
#ifndef CONCIERGE_PROXY_MANAGER_H
#define CONCIERGE_PROXY_MANAGER_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "hash_table.h"
#include "objref.h"

/* The channel of the interface proxy `proxy`, with a reference; of IUnknown, which stands for any,
 * the one that IUnknown's blanket belongs to. E_INVALIDARG: not a proxy. E_NOINTERFACE: an
 * interface of the proxy's own, as IMarshal, which makes no calls. */
HRESULT proxy_get_channel(IUnknown *proxy, IRpcChannelBuffer3 **channel);

/* CoCopyProxy: a second interface proxy of the same interface and object with a channel of its own.
 */
HRESULT proxy_copy(IUnknown *proxy, IUnknown **copy);

/* --- for marshal/ itself --- */

struct connection;
struct ledger_entry;
struct proxy_manager;
struct stub_manager;
struct remote_unknown;

struct interface_proxy
{
    struct interface_proxy *next;
    IID iid;
    IPID ipid;
    IRpcProxyBuffer *buffer;     /* NULL: IUnknown, which is the manager itself */
    IUnknown *iface;             /* the proxy's interface; lives as long as the buffer */
    IRpcChannelBuffer3 *channel; /* for IUnknown made when asked for */
    ULONG references;            /* public ones, on an object of another process */
    struct ledger_entry *ledger;
};

struct proxy_manager
{
    IUnknown inner; /* what is not delegated to `outer` */
    IMultiQI IMultiQI_iface;
    IMarshal2 IMarshal2_iface;
    IRpcOptions IRpcOptions_iface;
    ICallFactory ICallFactory_iface;
    IForegroundTransfer IForegroundTransfer_iface;
    IUnknown *outer;    /* the identity: &inner, or who aggregates it */
    IUnknown *security; /* IClientSecurity's inner object, made when asked for */
    volatile LONG references;
    volatile LONG *counted; /* the identity's references, when they are ours; else NULL, and nobody
                             * finds the manager by its object */
    struct hash_link object_link; /* by apartment, OXID and OID */
    struct list entry;            /* of the apartment's imports */
    struct apartment *owner;      /* with a reference */
    OXID_VALUE oxid;              /* 0: not connected to anything yet (an aggregated one) */
    UINT64 oid;
    ULONG flags;                   /* SORF_NOPING */
    struct stub_manager *stub;     /* an object of this process: with a reference and one unit */
    struct remote_unknown *remote; /* of another: with a reference */
    volatile LONG table;           /* table-strong packets: each has a reference on the identity */
    BOOL listed;                   /* in the table */
    volatile LONG released;        /* what it held of the object has been given back */
    DWORD timeout;                 /* IRpcOptions' COMBND_RPCTIMEOUT, as it was set */
    SRWLOCK lock; /* guards what follows, references of interface proxies included */
    struct interface_proxy *interfaces;
};

/* A proxy's interface for what a standard OBJREF refers to, which has been taken from its packet.
 * In the apartment `here`. `form_iid` is the OBJREF's interface. S_OK, CO_E_OBJNOTCONNECTED,
 * RPC_E_DISCONNECTED, E_NOINTERFACE, REGDB_E_IIDNOTREG, ... */
HRESULT proxy_import(struct apartment *here, const struct std_objref *std, REFIID form_iid,
        REFIID iid, void **out);

/* The manager of the object in this apartment, with a reference on its identity; NULL. */
struct proxy_manager *proxy_manager_find(struct apartment *here, OXID_VALUE oxid, UINT64 oid);

/* The manager behind any interface of a proxy, with a reference on its identity; NULL: no proxy. */
struct proxy_manager *proxy_manager_from_unknown(IUnknown *proxy);

/* Makes one that is not connected: CoGetStdMarshalEx. *inner has the one reference. */
HRESULT proxy_manager_create_aggregated(IUnknown *outer, struct proxy_manager **out);

/* Connects such a one, or takes another packet of the same object; as proxy_import. *other: the
 * object has an identity here already, with a reference; that has taken the packet. */
HRESULT proxy_manager_connect(struct proxy_manager *manager, const struct std_objref *std,
        REFIID form_iid, struct proxy_manager **other);

/* Takes the reference of a table-strong packet of the object over, in whichever apartment of this
 * process that was made, preferably `here`. NULL: there is none. */
struct proxy_manager *proxy_manager_take_table(struct apartment *here, OXID_VALUE oxid, UINT64 oid);

/* From now on it is not found by its object. */
void proxy_manager_unlist(struct proxy_manager *manager);

/* Answered by all of them, with the manager: tells a proxy from everything else. */
extern const IID IID_ProxyManager;

/* For who asks the server by himself: an IPID of the object to ask by; FALSE: none. And takes over
 * what the server answered: results are those of the proxies afterwards. */
BOOL proxy_manager_any_ipid(struct proxy_manager *manager, IPID *ipid);
void proxy_manager_take_answers(struct proxy_manager *manager, const IID *iids, WORD count,
        HRESULT *results, const struct std_objref *stds);

/* The interface proxy of an interface, got from the server when there is none. In the apartment. */
HRESULT proxy_manager_interface(struct proxy_manager *manager, REFIID iid,
        struct interface_proxy **out);

/* proxy_marshal.c: IMarshal2 of a proxy manager. */
extern const IMarshal2Vtbl proxy_marshal_vtbl;
/* Undoes what marshalling a proxy took, or releases such a packet. */
HRESULT proxy_release_packet(struct apartment *here, const struct std_objref *std);

/* What an apartment imports. import_lock guards it, and the table of proxy managers. */
struct imports
{
    struct list managers;
    struct list remotes;
    BOOL closed;
};

extern SRWLOCK import_lock;

/* Under import_lock, exclusively. NULL: the apartment is closed, or out of memory. */
struct imports *imports_get(struct apartment *apartment);

/* --- remote_unknown.c: the IRemUnknown of another process's apartment, one an apartment here ---
 */

struct remote_unknown
{
    IUnknown outer; /* of the proxy */
    volatile LONG references;
    struct list entry;       /* of the apartment's imports */
    struct apartment *owner; /* with a reference */
    OXID_VALUE oxid;
    struct connection *connection; /* with a reference */
    IRpcProxyBuffer *buffer;
    struct IRemUnknown *unknown; /* lives as long as the buffer */
    IRpcChannelBuffer3 *channel;
};

struct remote_reference
{
    IPID ipid;
    ULONG references;
};

/* Connects when that has not been done. In the apartment. As transport_connect. */
HRESULT remote_unknown_get(struct apartment *owner, OXID_VALUE oxid, struct remote_unknown **out);
void remote_unknown_release(struct remote_unknown *remote);

/* RemQueryInterface for one interface, with PACKET_REFERENCES. In the apartment. */
HRESULT remote_unknown_query(struct remote_unknown *remote, const IPID *ipid, const IID *iids,
        WORD count, HRESULT *results, struct std_objref *stds);
/* What such a call gave: `answers`, which are freed, into `results` and `stds`. */
struct REMQIRESULT;
HRESULT remote_unknown_answers(HRESULT hr, struct REMQIRESULT *answers, WORD count,
        HRESULT *results, struct std_objref *stds);
HRESULT remote_unknown_addref(struct remote_unknown *remote, const IPID *ipid, ULONG references);
/* Any thread: outside the apartment it is done there later. A dead server is not asked. */
void remote_unknown_drop(struct remote_unknown *remote, const struct remote_reference *references,
        WORD count);

#endif
