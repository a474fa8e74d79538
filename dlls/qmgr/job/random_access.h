/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files whose parts come in another order than from beginning to end: those of on-demand jobs, of
 * which only what was requested is transferred, and those of other jobs after RequestFileRanges or
 * UpdateDownloadPosition, which are transferred whole. Each part lies at its offset in the
 * temporary file, and `filled` says which are there. All functions are called with the queue's
 * lock.
 */
#ifndef CONCIERGE_QMGR_RANDOM_ACCESS_H
#define CONCIERGE_QMGR_RANDOM_ACCESS_H

#include "job.h"
#include "range_set.h"

BOOL file_is_random(const struct bits_file *file);

/* Is there something of the file to transfer? Not for one of an on-demand job until it is
 * requested. */
BOOL file_has_work(const struct bits_file *file);
BOOL job_has_file_work(const struct bits_job *job);

/* What to transfer, in the order of transfer, without overlaps: requested parts before others, and
 * those from the download position on before those in front of it. */
HRESULT random_plan(const struct bits_file *file, struct range_set *plan);

/* The bytes that the temporary file must have at least for `filled` to be true. */
UINT64 random_extent(const struct bits_file *file);

/* The server has answered: the file has `size` bytes. `restarted`: nothing of it is there. */
void random_started(struct bits_file *file, UINT64 size, BOOL restarted);

/* Bytes from..to of what the plan holds are in the temporary file now. */
void random_fill(struct bits_file *file, const struct range_set *plan, UINT64 from, UINT64 to);

/* A file that was transferred from its beginning is a random one from now on, and back again: what
 * is there is forgotten. */
HRESULT random_begin(struct bits_file *file);
void random_give_up(struct bits_file *file);

/* Requests `ranges` (overlaps, and parts which are there or requested already, are allowed) and
 * makes the first the download position. S_FALSE: nothing new is wanted.
 * BG_E_TOO_MANY_RANGES_IN_FILE. */
HRESULT random_request(struct bits_file *file, const BG_FILE_RANGE *ranges, UINT32 count);

#endif
