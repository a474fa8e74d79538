/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs and their files: the data, the state machine, and what the COM objects, the scheduler, the
 * notifier and the store do with them.
 *
 * One lock, the queue's (queue.h), guards every job. Functions here are called with it held unless
 * their comment says otherwise. Nothing slow happens under it: no network, no file data, no COM
 * call.
 */
#ifndef CONCIERGE_QMGR_JOB_H
#define CONCIERGE_QMGR_JOB_H

#include "com_object.h"
#include "bits10_3.h"
#include "list.h"
#include "store.h"
#include "transfer.h"

struct bits_job;

/* Most files of a job, and ranges of a file, that a record is read back with: nobody gets more. */
#define JOB_MAX_FILES (1u << 20)
#define JOB_MAX_RANGES (1u << 20)

/* BITS_JOB_PROPERTY_*: see job_properties.c */
struct bits_job_properties
{
    DWORD cost_flags;
    BOOL dynamic_content;
    BOOL high_performance;
    UINT64 max_download_size;          /* BG_SIZE_UNKNOWN: none */
    BG_AUTH_TARGET stored_credentials; /* 0: none */
    DWORD notification_interval;       /* ms */
    BOOL on_demand;
};

struct bits_http_options
{
    BG_CERT_STORE_LOCATION certificate_location;
    WCHAR *certificate_store; /* NULL: no client certificate */
    BYTE certificate_hash[20];
    WCHAR *certificate_subject;
    WCHAR *custom_headers;
    ULONG security_flags;
};

enum validation_state
{
    VALIDATION_UNKNOWN,
    VALIDATION_VALID,
    VALIDATION_INVALID,
};

struct bits_file
{
    struct bits_job *job; /* not counted: files live as long as their job */
    UINT32 index;         /* its place in the job; also its key in the store */
    WCHAR *remote_name;
    WCHAR *local_name;
    WCHAR *temp_name;      /* made by job_add_files from the job's ID and the index */
    BG_FILE_RANGE *ranges; /* AddFileWithRanges */
    UINT32 range_count;
    BG_FILE_RANGE *filled; /* random access: what is in the temporary file, sorted, merged */
    UINT32 filled_count;
    BG_FILE_RANGE *wanted; /* random access: requested and not yet filled */
    UINT32 wanted_count;
    UINT64 position; /* random access: where to go on first */
    BOOL random;     /* in a job that is not on demand; see random_access.h */
    UINT64 total;    /* BG_SIZE_UNKNOWN until the server said it */
    UINT64 transferred;
    struct transfer_validator validator;
    WCHAR *response_headers; /* of the last response; not persisted */
    enum validation_state validation;
    BOOL completed;          /* whole in the temporary file */
    BOOL no_ranges;          /* the server gave the whole file when asked for a part */
    BOOL saved;              /* moved to its destination by Complete */
    BOOL notify_transferred; /* FileTransferred is still owed */
};

struct bits_error
{
    BG_ERROR_CONTEXT context; /* BG_ERROR_CONTEXT_NONE: no error */
    HRESULT code;
    UINT32 file; /* index, or ~0u for none */
};

/* The callback side of a job; see notify/notifier.h */
struct bits_notify
{
    ULONG flags;      /* BG_NOTIFY_* as set by SetNotifyFlags */
    IUnknown *object; /* SetNotifyInterface's, or the instance made from `clsid`; not persisted */
    UINT32 object_version; /* which IBackgroundCopyCallback `object` is: 1, 2 or 3 */
    BOOL object_from_clsid;
    CLSID clsid;    /* BITS_JOB_PROPERTY_NOTIFICATION_CLSID, GUID_NULL: none */
    WCHAR *program; /* SetNotifyCmdLine */
    WCHAR *parameters;
    ULONG pending;            /* BG_NOTIFY_JOB_TRANSFERRED, _ERROR, _MODIFICATION still owed */
    BOOL delivering;          /* a thread is in a callback of this job */
    UINT64 next_attempt;      /* GetTickCount64 before which a failed JobTransferred/JobError is not
                               * repeated */
    UINT64 last_modification; /* GetTickCount64 of the last JobModification */
    UINT32 attempts;

    /* the notifier's own; not persisted */
    struct list entry;  /* in its list of jobs with something to deliver; next NULL: in none */
    UINT64 due;         /* when it wants to look at the job again */
    UINT64 last_ranges; /* GetTickCount64 of the last FileRangesTransferred */
    struct notify_ranges *ranges; /* arrived and not reported yet */
    CLSID object_clsid;           /* which `object_from_clsid` is an instance of */
    UINT32 generation;            /* of `object`: counts SetNotifyInterface */
    UINT32 event;                 /* counts changes of state, to tell one JobError from the next */
    BG_JOB_STATE event_state;
    BOOL program_only; /* the callback failed and the program has its turn */
};

struct notify_ranges;

struct bits_job
{
    struct com_object object;
    IBackgroundCopyJob5 IBackgroundCopyJob5_iface;
    IBackgroundCopyJobHttpOptions IBackgroundCopyJobHttpOptions_iface;
    struct list entry;           /* in the queue; unlinked (list_init) in a final state */
    struct bits_job *next_by_id; /* the queue's look-up */

    GUID id;
    BG_JOB_TYPE type;
    BG_JOB_STATE state;
    BG_JOB_PRIORITY priority;
    WCHAR *display_name;
    WCHAR *description;
    WCHAR *owner;          /* SID in text form */
    HANDLE owner_token;    /* for file access; NULL: the service's own user, or not seen yet */
    DWORD owner_integrity; /* SECURITY_MANDATORY_*_RID of the creator */
    BOOL owner_elevated;
    FILETIME created, modified, completed; /* UTC; completed 0: not yet */
    ULONG minimum_retry_delay;             /* seconds */
    ULONG no_progress_timeout;             /* seconds */
    ULONG maximum_download_time;           /* seconds */
    ULONG download_seconds;                /* spent so far */
    ULONG error_count;
    ULONG acl_flags; /* BG_COPY_FILE_* */
    DWORD peer_caching_flags;
    BG_JOB_PROXY_USAGE proxy_usage;
    WCHAR *proxy_list, *proxy_bypass;
    struct bits_job_properties properties;
    struct bits_http_options http;
    struct transfer_credentials *credentials;
    UINT32 credential_count;
    struct bits_notify notify;
    struct bits_error error;
    BOOL resumed;    /* Resume has been called once */
    BOOL completing; /* Complete has begun to move files; finished after a crash */
    BOOL cancelling; /* Cancel has begun to delete files; stored as the state CANCELLED */
    BOOL busy;       /* Cancel or Complete works on the files just now; not persisted */

    struct bits_file **files;
    UINT32 file_count, file_capacity;

    /* scheduling; not persisted */
    struct transfer *transfer; /* non-NULL while a worker runs this job */
    HRESULT stop_reason;       /* why the worker must stop: set before transfer_abort */
    UINT64 retry_at;           /* TRANSIENT_ERROR: GetTickCount64 of the next try */
    UINT64 failing_since;      /* GetTickCount64 of the first transient error since the last
                                * progress, 0: none; for the no-progress time-out */
    UINT64 turn;               /* round robin: who was served longest ago goes first */
    UINT64 slice_start;
};

/* ---- job.c: life of a job ---- */

/* A new job in the queue's hands, SUSPENDED, with one reference, not yet in the queue. */
HRESULT job_create(const WCHAR *display_name, BG_JOB_TYPE type, const GUID *id,
        struct bits_job **out);
ULONG job_addref(struct bits_job *job);
ULONG job_release(struct bits_job *job); /* without the lock */

/* May a state-changing or setting call go on? BG_E_INVALID_STATE in ACKNOWLEDGED and CANCELLED.
 * Waits (the lock is released meanwhile) for a Complete that is under way on another thread. */
HRESULT job_check_open(struct bits_job *job);

/* The four state-changing methods. On success the change is in the store. Cancel and Complete
 * release the lock while they delete and rename files. */
HRESULT job_suspend(struct bits_job *job);
HRESULT job_resume(struct bits_job *job);
HRESULT job_cancel(struct bits_job *job);        /* S_OK or BG_S_UNABLE_TO_DELETE_FILES */
HRESULT job_finish_cancel(struct bits_job *job); /* what a crash left of Cancel to do */
HRESULT job_complete(struct bits_job *job);      /* S_OK, BG_S_PARTIAL_COMPLETE, or an error */

/* Adds `count` files (zero-initialized by calloc, fields remote_name, local_name, ranges filled in)
 * to the job: all of them, and then they are the job's, or none. One record batch in the store.
 * Validation is the caller's. */
HRESULT job_add_files(struct bits_job *job, struct bits_file **files, UINT32 count);
void file_free(struct bits_file *file);

/* Counts for GetProgress and GetTimes. */
void job_progress(const struct bits_job *job, BG_JOB_PROGRESS *progress);

/* The job (and, when non-NULL, the file) was changed: stamps the modification time, puts the
 * records into the store and owes a JobModification. Failure: the store could not take it; the
 * caller undoes its change and gives the code to its client. */
HRESULT job_changed(struct bits_job *job, struct bits_file *file);

/* Moves the job to `state` and owes what the state owes (JobTransferred, JobError, ...). */
void job_set_state(struct bits_job *job, BG_JOB_STATE state);
void job_set_error(struct bits_job *job, BG_ERROR_CONTEXT context, HRESULT code, UINT32 file);

/* SetValidationState(FALSE): the file's progress is zero and the job in ERROR. */
HRESULT job_file_set_validation(struct bits_job *job, struct bits_file *file, BOOL valid);

void job_clear_error(struct bits_job *job);

/* Puts the job's record (and the file's, when non-NULL) into the store; job_changed without the
 * time stamp and the notification. job_store_file: the file's alone. Nothing for a job in no queue.
 */
HRESULT job_store(struct bits_job *job, struct bits_file *file);
HRESULT job_store_file(struct bits_file *file);
void job_snapshot(const struct bits_job *job, struct store_batch *batch);
/* Takes over a file that came from the store; files come in order. */
HRESULT job_load_file(struct bits_job *job, struct bits_file *file);

BOOL job_is_final(const struct bits_job *job);
BOOL job_is_active(const struct bits_job *job); /* QUEUED, CONNECTING or TRANSFERRING */
BOOL job_all_completed(const struct bits_job *job);
/* The file's transfer begins anew: no bytes, no size, no validator. */
void file_restart(struct bits_file *file);

/* Stops the job's worker, if one runs, without waiting; `reason` is what it sees. */
void job_stop_transfer(struct bits_job *job, HRESULT reason);

/* ---- serialize.c ---- */
void job_serialize(const struct bits_job *job, struct blob_writer *writer);
HRESULT job_deserialize(struct bits_job *job, const void *payload, size_t size);
void file_serialize(const struct bits_file *file, struct blob_writer *writer);
HRESULT file_deserialize(struct bits_file *file, const void *payload, size_t size);
/* Free all that is kept in the store of a job (its files not) or a file, and not the struct itself.
 */
void job_free_stored(struct bits_job *job);
void file_free_stored(struct bits_file *file);

/* ---- the COM objects' vtables ---- */
extern const IBackgroundCopyJob5Vtbl bits_job_vtbl;                /* job_interface.c */
extern const IBackgroundCopyJobHttpOptionsVtbl bits_job_http_vtbl; /* http_options.c */

/* file_interface.c: a COM object for one file of a job (IBackgroundCopyFile … 6); refs the job. */
HRESULT file_interface_create(struct bits_job *job, struct bits_file *file,
        IBackgroundCopyFile **out);

/* error_interface.c: a snapshot of the job's error; and texts for every code. */
HRESULT error_interface_create(struct bits_job *job, IBackgroundCopyError **out);
HRESULT error_description(HRESULT code, DWORD language, WCHAR **out); /* CoTaskMemAlloc */
HRESULT error_context_description(BG_ERROR_CONTEXT context, DWORD language, WCHAR **out);

/* enum_jobs.c, enum_files.c: snapshots; take over one reference of each job given. */
HRESULT enum_jobs_create(struct bits_job **jobs, UINT32 count, IEnumBackgroundCopyJobs **out);
HRESULT enum_files_create(struct bits_job *job, IEnumBackgroundCopyFiles **out);

#endif
