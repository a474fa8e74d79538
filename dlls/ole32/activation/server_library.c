/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server_library.h"

#include <stdlib.h>
#include <wchar.h>

#include "dispatch_queue.h"
#include "list.h"
#include "surrogate_process.h"
#include "trace.h"
#include "wstr.h"

#define UNLOAD_DELAY_DEFAULT (10 * 60 * 1000) /* ms */

typedef HRESULT(WINAPI *GET_ACTIVATION_FACTORY)(HSTRING name, IActivationFactory **out);

/* An apartment that has had class objects of a library. */
struct library_user
{
    struct library_user *next;
    OXID_VALUE oxid;
    BOOL delayed; /* threading models Free, Neutral and Both: the delay counts */
    ULONG uses;
    BOOL idle;        /* a candidate for unloading, since */
    DWORD idle_since; /* GetTickCount */
    DWORD delay;      /* ms */
};

struct server_library
{
    struct list entry;
    WCHAR *path; /* NULL for those of activation contexts: it has its meaning only there */
    HMODULE module;
    LPFNGETCLASSOBJECT get_class_object; /* one of these two may be missing */
    GET_ACTIVATION_FACTORY get_activation_factory;
    LPFNCANUNLOADNOW can_unload_now;
    ULONG busy;  /* who works with it outside the lock */
    BOOL server; /* has had classes which are no proxies */
    struct library_user *users;
};

static SRWLOCK libraries_lock = SRWLOCK_INIT;
static struct list libraries = {&libraries, &libraries};
static ULONG server_count; /* of the libraries, those with servers */
static BOOL drained;       /* the last of those was unloaded */

static HRESULT load_error(const WCHAR *path, DWORD error)
{
    trace("activation: %ls does not load, error %lu", path, error);
    switch (error)
    {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_MOD_NOT_FOUND:
        return CO_E_DLLNOTFOUND;
    case ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    case ERROR_SUCCESS:
        return E_FAIL;
    default:
        return HRESULT_FROM_WIN32(error);
    }
}

/* Whether a path says where it begins. Only for such a one the altered search order is defined. */
static BOOL path_is_absolute(const WCHAR *path)
{
    return (path[0] && path[1] == ':') || (path[0] == '\\' && path[1] == '\\');
}

static struct server_library *library_find(const WCHAR *path, HMODULE module)
{
    struct server_library *library;

    LIST_FOR_EACH(library, &libraries, struct server_library, entry)
        if (path ? library->path && !wcsicmp(library->path, path) : library->module == module)
            return library;
    return NULL;
}

/* The library in the table that has this path or module, kept busy. */
static struct server_library *library_acquire(const WCHAR *path, HMODULE module)
{
    struct server_library *library;

    AcquireSRWLockExclusive(&libraries_lock);
    if ((library = library_find(path, module)))
        library->busy++;
    ReleaseSRWLockExclusive(&libraries_lock);
    return library;
}

static void library_free(struct server_library *library)
{
    free(library->path);
    free(library);
}

static void library_release(struct server_library *library)
{
    AcquireSRWLockExclusive(&libraries_lock);
    library->busy--;
    ReleaseSRWLockExclusive(&libraries_lock);
}

static HRESULT library_create(const WCHAR *path, HMODULE module, struct server_library **out)
{
    struct server_library *library, *other;
    GET_ACTIVATION_FACTORY get_activation_factory;
    LPFNGETCLASSOBJECT get_class_object;

    get_class_object = (LPFNGETCLASSOBJECT)(void *)GetProcAddress(module, "DllGetClassObject");
    get_activation_factory =
            (GET_ACTIVATION_FACTORY)(void *)GetProcAddress(module, "DllGetActivationFactory");
    if (!get_class_object && !get_activation_factory)
    {
        trace("activation: %p has no classes", (void *)module);
        return CO_E_ERRORINDLL;
    }
    if (!(library = calloc(1, sizeof(*library))) || (path && !(library->path = wstr_dup(path))))
    {
        free(library);
        return E_OUTOFMEMORY;
    }
    library->module = module;
    library->get_class_object = get_class_object;
    library->get_activation_factory = get_activation_factory;
    library->can_unload_now = (LPFNCANUNLOADNOW)(void *)GetProcAddress(module, "DllCanUnloadNow");
    library->busy = 1;
    AcquireSRWLockExclusive(&libraries_lock);
    /* Another thread may have been as quick. Its reference on the module is enough. */
    if ((other = library_find(path, module)))
        other->busy++;
    else
        list_add_tail(&libraries, &library->entry);
    ReleaseSRWLockExclusive(&libraries_lock);
    *out = library;
    if (other)
    {
        library_free(library);
        FreeLibrary(module);
        *out = other;
    }
    return S_OK;
}

/* Loads without any lock held: DllMain may do what it likes. */
static HRESULT library_load(const WCHAR *path, BOOL by_context, struct server_library **out)
{
    HMODULE module;
    HRESULT hr;

    if (!by_context && (*out = library_acquire(path, NULL)))
        return S_OK;
    module = LoadLibraryExW(path, NULL,
            !by_context && path_is_absolute(path) ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    if (!module)
        return load_error(path, GetLastError());
    if (by_context && (*out = library_acquire(NULL, module)))
    {
        FreeLibrary(module);
        return S_OK;
    }
    if (FAILED(hr = library_create(by_context ? NULL : path, module, out)))
        FreeLibrary(module);
    return hr;
}

/* With the lock held. */
static struct library_user *library_find_user(struct server_library *library, OXID_VALUE oxid)
{
    struct library_user *user;

    for (user = library->users; user; user = user->next)
        if (user->oxid == oxid)
            break;
    return user;
}

/* Says that an apartment uses the library: from now on it stays. */
static HRESULT library_use(struct server_library *library, OXID_VALUE oxid, enum class_model model,
        BOOL proxy)
{
    struct library_user *user;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&libraries_lock);
    if (!(user = library_find_user(library, oxid)))
    {
        if ((user = calloc(1, sizeof(*user))))
        {
            user->oxid = oxid;
            user->next = library->users;
            library->users = user;
        }
        else
            hr = E_OUTOFMEMORY;
    }
    if (user)
    {
        user->delayed =
                user->delayed || (model != CLASS_MODEL_MAIN && model != CLASS_MODEL_APARTMENT);
        user->uses++;
        user->idle = FALSE;
        if (!proxy)
        {
            server_count += !library->server;
            library->server = TRUE;
            drained = FALSE;
        }
    }
    ReleaseSRWLockExclusive(&libraries_lock);
    return hr;
}

HRESULT server_library_get_class_object(const WCHAR *path, BOOL by_context, BOOL proxy,
        enum class_model model, struct apartment *here, REFCLSID clsid, REFIID iid, void **out)
{
    struct server_library *library;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = library_load(path, by_context, &library)))
        return hr;
    if (!library->get_class_object)
        hr = CO_E_ERRORINDLL;
    else if (!here || SUCCEEDED(hr = library_use(library, here->oxid, model, proxy)))
        hr = library->get_class_object(clsid, iid, out);
    if (SUCCEEDED(hr) && !*out)
        hr = E_NOINTERFACE;
    library_release(library);
    return hr;
}

HRESULT server_library_get_activation_factory(const WCHAR *path, enum class_model model,
        struct apartment *here, HSTRING name, IActivationFactory **out)
{
    struct server_library *library;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = library_load(path, FALSE, &library)))
        return hr;
    if (!library->get_activation_factory)
        hr = CO_E_ERRORINDLL;
    else if (SUCCEEDED(hr = library_use(library, here->oxid, model, FALSE)))
        hr = library->get_activation_factory(name, out);
    if (SUCCEEDED(hr) && !*out)
        hr = E_NOINTERFACE;
    library_release(library);
    return hr;
}

/* --- unloading --- */

/* With the lock held: removes the user, and the library from the table when it was the last and
 * nobody but the caller is at it. Returns the library if it is to be freed. */
static struct server_library *library_drop_user(struct server_library *library,
        struct library_user *user)
{
    struct library_user **link = &library->users;

    while (*link != user)
        link = &(*link)->next;
    *link = user->next;
    free(user);
    if (library->users || library->busy > 1)
        return NULL;
    list_remove(&library->entry);
    if (library->server && !--server_count)
        drained = TRUE;
    return library;
}

/* Whether a user that has not used the library since is done with it, now that DllCanUnloadNow has
 * said S_OK. With the lock held. */
static BOOL user_expired(struct library_user *user, DWORD delay)
{
    DWORD now = GetTickCount();

    if (!user->delayed)
        delay = 0;
    if (!user->idle)
    {
        user->idle = TRUE;
        user->idle_since = now;
        user->delay = delay;
    }
    return !delay || now - user->idle_since >= user->delay;
}

/* Asks a library (busy, so that it stays) and drops the apartment's use of it if it agrees. TRUE:
 * it is out of the table, and the caller frees it. `always` drops the use also when it does not
 * agree; then the library stays in memory. */
static BOOL library_try_unload(struct server_library *library, OXID_VALUE oxid, DWORD delay,
        BOOL always)
{
    struct library_user *user;
    BOOL agreed, gone = FALSE;
    ULONG uses;

    AcquireSRWLockShared(&libraries_lock);
    user = library_find_user(library, oxid);
    uses = user ? user->uses : 0;
    ReleaseSRWLockShared(&libraries_lock);
    if (!user)
        return FALSE;
    agreed = library->can_unload_now && library->can_unload_now() == S_OK;
    AcquireSRWLockExclusive(&libraries_lock);
    user = library_find_user(library, oxid);
    if (user && user->uses == uses)
    {
        if (agreed && (always || user_expired(user, delay)))
            gone = library_drop_user(library, user) != NULL;
        else if (!agreed)
            user->idle = FALSE;
    }
    if (user && always && !agreed)
    {
        library->busy++; /* so that nothing is freed */
        library_drop_user(library, user);
        library->busy--;
    }
    ReleaseSRWLockExclusive(&libraries_lock);
    return gone;
}

/* Goes through the table, which may change meanwhile: each round takes the first library that has
 * this user and has not been asked yet. */
static void libraries_unload(OXID_VALUE oxid, DWORD delay, BOOL always)
{
    struct server_library **asked = NULL, *library;
    ULONG count = 0, capacity = 0;

    AcquireSRWLockExclusive(&libraries_lock);
    LIST_FOR_EACH(library, &libraries, struct server_library, entry)
        capacity++;
    if (capacity && (asked = malloc(capacity * sizeof(*asked))))
    {
        LIST_FOR_EACH(library, &libraries, struct server_library, entry)
        {
            if (!library_find_user(library, oxid))
                continue;
            library->busy++;
            asked[count++] = library;
        }
    }
    ReleaseSRWLockExclusive(&libraries_lock);
    for (ULONG i = 0; i < count; i++)
    {
        if (library_try_unload(asked[i], oxid, delay, always))
        {
            trace("activation: unloading %ls", asked[i]->path ? asked[i]->path : L"(by context)");
            FreeLibrary(asked[i]->module);
            library_free(asked[i]);
        }
        else
            library_release(asked[i]);
    }
    free(asked);
}

void server_libraries_leave(struct apartment *apartment)
{
    libraries_unload(apartment->oxid, 0, TRUE);
}

BOOL server_libraries_drained(void)
{
    BOOL was;

    AcquireSRWLockExclusive(&libraries_lock);
    was = drained;
    drained = FALSE;
    ReleaseSRWLockExclusive(&libraries_lock);
    return was;
}

static void surrogate_look(void)
{
    if (!server_libraries_drained() || SUCCEEDED(surrogate_process_free()))
        return;
    /* The surrogate cannot end now, say because a client has come: asked again next time, unless
     * there are DLLs then. */
    AcquireSRWLockExclusive(&libraries_lock);
    drained = !server_count;
    ReleaseSRWLockExclusive(&libraries_lock);
}

/* --- the apartments which the runtime has made, in a surrogate --- */

struct host_look
{
    struct dispatch_item item;
    DWORD delay;
};

static void host_look_run(struct dispatch_item *item)
{
    struct host_look *look = (struct host_look *)item;
    struct apartment *here = apartment_current();
    DWORD delay = look->delay;

    free(look);
    if (here)
        libraries_unload(here->oxid, delay, FALSE);
    surrogate_look();
}

static void host_look_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)why;
    free(item);
}

/* The users of libraries; the caller frees them. NULL: none, or no memory. */
static OXID_VALUE *libraries_users(ULONG *count)
{
    struct server_library *library;
    struct library_user *user;
    OXID_VALUE *oxids;
    ULONG capacity = 0;

    *count = 0;
    AcquireSRWLockShared(&libraries_lock);
    LIST_FOR_EACH(library, &libraries, struct server_library, entry)
        for (user = library->users; user; user = user->next)
            capacity++;
    oxids = capacity ? malloc(capacity * sizeof(*oxids)) : NULL;
    LIST_FOR_EACH(library, &libraries, struct server_library, entry)
        for (user = oxids ? library->users : NULL; user; user = user->next)
        {
            ULONG i = 0;

            while (i < *count && oxids[i] != user->oxid)
                i++;
            if (i == *count)
                oxids[(*count)++] = user->oxid;
        }
    ReleaseSRWLockShared(&libraries_lock);
    return oxids;
}

/* Nobody but the runtime is on these threads, to call CoFreeUnusedLibraries there. Not waited
 * for. */
static void hosts_look(DWORD delay)
{
    ULONG count;
    OXID_VALUE *oxids = libraries_users(&count);

    for (ULONG i = 0; i < count; i++)
    {
        struct apartment *apartment = apartment_find(oxids[i]);
        struct host_look *look = NULL;

        if (apartment && apartment->host && !apartment_is_current(apartment))
            look = calloc(1, sizeof(*look));
        if (look)
        {
            look->item.run = host_look_run;
            look->item.abandon = host_look_abandon;
            look->delay = delay;
            if (FAILED(apartment_submit(apartment, &look->item)))
                free(look);
        }
        if (apartment)
            apartment_release(apartment);
    }
    free(oxids);
}

/*
 * Unloads the DLLs that only the calling thread's apartment, or the neutral one, has used and that
 * can be unloaded: with the models Free, Neutral and Both `delay` ms after they have first said so
 * (INFINITE: 10 minutes), otherwise at once. In a surrogate also those of apartments which the
 * runtime has made; when none is left its ISurrogate::FreeSurrogate is called.
 * combaseapi/nf-combaseapi-cofreeunusedlibrariesex, objidl/nf-objidl-isurrogate-freesurrogate
 */
void WINAPI CoFreeUnusedLibrariesEx(DWORD delay, DWORD reserved)
{
    struct apartment *here = apartment_current(), *neutral;

    if (!here || reserved)
        return;
    if (delay == INFINITE)
        delay = UNLOAD_DELAY_DEFAULT;
    libraries_unload(here->oxid, delay, FALSE);
    if (here->kind != APARTMENT_NTA && SUCCEEDED(apartment_nta(&neutral)))
    {
        libraries_unload(neutral->oxid, delay, FALSE);
        apartment_release(neutral);
    }
    if (!surrogate_process_is())
        return;
    hosts_look(delay);
    surrogate_look();
}

/* The same with the delay of 10 minutes. combaseapi/nf-combaseapi-cofreeunusedlibraries */
void WINAPI CoFreeUnusedLibraries(void)
{
    CoFreeUnusedLibrariesEx(INFINITE, 0);
}

/* Does nothing; the DLLs are unloaded when COM is left. objbase/nf-objbase-cofreealllibraries */
void WINAPI CoFreeAllLibraries(void)
{
}

/* LoadLibraryEx with the altered search path; `auto_free` is ignored as documented. NULL on
 * failure. objbase/nf-objbase-coloadlibrary */
HINSTANCE WINAPI CoLoadLibrary(LPOLESTR name, BOOL auto_free)
{
    (void)auto_free;
    return LoadLibraryExW(name, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}

/* objbase/nf-objbase-cofreelibrary */
void WINAPI CoFreeLibrary(HINSTANCE library)
{
    FreeLibrary(library);
}
