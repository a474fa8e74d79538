/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJob4: the flags of peer caching, which are kept and given back (there are no peers
 * here, and Windows itself deprecates them since BITS 4.0), the owner's token at creation, and the
 * most time that transferring may take.
 */
#include "job_methods.h"

#include "queue.h"

#define PEER_CACHING_FLAGS_KNOWN                                                                   \
    (BG_JOB_ENABLE_PEERCACHING_CLIENT | BG_JOB_ENABLE_PEERCACHING_SERVER                           \
            | BG_JOB_DISABLE_BRANCH_CACHE)

HRESULT STDMETHODCALLTYPE job4_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    struct bits_job *job = job_from_iface(iface);

    if (flags & ~(DWORD)PEER_CACHING_FLAGS_KNOWN)
        return E_INVALIDARG;
    return job_set_value(job, &job->peer_caching_flags, &flags, sizeof(flags));
}

HRESULT STDMETHODCALLTYPE job4_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    return job_get_value(flags, &job_from_iface(iface)->peer_caching_flags, sizeof(*flags));
}

HRESULT STDMETHODCALLTYPE job4_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level)
{
    return job_get_value(level, &job_from_iface(iface)->owner_integrity, sizeof(*level));
}

HRESULT STDMETHODCALLTYPE job4_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *elevated)
{
    return job_get_value(elevated, &job_from_iface(iface)->owner_elevated, sizeof(*elevated));
}

HRESULT STDMETHODCALLTYPE job4_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG timeout)
{
    struct bits_job *job = job_from_iface(iface);

    return job_set_value(job, &job->maximum_download_time, &timeout, sizeof(timeout));
}

HRESULT STDMETHODCALLTYPE job4_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *timeout)
{
    return job_get_value(timeout, &job_from_iface(iface)->maximum_download_time, sizeof(*timeout));
}
