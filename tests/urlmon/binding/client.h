/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of bindings, for the tests: an IBindStatusCallbackEx that checks each call it gets, and
 * what it reads: the thread, the order, the data. It answers IHttpNegotiate as well.
 */
#ifndef CONCIERGE_TEST_CLIENT_H
#define CONCIERGE_TEST_CLIENT_H

#include <windows.h>
#include <urlmon.h>

struct client
{
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;
    IHttpNegotiate IHttpNegotiate_iface;
    IServiceProvider IServiceProvider_iface;
    volatile LONG references;

    /* What it is to do. */
    DWORD bindf;
    const IID *iid;     /* for BindToStorage: IID_IStream at first */
    unsigned int seed;  /* of the data */
    BOOL no_read;       /* OnDataAvailable reads nothing */
    ULONG read_at_once; /* bytes a read; 0: 8192 */
    LONG priority;      /* set in OnStartBinding */
    void (*on_data)(struct client *client, DWORD bscf);
    void (*on_progress)(struct client *client, ULONG code);
    void (*on_info)(struct client *client, BINDINFO *info); /* GetBindInfo */
    void (*on_start)(struct client *client);
    void (*on_stop)(struct client *client);
    BOOL no_negotiate;       /* it has not got IHttpNegotiate */
    HRESULT start_result;    /* of OnStartBinding */
    HRESULT info_result;     /* of GetBindInfo */
    DWORD deadline;          /* of the bind context: milliseconds from now on; 0: none */
    HRESULT progress_result; /* of OnProgress; on_progress may set it */
    HRESULT data_result;     /* of OnDataAvailable, which reads nothing then if it is an error */
    const BYTE *expected;    /* the data, if they are not the test protocol's */
    void *data;              /* the test's */

    /* What it has got. */
    DWORD thread;
    IBinding *binding; /* until OnStopBinding */
    IStream *stream;   /* of OnDataAvailable; until client_close */
    IStorage *storage; /* the same */
    volatile LONG calls, wrong_thread, wrong_order, bad_bytes, nested;
    unsigned int priorities; /* calls of GetPriority */
    unsigned int responses;  /* of OnResponse, */
    ULONG response_code;     /* and what OnProgress had said last */
    unsigned int get_info, starts, firsts, lasts, stops, datas, objects, negotiates, progresses;
    ULONG codes[64]; /* those of OnProgress, by turns, repetitions of one counted once */
    unsigned int code_count;
    ULONGLONG received; /* bytes read, or told when it does not read */
    ULONG told;         /* dwSize of the last OnDataAvailable, */
    DWORD flags;        /* and its BSCF_ */
    ULONG progress;     /* of the last BINDSTATUS_DOWNLOADINGDATA or _ENDDOWNLOADDATA */
    DWORD tymed;
    WCHAR mime[128], file[MAX_PATH], format[128];
    HRESULT result, bind_result, last_read;
    HRESULT code; /* of GetBindResult */
    WCHAR text[128];
    CLSID protocol_class;
    BOOL in_call, quiet; /* quiet: any call but OnStopBinding is an error now */
    BOOL stopped, objected;
    IUnknown *out; /* of BindToStorage or BindToObject */
};

void client_open(struct client *client);
/* Binds to the URL: client->bind_result, client->out. */
void client_bind(struct client *client, const WCHAR *url);
void client_bind_to_object(struct client *client, const WCHAR *url, IBindCtx *context, REFIID iid);
/* Dispatches messages until it has stopped. FALSE: not within 30 seconds. */
BOOL client_wait(struct client *client);
/* Releases what it holds, and checks that nobody else holds it. */
void client_close(struct client *client, const char *what);
/* Makes tests of the thread, the order and the data. */
void client_check(struct client *client, const char *what);
/* Reads what there is and checks it; the result of the last read. */
HRESULT client_read(struct client *client, IStream *stream);
/* Whether BINDSTATUS `code` came, and its place among the codes. */
int client_code(const struct client *client, ULONG code);
/* Dispatches messages for a while. */
void pump_messages(DWORD milliseconds);

#endif
