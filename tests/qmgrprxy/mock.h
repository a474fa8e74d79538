/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object with the interfaces of BITS whose marshalling is worth a test: it keeps what it is
 * given and returns what is known. Methods that no test calls are missing from its tables.
 */

#ifndef CONCIERGE_TESTS_QMGRPRXY_MOCK_H
#define CONCIERGE_TESTS_QMGRPRXY_MOCK_H

#include <bits.h>

#define MOCK_RANGES 4

struct mock
{
    IBackgroundCopyJob5 job;
    IBackgroundCopyFile6 file;
    IBackgroundCopyJobHttpOptions3 http;
    IEnumBackgroundCopyFiles files;
    IBackgroundCopyCallback3 callback;
    LONG refs;

    /* What the last call brought. */
    const char *called;
    DWORD thread;
    DWORD id;
    BITS_JOB_PROPERTY_VALUE job_value;
    WCHAR text[3][64];
    BOOL has_text[3];
    DWORD count;
    BG_FILE_RANGE ranges[MOCK_RANGES];
    BG_AUTH_TARGET target;
    BG_AUTH_SCHEME scheme;
    BYTE hash[20];
    BOOL has_object;
    BOOL has_count;

    /* The files that the enumerator has left. */
    ULONG files_left;
};

void mock_init(struct mock *mock);

/* What the mock's Get methods return. */
extern const GUID mock_clsid;
extern const BYTE mock_hash[20];

#endif
