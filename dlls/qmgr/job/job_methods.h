/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of IBackgroundCopyJob2 to 5, which stand in files of their own beside
 * job_interface.c, and what all methods of jobs and files share: access checks, the frame around a
 * change, getters.
 */
#ifndef CONCIERGE_QMGR_JOB_METHODS_H
#define CONCIERGE_QMGR_JOB_METHODS_H

#include "caller.h"
#include "job.h"

static inline struct bits_job *job_from_iface(IBackgroundCopyJob5 *iface)
{
    return COM_IMPL_FROM(iface, struct bits_job, IBackgroundCopyJob5_iface);
}

/* ---- job_access.c: without the lock ---- */

/* May the calling client change the job? E_ACCESSDENIED. The caller frees `caller`. */
HRESULT job_check_caller(struct bits_job *job, struct caller *caller);
/* The owner's token, for file access: the job gets a copy of the caller's if the caller is its
 * owner and the job has none yet. With the lock. */
void job_adopt_token(struct bits_job *job, const struct caller *caller);

/* The frame around every change: checks the caller, takes the lock, checks that the job's state
 * allows changes. Only after success must job_close_change follow, which gives the lock back and,
 * when `hr` is a success, waits until the change is on the disk. Returns `hr`. */
HRESULT job_open_for_change(struct bits_job *job);
HRESULT job_open_for_owner(struct bits_job *job); /* the owner alone, not administrators */
HRESULT job_close_change(HRESULT hr);

/* A change of one member, whole: the frame, the store, undoing when the store fails. */
HRESULT job_set_value(struct bits_job *job, void *slot, const void *value, size_t size);
/* Same for a text of at most `limit` characters: E_INVALIDARG for NULL, BG_E_STRING_TOO_LONG. */
HRESULT job_set_text(struct bits_job *job, WCHAR **slot, const WCHAR *text, size_t limit);

/* Reads one member under the lock. E_INVALIDARG for a NULL `out`. A text that is not there counts
 * as empty. */
HRESULT job_get_value(void *out, const void *slot, size_t size);
HRESULT job_get_text(WCHAR **out, WCHAR *const *slot);

/* Counts characters up to `limit` + 1, so that hostile strings are not walked to their end. */
static inline BOOL text_too_long(const WCHAR *text, size_t limit)
{
    return text && wcsnlen(text, limit + 1) > limit;
}

/* ---- job_files.c ---- */
HRESULT job_add_one_file(struct bits_job *job, const WCHAR *remote_name, const WCHAR *local_name,
        const BG_FILE_RANGE *ranges, DWORD range_count);
HRESULT job_add_file_set(struct bits_job *job, const BG_FILE_INFO *infos, ULONG count);

/* ---- job2_interface.c ---- */
HRESULT STDMETHODCALLTYPE job2_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPCWSTR program,
        LPCWSTR parameters);
HRESULT STDMETHODCALLTYPE job2_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPWSTR *program,
        LPWSTR *parameters);
HRESULT STDMETHODCALLTYPE job2_GetReplyProgress(IBackgroundCopyJob5 *iface,
        BG_JOB_REPLY_PROGRESS *progress);
HRESULT STDMETHODCALLTYPE job2_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer,
        UINT64 *length);
HRESULT STDMETHODCALLTYPE job2_SetReplyFileName(IBackgroundCopyJob5 *iface, LPCWSTR name);
HRESULT STDMETHODCALLTYPE job2_GetReplyFileName(IBackgroundCopyJob5 *iface, LPWSTR *name);
HRESULT STDMETHODCALLTYPE job2_SetCredentials(IBackgroundCopyJob5 *iface,
        BG_AUTH_CREDENTIALS *credentials);
HRESULT STDMETHODCALLTYPE job2_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
        BG_AUTH_SCHEME scheme);
/* Takes all credentials out of the job, wiping the passwords. With the lock. */
void job_clear_credentials(struct bits_job *job);

/* ---- job3_interface.c ---- */
HRESULT STDMETHODCALLTYPE job3_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, LPCWSTR old_prefix,
        LPCWSTR new_prefix);
HRESULT STDMETHODCALLTYPE job3_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote_name,
        LPCWSTR local_name, DWORD range_count, BG_FILE_RANGE *ranges);
HRESULT STDMETHODCALLTYPE job3_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags);
HRESULT STDMETHODCALLTYPE job3_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags);

/* ---- job4_interface.c ---- */
HRESULT STDMETHODCALLTYPE job4_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags);
HRESULT STDMETHODCALLTYPE job4_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags);
HRESULT STDMETHODCALLTYPE job4_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level);
HRESULT STDMETHODCALLTYPE job4_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *elevated);
HRESULT STDMETHODCALLTYPE job4_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG timeout);
HRESULT STDMETHODCALLTYPE job4_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *timeout);

/* ---- job_properties.c ---- */
HRESULT STDMETHODCALLTYPE job5_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value);
HRESULT STDMETHODCALLTYPE job5_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE *value);

#endif
