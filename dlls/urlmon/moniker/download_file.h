/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a download goes into. It has another name until it is complete: one that is there
 * already stays as it is until then, and when the download fails nothing is left behind, even if
 * the process dies.
 *
 * The data are collected in blocks. While one is being filled from the network a thread of the
 * system's pool writes those before; neither waits for the other as long as there are blocks. A
 * download that fits into one needs no other thread, and no file until it is complete: one that is
 * new is made with its own name then. All functions are for one thread at a time.
 */
#ifndef CONCIERGE_DOWNLOAD_FILE_H
#define CONCIERGE_DOWNLOAD_FILE_H

#include <windows.h>

#define DOWNLOAD_BLOCKS 4u

struct download_file
{
    WCHAR *path;                    /* where the data go in the end */
    WCHAR *temporary;               /* where they go until all are there */
    HANDLE handle;                  /* INVALID_HANDLE_VALUE until a block is full */
    BYTE *filling;                  /* the block that data go into, */
    DWORD room;                     /* its size, */
    DWORD filled;                   /* and how much is in it */
    TP_WORK *work;                  /* that writes those that are full; NULL until there is one */
    SRWLOCK lock;                   /* guards what follows, while there is work */
    CONDITION_VARIABLE written;     /* a block has been written */
    BYTE *blocks[DOWNLOAD_BLOCKS];  /* a ring of the full ones, then that being filled; NULL: unused
                                     */
    unsigned int first, full;       /* the first full one, which is being written; how many are */
    BOOL writing;                   /* the work runs, or is about to */
    volatile BOOL failed, given_up; /* the file cannot be written; need not be */
};

/* S_OK, E_OUTOFMEMORY. An object of zeros is closed, and may be closed again. */
HRESULT download_file_init(struct download_file *file, const WCHAR *path);

/* Where the next data go, and how many bytes there is room for: at least one. */
BYTE *download_file_room(struct download_file *file, DWORD *size);

/* `size` bytes have been put there. S_OK, E_OUTOFMEMORY, INET_E_DOWNLOAD_FAILURE: the file cannot
 * be made, or what came earlier could not be written. */
HRESULT download_file_commit(struct download_file *file, DWORD size);

/* Whether there have been data. */
BOOL download_file_has_data(const struct download_file *file);

/* All is there: writes what is not yet, and gives the file its name. The same errors. */
HRESULT download_file_complete(struct download_file *file);

/* Gives up a file that was not completed; harmless otherwise. */
void download_file_discard(struct download_file *file);

/* Discards, and frees what the object holds. */
void download_file_close(struct download_file *file);

#endif
