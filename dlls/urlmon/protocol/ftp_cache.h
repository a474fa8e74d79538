/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cache between a binding and an FTP server, by the client's BINDF_ flags, as for web servers
 * (cache_http.h). What is not fresh is as good as new when the server tells the same size and time
 * (SIZE, MDTM). With RESYNCHRONIZE it is fetched again: page "API Flags" of WinINet
 * (INTERNET_FLAG_RESYNCHRONIZE: "All FTP resources are reloaded"). What needs a name is not kept.
 */
#ifndef CONCIERGE_FTP_CACHE_H
#define CONCIERGE_FTP_CACHE_H

#include <windows.h>

struct cache_entry;
struct ftp_protocol;
struct inet_file;

struct ftp_cache
{
    WCHAR *url;                /* under which it is kept */
    struct cache_entry *entry; /* which is used, or about which the server is asked */
    struct inet_file *file;    /* of that */
    BOOL used;                 /* the answer is the entry's */
    UINT64 modified;           /* when the server's file was; 0: it has not said */
};

/* In Start. S_OK: what is kept is the answer; S_FALSE: the server is to be asked; else the error.
 */
HRESULT ftp_cache_look(struct ftp_protocol *ftp);

/* Whether the time of the server's file matters. */
BOOL ftp_cache_wants_time(const struct ftp_protocol *ftp);

/* Whether what is kept is what the server has; it is the answer then. */
BOOL ftp_cache_is_current(struct ftp_protocol *ftp, UINT64 size);

/* Whether what is kept may stand in for a server that cannot be reached; it is the answer then. */
BOOL ftp_cache_stands_in(struct ftp_protocol *ftp, DWORD error);

/* The body of what is kept. */
void ftp_cache_begin_body(struct ftp_protocol *ftp);

/* The file for what the server sends, where there is to be one. */
HRESULT ftp_cache_make_file(struct ftp_protocol *ftp, UINT64 total);

/* That file is whole. */
void ftp_cache_commit(struct ftp_protocol *ftp);

/* The server's file is another from now on. */
void ftp_cache_forget(struct ftp_protocol *ftp);

void ftp_cache_release(struct ftp_protocol *ftp);

#endif
