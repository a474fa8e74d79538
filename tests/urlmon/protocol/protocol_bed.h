/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the tests of protocols: a caller of protocols that logs what is reported to it, and handlers
 * and MIME filters whose behaviour each test gives as functions.
 */
#ifndef CONCIERGE_TESTS_PROTOCOL_BED_H
#define CONCIERGE_TESTS_PROTOCOL_BED_H

#include "tap.h"

#include <urlmon.h>

/* The caller: sink, binding information, services. */
struct bed_sink
{
    IInternetProtocolSink IInternetProtocolSink_iface;
    IInternetBindInfo IInternetBindInfo_iface;
    IServiceProvider IServiceProvider_iface;
    IBindCallbackRedirect IBindCallbackRedirect_iface;
    IHttpSecurity IHttpSecurity_iface;
    LONG references;
    CRITICAL_SECTION lock;

    /* What it answers. */
    DWORD bindf;
    DWORD bind_verb;
    const WCHAR *url;
    BOOL cancels_redirect;
    HRESULT security_answer; /* 0 with has_security FALSE: it has no IHttpSecurity */
    BOOL has_security, has_redirect;
    HRESULT switch_answer;
    BOOL continues;          /* Switch calls Continue of `protocol` */
    BOOL reads;              /* ReportData reads all there is */
    struct bed_factory *own; /* makes the IInternetProtocol that it offers, or NULL */
    IInternetProtocol *protocol;
    /* Called in each report, outside the lock: 'P' progress, 'D' data, 'R' result, 'S' switch. */
    void (*hook)(struct bed_sink *sink, char what, DWORD code);
    void *hook_data;

    /* What it saw. */
    char log[8192]; /* "P13(text/html) D5 R0": progress, data with flags, result */
    BYTE data[65536];
    ULONG data_length;
    HRESULT last_read;
    HRESULT result;
    WCHAR result_text[256];
    LONG results, reports, datas, redirects_asked, problems_asked, own_asked;
    DWORD last_problem;
    DWORD report_thread;
    ULONG last_progress, last_max;
};

void bed_sink_init(struct bed_sink *sink, const WCHAR *url);
void bed_sink_clear(struct bed_sink *sink); /* the log and the data */
/* The log without the progress codes of the comma-separated list, such as "20,10". */
const char *bed_sink_log(struct bed_sink *sink, const char *without);
void bed_sink_done(struct bed_sink *sink); /* nobody holds it any more: one test */

struct bed_handler;

/* How the handlers of a factory behave. NULL functions do nothing and answer S_OK. */
struct bed_kind
{
    HRESULT (*start)(struct bed_handler *handler);
    HRESULT (*proceed)(struct bed_handler *handler, PROTOCOLDATA *data); /* Continue */
    HRESULT (*abort)(struct bed_handler *handler, HRESULT reason);
    HRESULT (*terminate)(struct bed_handler *handler);
    HRESULT (*read)(struct bed_handler *handler, void *buffer, ULONG size, ULONG *count);
    /* Of filters: what reaches their sink. */
    HRESULT (*progress)(struct bed_handler *filter, ULONG code, const WCHAR *text);
    HRESULT (*report)(struct bed_handler *filter, DWORD flags, ULONG progress, ULONG max);
    HRESULT (*result)(struct bed_handler *filter, HRESULT result, DWORD error, const WCHAR *text);
    BOOL is_filter;
    BOOL has_http_info; /* it has IWinInetHttpInfo */
    BOOL no_aggregation;
    BOOL ignores_outer;     /* it takes an outer IUnknown, and does not care for it */
    BOOL has_thread_switch; /* it has IInternetThreadSwitch */
    void *data;
};

struct bed_handler
{
    IUnknown IUnknown_inner;
    IInternetProtocol IInternetProtocol_iface;
    IInternetPriority IInternetPriority_iface;
    IWinInetHttpInfo IWinInetHttpInfo_iface;
    IInternetProtocolSink IInternetProtocolSink_iface;
    IInternetThreadSwitch IInternetThreadSwitch_iface;
    IUnknown *outer;
    LONG references;
    struct bed_factory *factory;
    const struct bed_kind *kind;

    /* From Start. */
    WCHAR url[512];
    IInternetProtocolSink *sink;
    IInternetBindInfo *bind_info;
    DWORD flags;
    IInternetProtocol *source; /* a filter's: of PROTOCOLFILTERDATA */

    /* What Read gives: `content` up to `available`, then E_PENDING, or S_FALSE at the end. */
    const char *content;
    ULONG length, available, position;

    LONG terminations, aborts, priority, priorities, locks, prepared, switched;
    DWORD start_thread, continue_thread, switch_thread;
};

struct bed_factory
{
    IClassFactory IClassFactory_iface;
    LONG references;
    const struct bed_kind *kind;
    LONG alive, made, aggregated;
    struct bed_handler *last; /* the last one made; without a reference */
};

void bed_factory_init(struct bed_factory *factory, const struct bed_kind *kind);

/* Reports of a handler to the sink it was started with. */
void bed_progress(struct bed_handler *handler, ULONG code, const WCHAR *text);
void bed_data(struct bed_handler *handler, DWORD flags);
void bed_result(struct bed_handler *handler, HRESULT result);

/* Lets Read give `content` to its end. */
void bed_content(struct bed_handler *handler, const char *content, ULONG length);

/* Drops the sink and so on; Terminate does. */
void bed_handler_drop(struct bed_handler *handler);

IInternetSession *bed_session(void);
/* IInternetSession::CreateBinding; fails the program's tests if it does. */
IInternetProtocol *bed_binding(struct bed_sink *sink);

#endif
