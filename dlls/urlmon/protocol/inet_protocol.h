/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the protocols on WinINet (http, https, ftp) share: the COM object, its sink, and the way of
 * the bytes from the network to the reader. The scheme does the rest.
 *
 * Pages: "Asynchronous Pluggable Protocols", IInternetProtocolRoot, IInternetProtocol,
 * IInternetProtocolSink.
 *
 * A protocol is active from Start until its result is reported, or Abort or Terminate: it holds a
 * reference on itself then, so that reports from the network find it alive. Nothing is called out
 * with the lock held. Whoever pumps (one thread at a time) is the only one to report data and the
 * result, so that these come in order.
 */
#ifndef CONCIERGE_INET_PROTOCOL_H
#define CONCIERGE_INET_PROTOCOL_H

#include <urlmon.h>

#include "com_aggregate.h"
#include "inet_buffer.h"
#include "inet_slots.h"
#include "protocol_priority.h"

#define INET_UNKNOWN_SIZE (~(UINT64)0)

struct inet_protocol;
struct inet_file;

struct inet_scheme
{
    const char *name;
    size_t size; /* of the scheme's struct, which begins with a struct inet_protocol */

    void (*init)(struct inet_protocol *protocol);
    /* On the thread of Start: begins. An error is reported by the caller. */
    HRESULT (*start)(struct inet_protocol *protocol);
    /* On the apartment's thread, after a Switch. */
    void (*proceed)(struct inet_protocol *protocol, DWORD state);
    /* Reads. S_OK with *got, S_FALSE: the end, E_PENDING: inet_protocol_readable follows, or an
     * error with *error. */
    HRESULT(*read)
    (struct inet_protocol *protocol, void *data, DWORD size, DWORD *got, DWORD *error);
    /* A slot with which `read` was left may serve the next one: the pump gives it back. */
    BOOL reads_in_turns;
    /* S_OK: the end of which the network told is really the end. */
    HRESULT (*check_end)(struct inet_protocol *protocol);
    /* All has come and lies in the file; NULL: nothing is to be done with it. */
    void (*complete)(struct inet_protocol *protocol);
    /* Stops reporting to the protocol; the network may go on for a while. More than once. */
    void (*detach)(struct inet_protocol *protocol);
    /* Closes what is open. More than once. */
    void (*close)(struct inet_protocol *protocol);
    /* Terminate: releases the client's services, which hold the client's binding; NULL: none. */
    void (*let_go)(struct inet_protocol *protocol);
    /* Frees the scheme's own. */
    void (*free)(struct inet_protocol *protocol);
    /* IWinInetInfo::QueryOption and IWinInetHttpInfo::QueryInfo. */
    HRESULT (*query_option)(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size);
    HRESULT(*query_info)
    (struct inet_protocol *protocol, DWORD option, void *data, DWORD *size, DWORD *flags,
            DWORD *reserved);
    BOOL cache_hints; /* it has IWinInetCacheHints2 */
};

enum inet_phase
{
    INET_NEW,
    INET_REQUEST, /* the answer has not begun */
    INET_BODY,
    INET_ENDED /* the result has been reported, or nobody wants it */
};

struct inet_protocol
{
    struct com_inner com;
    IInternetProtocolEx IInternetProtocolEx_iface;
    IWinInetHttpInfo IWinInetHttpInfo_iface;
    IWinInetCacheHints2 IWinInetCacheHints2_iface;
    const struct inet_scheme *scheme;

    /* Set by Start, then only read. */
    IUri *uri;
    IInternetBindInfo *bind_info;
    DWORD flags;   /* BINDF_ */
    DWORD flags2;  /* BINDF2_ */
    DWORD options; /* PI_ */
    PROTOCOLDATA switch_data;
    BINDINFO info;

    SRWLOCK lock; /* of all that follows */
    IInternetProtocolSink *sink;
    enum inet_phase phase;
    BOOL active; /* holds a reference on itself */
    BOOL suspended;
    BOOL terminated;
    HRESULT why;                       /* an Abort's reason, or S_OK */
    struct protocol_priority priority; /* higher ones get to the network first */
    LONG locks;                        /* LockRequest */

    struct inet_buffer *buffer;
    struct inet_file *file; /* BINDF_NEEDFILE: what has come goes here instead */
    WCHAR extension[16];    /* of that, as IWinInetCacheHints wishes; "": the URL's */
    UINT64 file_read;       /* how far the reader is in it */
    struct inet_slot slot;
    BOOL pumping, pump_again;
    BOOL lingering; /* who pumps waits until the reader is armed */
    BOOL reading;   /* a read of the scheme's is under way */
    UINT64 received, total;
    UINT64 unreported; /* bytes since the last ReportData */
    BOOL armed;        /* the reader is waiting */
    DWORD reader;      /* the thread that has read; 0: none yet */
    BOOL reported;     /* the first ReportData is out */
    DWORD report_time;
    BOOL ended; /* with: */
    HRESULT result;
    DWORD error;
    WCHAR *result_text;
};

/* A new object for a class factory. */
HRESULT inet_protocol_create(const struct inet_scheme *scheme, IUnknown *outer, REFIID iid,
        void **out);

/* The sink with a reference; NULL when there is none any more, or the protocol is over. */
IInternetProtocolSink *inet_protocol_sink(struct inet_protocol *protocol);

/* Reports progress to the sink, if there is one. */
void inet_protocol_progress(struct inet_protocol *protocol, ULONG code, const WCHAR *text);

/* A service of the sink's, else of the bind information's; NULL: nobody offers it. */
void *inet_protocol_service(struct inet_protocol *protocol, REFIID iid);

/* Calls the scheme's `proceed` on the apartment's thread, or, when the sink cannot, here. */
void inet_protocol_switch(struct inet_protocol *protocol, DWORD state);

/* The answer has begun: its body may be read from now on. `total` INET_UNKNOWN_SIZE: until it ends.
 * Pumps. */
void inet_protocol_begin_body(struct inet_protocol *protocol, UINT64 total);

/* It is over, before the body began or in the middle of it. `text` is copied. */
void inet_protocol_end(struct inet_protocol *protocol, HRESULT hr, DWORD error, const WCHAR *text);

/* Whether nothing more is wanted. */
BOOL inet_protocol_is_over(struct inet_protocol *protocol);

/* A read that was pending may be tried again. `patient`: the thread is the network's, and may wait
 * for a reader. */
void inet_protocol_readable(struct inet_protocol *protocol, BOOL patient);

/* Reads from the network as long as there is room and data; `once`: until something came. */
void inet_protocol_pump(struct inet_protocol *protocol, BOOL once);

/* Stops the network's reports and gives up the reference on itself. Once; harmless after. */
void inet_protocol_deactivate(struct inet_protocol *protocol);

#endif
