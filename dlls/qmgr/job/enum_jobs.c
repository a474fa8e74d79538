/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IEnumBackgroundCopyJobs: a snapshot of jobs. The jobs' properties stay current ("Enumerating Jobs
 * in the Transfer Queue"); a job that ends meanwhile stays in the enumeration, in its final state.
 */
#include "job.h"

#include <stdlib.h>

#include "enumerator.h"

ENUMERATOR_CLASS(enum_jobs, IEnumBackgroundCopyJobs, IBackgroundCopyJob)

struct job_snapshot
{
    struct enumerator_source source;
    struct bits_job *jobs[];
};

static HRESULT job_snapshot_get(struct enumerator_source *source, ULONG index, void **out)
{
    struct bits_job *job = ((struct job_snapshot *)source)->jobs[index];

    job_addref(job);
    *out = &job->IBackgroundCopyJob5_iface;
    return S_OK;
}

static void job_snapshot_destroy(struct enumerator_source *source)
{
    struct job_snapshot *snapshot = (struct job_snapshot *)source;

    for (ULONG i = 0; i < source->count; i++)
        job_release(snapshot->jobs[i]);
    free(snapshot);
}

/* Takes over one reference of each job, also when it fails. Without the queue's lock. */
HRESULT enum_jobs_create(struct bits_job **jobs, UINT32 count, IEnumBackgroundCopyJobs **out)
{
    struct job_snapshot *snapshot = malloc(sizeof(*snapshot) + count * sizeof(*jobs));

    *out = NULL;
    if (!snapshot)
    {
        while (count--)
            job_release(jobs[count]);
        return E_OUTOFMEMORY;
    }
    enumerator_source_init(&snapshot->source, count, job_snapshot_get, job_snapshot_destroy);
    if (count)
        memcpy(snapshot->jobs, jobs, count * sizeof(*jobs));
    return enumerator_create(&snapshot->source, &enum_jobs_class, &enum_jobs_vtbl, (void **)out);
}
