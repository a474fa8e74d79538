/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IEnumBackgroundCopyFiles: a snapshot of a job's files ("Enumerating Files in a Job"). Files are
 * only ever added, at the end, so the snapshot is their number.
 */
#include "job.h"

#include <stdlib.h>

#include "enumerator.h"
#include "queue.h"

ENUMERATOR_CLASS(enum_files, IEnumBackgroundCopyFiles, IBackgroundCopyFile)

struct file_snapshot
{
    struct enumerator_source source;
    struct bits_job *job;
};

static HRESULT file_snapshot_get(struct enumerator_source *source, ULONG index, void **out)
{
    struct bits_job *job = ((struct file_snapshot *)source)->job;
    struct bits_file *file;

    queue_lock(); /* the array may be moving */
    file = job->files[index];
    queue_unlock();
    return file_interface_create(job, file, (IBackgroundCopyFile **)out);
}

static void file_snapshot_destroy(struct enumerator_source *source)
{
    job_release(((struct file_snapshot *)source)->job);
    free(source);
}

/* Takes a reference of its own to the job. Without the queue's lock. */
HRESULT enum_files_create(struct bits_job *job, IEnumBackgroundCopyFiles **out)
{
    struct file_snapshot *snapshot = malloc(sizeof(*snapshot));
    ULONG count;

    *out = NULL;
    if (!snapshot)
        return E_OUTOFMEMORY;
    snapshot->job = job;
    job_addref(job);
    queue_lock();
    count = job->file_count;
    queue_unlock();
    enumerator_source_init(&snapshot->source, count, file_snapshot_get, file_snapshot_destroy);
    return enumerator_create(&snapshot->source, &enum_files_class, &enum_files_vtbl, (void **)out);
}
