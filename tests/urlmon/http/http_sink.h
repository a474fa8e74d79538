/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of a protocol object, without anything of urlmon between: sink, bind information and
 * services. Reports may come on any thread; the test's own thread runs the binding: it answers
 * Switch by Continue, reads what is reported, and waits for the result.
 */
#ifndef CONCIERGE_TESTS_HTTP_SINK_H
#define CONCIERGE_TESTS_HTTP_SINK_H

#include "tap.h"

#include <urlmon.h>

#define SINK_REPORTS 512

struct sink_report
{
    ULONG code; /* a BINDSTATUS_ */
    WCHAR text[256];
    DWORD thread;
};

struct sink
{
    IInternetProtocolSink IInternetProtocolSink_iface;
    IInternetBindInfoEx IInternetBindInfoEx_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate3 IHttpNegotiate3_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IHttpSecurity IHttpSecurity_iface;
    struct
    {
        const struct IBindHttpSecurityVtbl *lpVtbl;
    } IBindHttpSecurity_iface;
    LONG references;

    /* What the test wants. */
    DWORD flags; /* BINDF_ */
    DWORD verb;
    const WCHAR *custom_verb;
    DWORD info_flags;     /* BINDINFOF_ */
    DWORD internet_flags; /* INTERNET_FLAG_, with BINDINFO_OPTIONS_WININETFLAG */
    const void *body;
    DWORD body_size;
    IStream *body_stream;
    IStorage *body_storage;
    const WCHAR *accept;       /* BINDSTRING_ACCEPT_MIMES */
    const WCHAR *agent;        /* BINDSTRING_USER_AGENT */
    BOOL negotiates;           /* offers IHttpNegotiate */
    const WCHAR *headers;      /* from BeginningTransaction */
    const WCHAR *more_headers; /* from OnResponse, for errors */
    HRESULT on_response;
    const WCHAR *user, *password; /* offers IAuthenticate when there is a user */
    BOOL extended;                /* and IAuthenticateEx */
    DWORD flags2;                 /* BINDF2_: offers IInternetBindInfoEx when there are some */
    const WCHAR *language, *encodings, *post_mime, *origin; /* BINDSTRING_ */
    const WCHAR *body_file;                                 /* TYMED_FILE */
    const BYTE *certificate; /* offers IHttpNegotiate3 with this one */
    DWORD certificate_size;
    BOOL secure; /* offers IHttpSecurity, which answers: */
    HRESULT on_problem;
    BOOL overlooks; /* offers IBindHttpSecurity, whose mask is: */
    DWORD ignore_mask;
    DWORD read_size;   /* of each Read; 0: 64 KiB */
    BOOL no_switch;    /* Switch fails */
    BOOL keep;         /* sink_run does not Terminate */
    UINT64 stop_after; /* sink_run returns when that much has come; 0: at the end */
    HANDLE file;       /* gets what is read, or NULL */

    /* What has come. */
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    struct sink_report reports[SINK_REPORTS];
    unsigned int report_count;
    unsigned int data_reports, first_reports, last_reports, results, switches;
    unsigned int data_after_result, begins, responses, authentications, problems;
    BOOL data_waiting, switch_waiting;
    PROTOCOLDATA switch_data;
    ULONG progress, progress_max;
    HRESULT result;
    DWORD error;
    WCHAR result_text[256];
    DWORD response;
    DWORD last_problem;
    unsigned int masks;               /* GetIgnoreCertMask */
    DWORD authenticate_flags;         /* AUTHENTICATEF_ of the last AuthenticateEx */
    DWORD first_flags;                /* and of the first */
    unsigned int extended_asked;      /* AuthenticateEx */
    unsigned int roots, certificates; /* GetRootSecurityId, GetSerializedClientCertContext */
    WCHAR response_headers[2048];
    WCHAR begin_headers[1024];
    DWORD service_thread; /* of the last OnResponse, Authenticate, OnSecurityProblem */
    UINT64 received;
    BYTE data[4096]; /* its beginning */
    HRESULT last_read;
};

/* A sink with one reference, all wishes 0. */
struct sink *sink_create(void);
void sink_release(struct sink *sink);

/* A protocol object of urlmon.dll, by DllGetClassObject. */
IInternetProtocolEx *protocol_create(REFCLSID clsid);

/* StartEx. */
HRESULT sink_start(struct sink *sink, IInternetProtocolEx *protocol, const WCHAR *url);

/* Runs the binding until its result is there and all is read, then Terminate. TRUE unless nothing
 * happened for 60 s. */
BOOL sink_run(struct sink *sink, IInternetProtocolEx *protocol);

/* All of it, on a new protocol object of the URL's class. */
BOOL sink_fetch(struct sink *sink, const WCHAR *url);

/* The first report of a code; NULL: there was none. */
const struct sink_report *sink_find(struct sink *sink, ULONG code);

/* Waits until so many reports of data or the result have come. */
BOOL sink_wait_data(struct sink *sink, unsigned int count, DWORD milliseconds);
BOOL sink_wait_result(struct sink *sink, DWORD milliseconds);

#endif
