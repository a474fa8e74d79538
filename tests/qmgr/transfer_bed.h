/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the tests of the transfer engine share: a request with sensible settings whose callbacks
 * write down what they are told.
 */

#ifndef CONCIERGE_TESTS_TRANSFER_BED_H
#define CONCIERGE_TESTS_TRANSFER_BED_H

#include "harness.h"
#include "transfer.h"
#include "bitsmsg.h"

struct bed
{
    struct transfer *transfer;
    struct transfer_request request;
    struct transfer_error error;
    HRESULT result;
    DWORD milliseconds; /* that the run took */

    /* what the callbacks saw in the last run */
    unsigned int started, progressed, redirected;
    BOOL restarted;
    UINT64 total, transferred;
    struct transfer_validator validator;
    char headers[512]; /* the beginning of the response's */
    WCHAR location[256];
    HRESULT progress_result; /* what the progress callback is to return */
    UINT64 abort_at;         /* it aborts the transfer at so many bytes; 0: never */
};

void bed_init(struct bed *bed);
void bed_free(struct bed *bed);

/* A fresh temporary file is used, unless bed_resume was called. */
HRESULT bed_run(struct bed *bed, const WCHAR *url);

/* Leaves a temporary file of `kept` bytes of `content` behind, as an earlier run would have, and
 * asks for going on from `offset` with a validator. */
void bed_resume(struct bed *bed, const char *content, UINT64 kept, UINT64 offset, const WCHAR *etag,
        const WCHAR *modified, UINT64 size);

/* The temporary file's whole content (malloc). */
char *bed_content(UINT64 *size);
extern const WCHAR *bed_temp;

/* One test: the result, and the error's context and whether it is transient. */
void bed_expect(struct bed *bed, HRESULT code, BG_ERROR_CONTEXT context, BOOL transient,
        const char *what);

#endif
