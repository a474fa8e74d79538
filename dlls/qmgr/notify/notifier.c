/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which notification a job gets next and when, and the threads that deliver them.
 *
 * Order, as the documentation has it: FileTransferred once a file, one after the other, each
 * repeated until it succeeds; then JobTransferred or JobError, repeated until S_OK or until the
 * command line has taken over; JobModification and FileRangesTransferred in between, at most one in
 * BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, and lost when they fail.
 *
 * The queue's lock guards everything here; it is never held during a call into a client, while an
 * instance of a CLSID is made, or while a program is started.
 */
#include "notifier.h"

#include <stdlib.h>

#include "caller.h"
#include "delivery.h"
#include "queue.h"
#include "scheduler.h"
#include "trace.h"
#include "wstr.h"

/* Windows delivers up to four notifications of a user at a time, and a client that hangs in four
 * callbacks keeps all others of the user waiting. Here each job may have a thread, so that one that
 * hangs stops no other; this many in all, against a client that hangs in every job it has. */
#define MAX_THREADS 64
#define IDLE_TIMEOUT 5000 /* ms until a thread without work ends */
#define STOP_TIMEOUT 3000 /* ms that notifier_stop waits for clients */
#define FIRST_RETRY                                                                                \
    1000 /* ms until a failed JobTransferred, JobError, FileTransferred is repeated */
#define LAST_RETRY 60000 /* ms; the pause doubles up to here */
#define NEVER (~(UINT64)0)

static struct
{
    struct list jobs; /* by notify.entry: may have something to deliver, now or later; referenced */
    CONDITION_VARIABLE work, ended;
    unsigned int threads, waiting, delivering;
    BOOL running;
} notifier = {.work = CONDITION_VARIABLE_INIT, .ended = CONDITION_VARIABLE_INIT};

static DWORD WINAPI notifier_thread(void *context);

/* ---- what a job owes ---- */

static BOOL notify_is_linked(const struct bits_notify *notify)
{
    return notify->entry.next && !list_empty(&notify->entry);
}

static void notify_ranges_free(struct notify_ranges *ranges)
{
    while (ranges)
    {
        struct notify_ranges *next = ranges->next;

        range_set_free(&ranges->set);
        free(ranges);
        ranges = next;
    }
}

static void notify_drop_ranges(struct bits_notify *notify)
{
    notify_ranges_free(notify->ranges);
    notify->ranges = NULL;
}

/* The object was made from a CLSID which is no longer the job's. */
static BOOL notify_has_stale_object(const struct bits_notify *notify)
{
    return notify->object && notify->object_from_clsid
            && !IsEqualGUID(&notify->object_clsid, &notify->clsid);
}

/* Instances and programs run as the job's owner, never as the service in his place: they wait until
 * he has called since the service started. */
static BOOL job_owner_is_here(const struct bits_job *job)
{
    return job->owner_token || caller_is_service_user(job->owner);
}

static BOOL notify_has_callback(const struct bits_job *job)
{
    const struct bits_notify *notify = &job->notify;

    return notify->object || (!IsEqualGUID(&notify->clsid, &GUID_NULL) && job_owner_is_here(job));
}

static BOOL notify_has_program(const struct bits_job *job)
{
    return job->notify.program && command_line_is_allowed(job) && job_owner_is_here(job);
}

static struct bits_file *notify_owed_file(const struct bits_job *job)
{
    const struct bits_notify *notify = &job->notify;

    if (!(notify->flags & BG_NOTIFY_FILE_TRANSFERRED) || !notify_has_callback(job)
            || notify->program_only)
        return NULL;
    /* Not behind the job's own notification. */
    if (job->state == BG_JOB_STATE_TRANSFERRED && !(notify->pending & BG_NOTIFY_JOB_TRANSFERRED))
        return NULL;
    if (job->state == BG_JOB_STATE_ERROR && !(notify->pending & BG_NOTIFY_JOB_ERROR))
        return NULL;
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        if (job->files[i]->notify_transferred)
            return job->files[i];
    }
    return NULL;
}

/* JobTransferred or JobError, if the state for it still holds and somebody is there to be told. */
static enum delivery_kind notify_owed_event(const struct bits_job *job)
{
    const struct bits_notify *notify = &job->notify;
    ULONG owed = notify->pending & notify->flags;

    if (!notify_has_callback(job) && !notify_has_program(job))
        return DELIVERY_NONE;
    if (job->state == BG_JOB_STATE_TRANSFERRED && (owed & BG_NOTIFY_JOB_TRANSFERRED))
        return DELIVERY_TRANSFERRED;
    if (job->state == BG_JOB_STATE_ERROR && (owed & BG_NOTIFY_JOB_ERROR))
        return DELIVERY_ERROR;
    return DELIVERY_NONE;
}

/* Forgets what nobody wants to hear of: these are not kept until somebody does. */
static void notify_forget(struct bits_job *job)
{
    struct bits_notify *notify = &job->notify;
    BOOL wanted =
            !job_is_final(job) && !(notify->flags & BG_NOTIFY_DISABLE) && notify_has_callback(job);

    /* "BITS does not generate a modify event when the state of the job changes to
     * BG_JOB_STATE_ERROR or BG_JOB_STATE_TRANSFERRED." */
    if (!wanted || !(notify->flags & BG_NOTIFY_JOB_MODIFICATION)
            || job->state == BG_JOB_STATE_TRANSFERRED || job->state == BG_JOB_STATE_ERROR)
        notify->pending &= ~(ULONG)BG_NOTIFY_JOB_MODIFICATION;
    if (!wanted || !(notify->flags & BG_NOTIFY_FILE_RANGES_TRANSFERRED))
        notify_drop_ranges(notify);
}

/* What the job is to get next, and when (GetTickCount64; NEVER with DELIVERY_NONE). */
static enum delivery_kind notify_choose(struct bits_job *job, UINT64 *due)
{
    struct bits_notify *notify = &job->notify;
    enum delivery_kind event, kind = DELIVERY_NONE;
    UINT64 interval = job->properties.notification_interval, when;

    notify_forget(job);
    *due = NEVER;
    if (!notify->program)
        notify->program_only = FALSE;
    if (notify_has_stale_object(notify) || (job_is_final(job) && notify->object))
    {
        *due = 0;
        return DELIVERY_RELEASE;
    }
    if (job_is_final(job) || (notify->flags & BG_NOTIFY_DISABLE))
        return DELIVERY_NONE;

    event = notify_owed_event(job);
    if (notify_owed_file(job))
    {
        kind = DELIVERY_FILE;
        *due = notify->next_attempt;
    }
    else if (event)
    {
        kind = notify->ranges ? DELIVERY_RANGES : event;
        *due = notify->next_attempt;
    }
    when = notify->last_ranges ? notify->last_ranges + interval : 0;
    if (notify->ranges && when < *due)
    {
        kind = DELIVERY_RANGES;
        *due = when;
    }
    when = notify->last_modification ? notify->last_modification + interval : 0;
    if ((notify->pending & BG_NOTIFY_JOB_MODIFICATION) && when < *due)
    {
        kind = DELIVERY_MODIFICATION;
        *due = when;
    }
    return kind;
}

/* ---- threads ---- */

/* Lets a thread look at the list. */
static void notifier_kick(void)
{
    HANDLE thread;

    if (notifier.waiting)
    {
        WakeConditionVariable(&notifier.work);
        return;
    }
    if (notifier.threads >= MAX_THREADS)
        return; /* one of them comes back, or all clients hang */
    notifier.threads++;
    if ((thread = CreateThread(NULL, 0, notifier_thread, NULL, 0, NULL)))
        CloseHandle(thread);
    else
        notifier.threads--;
}

void notifier_wake(struct bits_job *job)
{
    struct bits_notify *notify = &job->notify;
    UINT64 due;

    if (notify->event_state != job->state)
    {
        notify->event_state = job->state;
        notify->event++;
        notify->program_only = FALSE;
    }
    if (!notifier.running)
        return;
    if (notify_choose(job, &due) == DELIVERY_NONE && !notify_is_linked(notify))
        return;
    if (!notify_is_linked(notify))
    {
        list_add_tail(&notifier.jobs, &notify->entry);
        job_addref(job);
        notify->due = NEVER;
    }
    if (due < notify->due || due == NEVER)
    {
        notify->due = due;
        if (!notify->delivering)
            notifier_kick();
    }
}

/* The first job to do something for, which may be to forget it (DELIVERY_NONE). Otherwise NULL, and
 * *due says when there will be one. */
static struct bits_job *notifier_pick(UINT64 now, enum delivery_kind *kind, UINT64 *due)
{
    struct bits_job *job;

    *due = NEVER;
    LIST_FOR_EACH(job, &notifier.jobs, struct bits_job, notify.entry)
    {
        if (job->notify.delivering)
            continue;
        *kind = notify_choose(job, &job->notify.due);
        if (*kind == DELIVERY_NONE || job->notify.due <= now)
            return job;
        *due = min(*due, job->notify.due);
    }
    return NULL;
}

/* Is there a job in the list that no thread takes care of? */
static BOOL notifier_has_more(void)
{
    struct bits_job *job;

    LIST_FOR_EACH(job, &notifier.jobs, struct bits_job, notify.entry)
    {
        if (!job->notify.delivering)
            return TRUE;
    }
    return FALSE;
}

/* ---- one delivery ---- */

/* Gathers what the delivery needs; what it reports is no longer owed if it may get lost. */
static HRESULT delivery_prepare(struct delivery *delivery, struct bits_job *job,
        enum delivery_kind kind)
{
    struct bits_notify *notify = &job->notify;
    HRESULT hr = S_OK;

    memset(delivery, 0, sizeof(*delivery));
    delivery->kind = kind;
    delivery->job = job;
    job_addref(job);
    /* A copy: TakeOwnership may close the job's. */
    if (job->owner_token
            && !DuplicateHandle(GetCurrentProcess(), job->owner_token, GetCurrentProcess(),
                    &delivery->token, 0, FALSE, DUPLICATE_SAME_ACCESS))
        hr = HRESULT_FROM_WIN32(GetLastError());
    delivery->generation = notify->generation;
    delivery->event = notify->event;
    if (!notify->program_only || kind == DELIVERY_RELEASE)
    {
        if (job_owner_is_here(job))
            delivery->clsid = notify->clsid;
        delivery->version = notify->object_version;
        if ((delivery->object = notify->object))
            IUnknown_AddRef(delivery->object); /* ours is the proxy: no call */
    }

    switch (kind)
    {
    case DELIVERY_RELEASE:
        /* The job's reference becomes the delivery's second one. */
        notify->object = NULL;
        notify->object_from_clsid = FALSE;
        break;
    case DELIVERY_FILE:
        delivery->file = notify_owed_file(job);
        break;
    case DELIVERY_RANGES:
        notify->last_ranges = GetTickCount64();
        delivery->ranges = notify->ranges;
        notify->ranges = delivery->ranges->next;
        delivery->ranges->next = NULL;
        delivery->file = delivery->ranges->file;
        break;
    case DELIVERY_MODIFICATION:
        notify->last_modification = GetTickCount64();
        notify->pending &= ~(ULONG)BG_NOTIFY_JOB_MODIFICATION;
        break;
    case DELIVERY_TRANSFERRED:
    case DELIVERY_ERROR:
        if (!notify_has_program(job))
            break;
        delivery->program = wstr_dup(notify->program);
        delivery->parameters = wstr_dup(notify->parameters);
        if (!delivery->program || (notify->parameters && !delivery->parameters))
            hr = E_OUTOFMEMORY;
        break;
    case DELIVERY_NONE:
        break;
    }
    delivery->result = hr;
    return hr;
}

/* Without the lock. */
static void delivery_free(struct delivery *delivery)
{
    if (delivery->file_interface)
        IBackgroundCopyFile_Release(delivery->file_interface);
    if (delivery->error_interface)
        IBackgroundCopyError_Release(delivery->error_interface);
    if (delivery->object)
        IUnknown_Release(delivery->object);
    if (delivery->object && delivery->kind == DELIVERY_RELEASE)
        IUnknown_Release(delivery->object);
    notify_ranges_free(delivery->ranges);
    free(delivery->program);
    free(delivery->parameters);
    if (delivery->token)
        CloseHandle(delivery->token);
    job_release(delivery->job);
}

/* Makes the object from the CLSID; from now on it is the job's. FALSE when that is no longer
 * wanted. */
static BOOL delivery_adopt_object(struct delivery *delivery, IUnknown *object)
{
    struct bits_notify *notify = &delivery->job->notify;
    BOOL adopted;

    queue_lock();
    adopted = notify->generation == delivery->generation && !notify->object
            && IsEqualGUID(&notify->clsid, &delivery->clsid) && !job_is_final(delivery->job);
    if (adopted)
    {
        IUnknown_AddRef(object);
        notify->object = object;
        notify->object_version = delivery->version;
        notify->object_from_clsid = TRUE;
        notify->object_clsid = delivery->clsid;
    }
    queue_unlock();
    delivery->object = object;
    return adopted;
}

/* The object is disconnected: the job forgets it, if it still has it. FALSE when the job has got
 * another one meanwhile, to which this delivery does not belong. */
static BOOL delivery_drop_object(struct delivery *delivery)
{
    struct bits_notify *notify = &delivery->job->notify;
    IUnknown *dropped = NULL;
    BOOL current;

    queue_lock();
    current = notify->generation == delivery->generation;
    if (notify->object == delivery->object)
    {
        dropped = notify->object;
        notify->object = NULL;
        notify->object_from_clsid = FALSE;
    }
    queue_unlock();
    if (dropped)
        IUnknown_Release(dropped);
    IUnknown_Release(delivery->object);
    delivery->object = NULL;
    return current;
}

/* "BITS first attempts to call the corresponding method of any existing callback object. If there
 * is no existing object, or if that existing object has become disconnected, BITS will call
 * CoCreateInstance using the notification CLSID." */
static void delivery_call(struct delivery *delivery)
{
    BOOL created = FALSE;

    for (;;)
    {
        if (!delivery->object)
        {
            IUnknown *object;

            if (created || IsEqualGUID(&delivery->clsid, &GUID_NULL))
                return;
            delivery->result = callback_create_object(&delivery->clsid, delivery->token, &object,
                    &delivery->version);
            if (FAILED(delivery->result))
                return;
            created = TRUE;
            if (!delivery_adopt_object(delivery, object))
            {
                delivery->result = E_ABORT;
                return;
            }
        }
        delivery->result = callback_call(delivery);
        if (!callback_is_disconnected(delivery->result) || !delivery_drop_object(delivery))
            return;
    }
}

/* What the client is given along with the job. */
static HRESULT delivery_create_interfaces(struct delivery *delivery)
{
    if (delivery->file)
        return file_interface_create(delivery->job, delivery->file, &delivery->file_interface);
    if (delivery->kind == DELIVERY_ERROR)
        return error_interface_create(delivery->job, &delivery->error_interface);
    return S_OK;
}

static void delivery_run(struct delivery *delivery)
{
    if (FAILED(delivery->result) || delivery->kind == DELIVERY_RELEASE)
        return;
    if (FAILED(delivery->result = delivery_create_interfaces(delivery)))
        return;
    delivery->result = RPC_E_DISCONNECTED; /* nobody there */
    delivery_call(delivery);
    if (delivery->result != S_OK && delivery->program)
    {
        BOOL current;

        /* An object that was set meanwhile is asked first. */
        queue_lock();
        current = delivery->job->notify.generation == delivery->generation
                && delivery->job->notify.event == delivery->event;
        queue_unlock();
        if (!current)
            return;
        delivery->program_tried = TRUE;
        delivery->program_result = command_line_run(delivery);
    }
}

/* When the next attempt is made, after a failure. */
static void notify_postpone(struct bits_job *job, const struct delivery *delivery)
{
    struct bits_notify *notify = &job->notify;
    UINT64 pause = LAST_RETRY;

    if (notify->attempts < 6)
        pause = min((UINT64)FIRST_RETRY << notify->attempts, LAST_RETRY);
    notify->attempts++;
    if (delivery->program_tried)
        pause = (UINT64)job->minimum_retry_delay * 1000;
    notify->next_attempt = GetTickCount64() + pause;
}

static void notify_file_done(struct bits_job *job, struct delivery *delivery)
{
    if (delivery->unsupported)
    {
        /* An object of the first version never wants to hear of files. */
        for (UINT32 i = 0; i < job->file_count; i++)
            job->files[i]->notify_transferred = FALSE;
    }
    else if (SUCCEEDED(delivery->result))
    {
        delivery->file->notify_transferred = FALSE;
        job_store_file(delivery->file);
    }
    else
    {
        /* Nobody there to be told of files: when the job has come to its end, the program runs. */
        if (!delivery->object && job->notify.program)
            job->notify.program_only =
                    job->state == BG_JOB_STATE_TRANSFERRED || job->state == BG_JOB_STATE_ERROR;
        if (!job->notify.program_only)
        {
            notify_postpone(job, delivery);
            return;
        }
    }
    job->notify.next_attempt = 0;
    job->notify.attempts = 0;
}

static void notify_event_done(struct bits_job *job, const struct delivery *delivery)
{
    struct bits_notify *notify = &job->notify;

    if (delivery->event != notify->event)
        return; /* the job has left the state */
    if (delivery->result != S_OK && !(delivery->program_tried && delivery->program_result == S_OK))
    {
        notify_postpone(job, delivery);
        return;
    }
    notify->pending &= ~(ULONG)(delivery->kind == DELIVERY_TRANSFERRED ? BG_NOTIFY_JOB_TRANSFERRED
                                                                       : BG_NOTIFY_JOB_ERROR);
    notify->next_attempt = 0;
    notify->attempts = 0;
    job_store(job, NULL);
}

/* With the lock: what follows from the delivery's result. That of a call into an object which has
 * been replaced meanwhile counts no more; the job goes on without it. */
static void delivery_finish(struct delivery *delivery)
{
    struct bits_job *job = delivery->job;

    if (delivery->generation != job->notify.generation)
        return;
    job->notify.delivering = FALSE;
    switch (delivery->kind)
    {
    case DELIVERY_FILE:
        notify_file_done(job, delivery);
        break;
    case DELIVERY_TRANSFERRED:
    case DELIVERY_ERROR:
        notify_event_done(job, delivery);
        break;
    default:
        break;
    }
    notifier_wake(job);
}

/* With the lock, which is released meanwhile. */
static void notifier_deliver(struct bits_job *job, enum delivery_kind kind)
{
    struct delivery delivery;

    job->notify.delivering = TRUE;
    notifier.delivering++;
    delivery_prepare(&delivery, job, kind);
    if (!notifier.waiting && notifier_has_more())
        notifier_kick();
    queue_unlock();
    delivery_run(&delivery);
    queue_lock();
    delivery_finish(&delivery);
    notifier.delivering--;
    queue_unlock();
    delivery_free(&delivery);
    queue_lock();
}

static void notifier_unlink(struct bits_job *job)
{
    list_remove(&job->notify.entry);
    queue_unlock();
    job_release(job);
    queue_lock();
}

/* With the lock: works until there has been nothing to do for a while. */
static void notifier_work(void)
{
    UINT64 idle_since = GetTickCount64();

    while (notifier.running)
    {
        UINT64 now = GetTickCount64(), due;
        enum delivery_kind kind;
        struct bits_job *job = notifier_pick(now, &kind, &due);

        if (job)
        {
            if (kind == DELIVERY_NONE)
                notifier_unlink(job);
            else
                notifier_deliver(job, kind);
            idle_since = GetTickCount64();
            continue;
        }
        /* One thread keeps the time for what is due later. */
        if (now - idle_since >= IDLE_TIMEOUT && (due == NEVER || notifier.waiting))
            return;
        due = min(due, idle_since + IDLE_TIMEOUT > now ? idle_since + IDLE_TIMEOUT : NEVER);
        notifier.waiting++;
        queue_wait(&notifier.work, due - now < MAXLONG ? (DWORD)(due - now) : MAXLONG);
        notifier.waiting--;
    }
}

static DWORD WINAPI notifier_thread(void *context)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    (void)context;
    queue_lock();
    notifier_work();
    queue_unlock();
    if (SUCCEEDED(hr))
        CoUninitialize();
    queue_lock();
    notifier.threads--;
    WakeAllConditionVariable(&notifier.ended);
    queue_unlock();
    return 0;
}

/* ---- the interface ---- */

HRESULT notifier_start(void)
{
    queue_lock();
    list_init(&notifier.jobs);
    notifier.running = TRUE;
    queue_unlock();
    return S_OK;
}

void notifier_stop(void)
{
    UINT64 deadline = GetTickCount64() + STOP_TIMEOUT, now;

    queue_lock();
    notifier.running = FALSE;
    WakeAllConditionVariable(&notifier.work);
    while (notifier.threads && (now = GetTickCount64()) < deadline)
        queue_wait(&notifier.ended, (DWORD)(deadline - now));
    if (notifier.threads)
        trace("notifier: %u threads are left behind in clients", notifier.threads);
    while (!list_empty(&notifier.jobs))
        notifier_unlink(LIST_ENTRY_OF(notifier.jobs.next, struct bits_job, notify.entry));
    queue_unlock();
}

void notifier_range_transferred(struct bits_job *job, struct bits_file *file, UINT64 offset,
        UINT64 length)
{
    struct notify_ranges **slot = &job->notify.ranges;

    if (!(job->notify.flags & BG_NOTIFY_FILE_RANGES_TRANSFERRED))
        return;
    while (*slot && (*slot)->file != file)
        slot = &(*slot)->next;
    if (!*slot)
    {
        if (!(*slot = calloc(1, sizeof(**slot))))
            return; /* "may not receive all events under maximum resource load" */
        (*slot)->file = file;
    }
    range_set_add(&(*slot)->set, offset, length);
    notifier_wake(job);
}

/* "The last application to call SetNotifyInterface is the one that will receive notifications", and
 * it is called "even if the event for which you registered already occurred". */
IUnknown *notifier_set_object(struct bits_job *job, IUnknown *object, UINT32 version)
{
    struct bits_notify *notify = &job->notify;
    IUnknown *old = notify->object;

    notify->object = object;
    notify->object_version = version;
    notify->object_from_clsid = FALSE;
    if (object)
    {
        IUnknown_AddRef(object);
        /* Whoever hangs in the old object is left behind; another thread takes the job over. */
        notify->generation++;
        notify->delivering = FALSE;
        notify->program_only = FALSE;
        notify->next_attempt = 0;
        notify->attempts = 0;
        notify->last_modification = 0;
        if (job->state == BG_JOB_STATE_TRANSFERRED)
            notify->pending |= BG_NOTIFY_JOB_TRANSFERRED;
        if (job->state == BG_JOB_STATE_ERROR)
            notify->pending |= BG_NOTIFY_JOB_ERROR;
    }
    notify->due = NEVER;
    notifier_wake(job);
    return old;
}

void notifier_program_ended(struct bits_job *job, UINT32 event, DWORD exit_code)
{
    struct bits_notify *notify = &job->notify;

    if (!exit_code)
        return;
    queue_lock();
    /* "If the program did not cancel or complete the job, BITS calls the program again after the
     * minimum retry delay." The callback, which failed before, "is not called again". */
    if (notify->event == event && !job_is_final(job))
    {
        notify->program_only = TRUE;
        notify->pending |= job->state == BG_JOB_STATE_TRANSFERRED ? BG_NOTIFY_JOB_TRANSFERRED
                                                                  : BG_NOTIFY_JOB_ERROR;
        notify->next_attempt = GetTickCount64() + (UINT64)job->minimum_retry_delay * 1000;
        job_store(job, NULL);
        notifier_wake(job);
    }
    queue_unlock();
}

BOOL notifier_is_busy(void)
{
    return notifier.delivering || !list_empty(&notifier.jobs);
}
