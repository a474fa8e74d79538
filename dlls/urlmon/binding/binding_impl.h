/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A binding: a state machine owned by the thread that bound. Protocols report to it on any thread
 * (binding_sink.c); the download manager takes the reports to the bound thread, where
 * binding_notify.c makes the client's callbacks of them.
 */
#ifndef CONCIERGE_BINDING_IMPL_H
#define CONCIERGE_BINDING_IMPL_H

#include <urlmon.h>

#include "bound_thread.h"
#include "com_aggregate.h"
#include "list.h"

enum report_kind
{
    REPORT_PROGRESS,
    REPORT_DATA,
    REPORT_RESULT
};

/* What a protocol has reported and the client has not been told. */
struct report
{
    struct list entry;
    enum report_kind kind;
    ULONG code; /* BINDSTATUS, or BSCF flags */
    ULONG progress, progress_max;
    HRESULT result;
    DWORD error;
    WCHAR *text; /* NULL, or what follows the struct */
};

/* Where the data of the push model lie: a file of the cache, or memory and then a temporary file.
 */
struct binding_store
{
    HANDLE file;
    BOOL cached; /* the file is the protocol's: it is not written to */
    BYTE *memory;
    size_t allocated;
    ULONGLONG size; /* how much there is to read */
};

/* The interfaces of the client that protocols ask for, see binding_services.c. */
enum service
{
    SERVICE_NEGOTIATE,
    SERVICE_AUTHENTICATE,
    SERVICE_HTTP_SECURITY,
    SERVICE_WINDOW,
    SERVICE_CODE_INSTALL,
    SERVICE_REDIRECT,
    SERVICE_CALLBACK,
    SERVICE_COUNT
};

struct binding_stream;

struct binding
{
    struct com_inner com;
    IBinding IBinding_iface;
    IInternetProtocolSink IInternetProtocolSink_iface; /* the protocol's */
    IInternetProtocolSink public_sink_iface;           /* everybody else's: binding_public_sink.c */
    IInternetBindInfoEx IInternetBindInfoEx_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate3 IHttpNegotiate3_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IHttpSecurity IHttpSecurity_iface;
    IWindowForBindingUI IWindowForBindingUI_iface;
    ICodeInstall ICodeInstall_iface;
    IBindCallbackRedirect IBindCallbackRedirect_iface;
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;

    struct bound_thread *thread;

    /* Guarded by the thread's lock. */
    struct list thread_entry; /* in thread->bindings; not empty: there is a reference */
    struct list ready_entry;  /* in thread->ready */
    struct list reports;
    struct list calls;     /* see bound_call.c */
    LONG priority;         /* THREAD_PRIORITY_* */
    ULONGLONG last_report; /* when the protocol reported last, in ticks of the system */
    volatile BOOL suspended;
    volatile BOOL aborted;     /* nothing but OnStopBinding any more */
    HRESULT abort_reason;      /* what OnStopBinding gets then */
    volatile BOOL ended;       /* OnStopBinding has been called, or will never be */
    volatile BOOL has_result;  /* the protocol has reported its result */
    HRESULT protocol_result;   /* this */
    volatile LONG data_signal; /* changes when there may be something to read */
    volatile LONG pumping;     /* waits for it in message loops, on the bound thread */
    struct binding
            *successor; /* a binding of the object being loaded, which has the protocol now */
    BOOL again;         /* it has data that were not read for want of quota */

    /* The bound thread's alone. */
    unsigned int busy;  /* depth of the client's callbacks: no other notification meanwhile */
    unsigned int turns; /* of them, those of the download manager */
    unsigned int held;  /* references of functions on the thread's stack, see binding_hold */
    struct report *delivering; /* by what is on the thread's stack, or NULL */
    unsigned int continuing;   /* depth of IInternetProtocol::Continue */
    BOOL started;              /* OnStartBinding was called */
    BOOL first_data;           /* BINDSTATUS_BEGINDOWNLOADDATA was told */
    BOOL begun;                /* and all else that comes before the data */
    BOOL end_told;             /* BINDSTATUS_ENDDOWNLOADDATA was told */
    BOOL interrupted;          /* it was suspended when only OnDataAvailable was left to call */
    BOOL last_data;            /* BSCF_LASTDATANOTIFICATION was told, or would have been */
    BOOL last_due;             /* it is told next, whatever the client has read */
    BOOL told_first;           /* BSCF_FIRSTDATANOTIFICATION was told */
    BOOL protocol_used;        /* the protocol has been started */
    BOOL terminated;
    BOOL protocol_aborted;
    volatile LONG locked; /* LockRequest; taken back on any thread */
    BOOL cache_told;
    BOOL own_file; /* cache_file is this binding's, and goes with it */
    BOOL collects; /* the data of a file are read by the binding: the protocol makes none */
    BOOL in_bind;  /* the function that made it has not returned */
    BOOL object_tried;
    BOOL needs_data;               /* the object is loaded when all of them are there */
    IBindStatusCallback *callback; /* or NULL */
    IServiceProvider *callback_services;
    IBindCtx *context;
    IMoniker *moniker;
    IUnknown *services[SERVICE_COUNT]; /* of the client, on its thread */
    IInternetBindInfo *strings;        /* the client's, asked for when a protocol wants one */
    BOOL strings_asked;
    IUnknown *lent[16]; /* to functions on the thread's stack that call them */
    unsigned int lent_count;
    struct binding_stream *stream;
    IUnknown *telling; /* what the medium of the OnDataAvailable under way holds */
    IUnknown *object;  /* being made, or made */
    CLSID object_class;
    IID iid;

    /* Does not change once it has started. */
    DWORD tymed;
    BOOL to_object;
    PTP_TIMER deadline; /* BIND_OPTS.dwTickCountDeadline, with a reference; or NULL */
    BOOL pull;          /* the client reads from the protocol by itself */
    BOOL asynchronous;  /* BINDF_ASYNCHRONOUS, and there is a callback */
    BOOL async_storage; /* reading never blocks */
    DWORD bindf, bindf2, bindf_reserved;
    BINDINFO bind_info;
    IUri *uri;
    WCHAR *start_url;
    WCHAR **accept; /* media types, or NULL */
    ULONG accept_count;
    IInternetProtocolEx *protocol;

    /* Told by the protocol, on the bound thread. */
    WCHAR *url; /* of the last redirection, at first the moniker's */
    BOOL redirected;
    WCHAR *mime;
    WCHAR *cache_file;
    CLSID protocol_class;
    DWORD bscf;            /* all that it has said */
    ULONG progress, total; /* as it said last */
    ULONGLONG told_size;

    volatile LONG reading;  /* somebody is filling the store */
    volatile LONG data_end; /* the protocol has said S_FALSE */
    HRESULT read_error;
    SRWLOCK store_lock;
    struct binding_store store;
    BYTE *head; /* the first bytes, which binding_peek has read; NULL: none. With the store's lock
                 */
    ULONG head_size, head_read;
    ULONG quota;       /* what may still be read in this turn, see download_manager.c */
    ULONGLONG fetched; /* bytes read from the protocol in all */

    /* What it came to. */
    HRESULT result;
    DWORD result_code;
    WCHAR *result_text;
};

static inline void binding_addref(struct binding *binding)
{
    IUnknown_AddRef(&binding->com.IUnknown_inner);
}

static inline void binding_release(struct binding *binding)
{
    IUnknown_Release(&binding->com.IUnknown_inner);
}

/* On the bound thread: a reference for as long as a function runs that calls the client. Should the
 * client end the thread, so that the function never returns, the reference goes with the thread. */
static inline void binding_hold(struct binding *binding)
{
    binding->held++;
    binding_addref(binding);
}

static inline void binding_let_loose(struct binding *binding)
{
    binding->held--;
    binding_release(binding);
}

/* With the thread's lock: whether there is something to deliver. */
static inline BOOL binding_has_work(const struct binding *binding)
{
    return !list_empty(&binding->reports)
            || (binding->again && !binding->aborted && !binding->ended);
}

/* The vtables, each in the file of its subject. */
extern const IBindingVtbl binding_vtbl;
extern const IInternetProtocolSinkVtbl binding_sink_vtbl;
extern const IInternetProtocolSinkVtbl binding_public_sink_vtbl;
extern const IInternetBindInfoExVtbl binding_bind_info_vtbl;
void binding_services_init(struct binding *binding);
/* One of the interfaces of binding_services.c, for QueryInterface and QueryService. E_NOINTERFACE:
 * it is none of those, or the client has not got it. With a reference. */
HRESULT binding_service_get(struct binding *binding, REFGUID service, REFIID iid, void **out);
extern const IBindStatusCallbackExVtbl binding_callback_vtbl; /* binding_callback.c */

/* binding.c; on the bound thread */
void binding_destroy(void *object);
HRESULT binding_query(void *object, REFIID iid, void **out);
HRESULT binding_create(IMoniker *moniker, IUri *uri, IBindCtx *context, BOOL to_object, REFIID iid,
        struct binding **out);
HRESULT binding_start(struct binding *binding, struct binding *former);
/* The thread has ended: everything that belonged to it goes. */
void binding_abandon_all(struct bound_thread *thread);
/* Gives up what belongs to the client, except the streams it has. */
void binding_let_go(struct binding *binding);

/* binding_control.c; on any thread: IBinding::Abort, with another result than E_ABORT. */
HRESULT binding_give_up(struct binding *binding, HRESULT why);

/* binding_sink.c */
void report_free(struct report *report);
/* After something has kept deliveries off: has what came meanwhile delivered. */
void binding_resume_delivery(struct binding *binding);
/* The same as the last thing that an item of the thread's queue does: whoever runs it looks for the
 * next one, and no message is posted. */
void binding_resume_delivery_last(struct binding *binding);
struct report *report_copy(const struct report *report); /* NULL: out of memory */
/* With the thread's lock: drops what is not delivered. The list is the caller's to free. */
void binding_take_reports(struct binding *binding, struct list *out);
void reports_free(struct list *reports);

/* binding_notify.c; on the bound thread */
/* `direct`: on the protocol's stack. */
void binding_deliver(struct binding *binding, struct report *report, BOOL direct);
void binding_progress(struct binding *binding, ULONG progress, ULONG max, ULONG code,
        const WCHAR *text);
void binding_stop(struct binding *binding, HRESULT result, DWORD code, const WCHAR *text);
/* Calls OnDataAvailable. */
void binding_tell_data(struct binding *binding, DWORD bscf, ULONGLONG size);
/* Tells of the cache file, once. */
void binding_tell_file(struct binding *binding);
/* There is something to read: tells the client, in the push model after reading it. */
void binding_data_arrived(struct binding *binding, DWORD bscf, ULONG progress, ULONG max);
/* Ends the binding with an error of its own: the protocol is aborted. */
void binding_fail(struct binding *binding, HRESULT result);
void binding_terminate(struct binding *binding);
void binding_abort_protocol(struct binding *binding);
/* The data are of no use any more, though the binding succeeds. */
void binding_abort_rest(struct binding *binding);
void binding_end_data(struct binding *binding);
/* Its stream has been released: a binding without a callback ends with that. */
void binding_stream_gone(struct binding *binding);
/* The protocol reports, on the bound thread, though its data have ended: it is read once more, and
 * what it gives is thrown away. */
void binding_read_behind(struct binding *binding);

/* binding_source.c; on any thread */
/* Reads once from the protocol, *read bytes; as IInternetProtocol::Read: S_OK, S_FALSE at the end,
 * E_PENDING (also with some bytes), or an error. */
HRESULT binding_read(struct binding *binding, void *buffer, ULONG size, ULONG *read);
/* The first `size` bytes, or all if there are fewer, before anything else is read; they are read
 * again afterwards. Always the same size. E_PENDING: not yet. */
HRESULT binding_peek(struct binding *binding, BYTE *data, ULONG size, ULONG *got);
/* Moves up to `quota` bytes from the protocol into the store. S_OK: that much, or somebody else is
 * at it; S_FALSE: all; E_PENDING: no more yet. */
HRESULT binding_fill(struct binding *binding, ULONGLONG quota);
/* Waits until there may be something to read: data_signal is no longer `seen`. */
void binding_wait_for_data(struct binding *binding, LONG seen);
/* Something may be there to read: wakes who waits. */
void binding_signal(struct binding *binding);
/* Locks the protocol so that it can be read after it is terminated. */
void binding_lock_request(struct binding *binding);
/* Takes that back, once. On any thread. */
void binding_unlock_request(struct binding *binding);
/* TYMED_FILE: keeps the file from being deleted or renamed until the request is unlocked. */
void binding_hold_file(struct binding *binding);
HRESULT store_read(struct binding *binding, ULONGLONG position, void *buffer, ULONG size,
        ULONG *read);
/* The push model's store becomes the protocol's file. */
void store_use_file(struct binding *binding, const WCHAR *name);
void store_free(struct binding_store *store);

/* binding_stream.c */
HRESULT binding_stream_create(struct binding *binding, struct binding_stream **out);
IStream *binding_stream_iface(struct binding_stream *stream);

/* binding_object.c; on the bound thread */
/* Makes and loads the object as far as the data allow; `complete`: they are all there. */
void binding_object_advance(struct binding *binding, BOOL complete);

/* binding_file.c; on the bound thread */
/* All data being in the store: sees to it that they are in a file of the cache, too,
 * binding->cache_file, and that the client knows it. */
HRESULT binding_keep_file(struct binding *binding);
/* Deletes that file if it is to go with the binding. */
void binding_free_file(struct binding *binding);
/* The file as storage. What StgOpenStorage says; INET_E_DATA_NOT_AVAILABLE: there is no file. */
HRESULT binding_open_storage(struct binding *binding, IStorage **out);

/* binding_attach.c: the binding whose object is being loaded through `context`, with a reference,
 * or NULL; and a new binding that takes its protocol over. */
struct binding *binding_find_loading(IBindCtx *context, struct bound_thread *thread);
HRESULT binding_take_over(struct binding *binding, struct binding *former);
#define BINDING_CONTEXT_KEY L"CBinding Context"
/* Lets the object that is loaded through `context` find the binding, and takes that back. */
void binding_register_loading(struct binding *binding);
void binding_revoke_loading(struct binding *binding);

/* binding_extra.c: before it starts, appends what the client has to append to the URL.
 * INET_E_INVALID_URL: that makes none. */
HRESULT binding_extend_url(struct binding *binding);

/* binding_deadline.c; on the bound thread: the time limit of the bind context, if there is one.
 * MK_E_EXCEEDEDDEADLINE: it is over; E_OUTOFMEMORY. */
HRESULT binding_set_deadline(struct binding *binding);
void binding_drop_deadline(struct binding *binding);

/* binding_result.c: IBinding::GetBindResult. */
HRESULT binding_get_result(struct binding *binding, CLSID *protocol, DWORD *code, WCHAR **text);

#endif
