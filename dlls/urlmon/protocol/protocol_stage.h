/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One stage of a bind protocol: a handler or filter, the sink which it reports to, the bytes that
 * were read ahead from it to find their type, and its reading end for the filter above.
 *
 * The stage knows the bind protocol by a weak pointer: once it is closed, reports of its handler,
 * which may come at any time and on any thread, go nowhere.
 */
#ifndef CONCIERGE_PROTOCOL_STAGE_H
#define CONCIERGE_PROTOCOL_STAGE_H

#include "bind_protocol_impl.h"
#include "com_object.h"

#define STAGE_AHEAD_SIZE 2048 /* bytes read ahead at most */

enum sniff_state
{
    SNIFF_WAITING,    /* for enough bytes; reports of data are held back */
    SNIFF_DELIVERING, /* the type is being reported; reports are still held back */
    SNIFF_DONE        /* or never wanted */
};

struct protocol_stage
{
    struct com_object object;
    IInternetProtocolSink IInternetProtocolSink_iface;
    IInternetBindInfoEx IInternetBindInfoEx_iface;
    IServiceProvider IServiceProvider_iface;
    IInternetProtocol reader_iface; /* an object of its own to those who ask, counted with this */
    BOOL is_filter;
    WCHAR *filter_mime;           /* the type a filter was made for */
    struct protocol_stage *below; /* counted; NULL: the handler's */

    SRWLOCK lock;                     /* guards what follows; never held while calling out */
    struct bind_protocol *protocol;   /* weak; NULL: closed */
    struct protocol_handler *handler; /* NULL: dropped */
    struct protocol_handler *above;   /* the filter that gets the reports, or NULL */
    WCHAR *url;                       /* after a redirection, else NULL */
    WCHAR *mime;                      /* as the handler said */
    enum sniff_state sniff;
    BOOL is_sniffing; /* a thread reads ahead */
    BOOL ahead_ended; /* the handler has said that there is no more */
    BOOL has_held_data, has_held_result;
    unsigned int held_count; /* grows with each report held back */
    DWORD held_flags;
    ULONG held_progress, held_max;
    HRESULT held_result;
    DWORD held_error;
    WCHAR *held_text;
    ULONG ahead_length, ahead_position;
    BYTE ahead[STAGE_AHEAD_SIZE];
};

/* A stage for a handler, or for a filter of `filter_mime` above `below`; takes references of its
 * own. `url`: what BINDSTRING_URL is answered with, or NULL. */
HRESULT protocol_stage_create(struct bind_protocol *protocol, struct protocol_handler *handler,
        struct protocol_stage *below, const WCHAR *filter_mime, BOOL wants_sniffing,
        const WCHAR *url, struct protocol_stage **out);
void protocol_stage_addref(struct protocol_stage *stage);
void protocol_stage_release(struct protocol_stage *stage);

/* After the handler's Continue: what it has reported in there is looked at now. */
void protocol_stage_continued(struct protocol_stage *stage);

/* From now on its handler's reports go nowhere. */
void protocol_stage_close(struct protocol_stage *stage);
/* And drops its handler and the filter above. */
void protocol_stage_drop(struct protocol_stage *stage);

/* The handler, with a reference, or NULL. */
struct protocol_handler *protocol_stage_handler(struct protocol_stage *stage);

/* Lets the filter `above` get the reports from now on. */
void protocol_stage_put_above(struct protocol_stage *stage, struct protocol_handler *above);

/* Reads what is ahead, then from the handler. The results of IInternetProtocol::Read. */
HRESULT protocol_stage_read(struct protocol_stage *stage, void *buffer, ULONG size, ULONG *count);
HRESULT protocol_stage_seek(struct protocol_stage *stage, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position);

/* protocol_stage_sniff.c */
void stage_sniff_mime(struct protocol_stage *stage, const WCHAR *mime, BOOL is_verified);
HRESULT stage_sniff_data(struct protocol_stage *stage, DWORD flags, ULONG progress, ULONG max);
HRESULT stage_sniff_result(struct protocol_stage *stage, HRESULT result, DWORD error,
        const WCHAR *text);

/* protocol_stage.c, for protocol_stage_sniff.c: to the filter above, else to the client. */
HRESULT stage_forward_data(struct protocol_stage *stage, DWORD flags, ULONG progress, ULONG max);
HRESULT stage_forward_result(struct protocol_stage *stage, HRESULT result, DWORD error,
        const WCHAR *text);
struct bind_protocol *stage_pin(struct protocol_stage *stage, struct protocol_handler **above);

/* protocol_stage_read.c: the vtable of reader_iface. */
extern const IInternetProtocolVtbl stage_reader_vtbl;

#endif
