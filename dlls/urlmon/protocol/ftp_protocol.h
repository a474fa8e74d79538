/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ftp. The way of a binding:
 *
 *   Start        ftp_protocol.c   what the client wants; ftp_cache.c: whether it is there already
 *   the worker   ftp_protocol.c   a thread of the pool: connects, asks (ftp_command.c), reads,
 * sends Switch       ftp_protocol.c   to the apartment's thread, to ask the client who it is body
 * inet_pump.c
 */
#ifndef CONCIERGE_FTP_PROTOCOL_H
#define CONCIERGE_FTP_PROTOCOL_H

#include <urlmon.h>
#include <wininet.h>

#include "ftp_cache.h"
#include "http_upload.h"
#include "inet_protocol.h"

struct ftp_protocol
{
    struct inet_protocol protocol;
    WCHAR *host, *path, *user, *password;
    INTERNET_PORT port;
    BOOL is_text; /* it is sent as text, lines end as the server and this system have them */
    DWORD piece;
    DWORD timeout; /* ms */
    unsigned int logins;
    volatile LONG awaited;
    struct ftp_cache cache;

    /* BINDVERB_PUT: what is sent. */
    BYTE *body;
    DWORD body_size;
    struct http_upload *upload; /* or */

    /* Under the protocol's lock. */
    HINTERNET connect, file;
    BOOL working; /* there is a worker */
    BOOL again;   /* it has more to do */
    volatile DWORD worker;
    TP_TIMER *watch; /* fires when the server has been silent for long */
};

/* ftp_command.c: questions to a server, on the worker. RFC 959, RFC 3659. */

/* How long the file is, by SIZE; INET_UNKNOWN_SIZE: it does not say. */
UINT64 ftp_command_size(struct ftp_protocol *ftp);

/* When it was changed, by MDTM: a FILETIME; 0: it does not say. */
UINT64 ftp_command_time(struct ftp_protocol *ftp);

/* Whether the server has last said that all is well. */
BOOL ftp_command_is_done(void);

/* Why the server has refused. */
HRESULT ftp_command_refused(struct ftp_protocol *ftp, DWORD error);

#endif
