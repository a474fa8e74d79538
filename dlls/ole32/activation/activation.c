/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "class_activation.h"

#include "builtin_classes.h"
#include "class_registry.h"
#include "class_table.h"
#include "com_object.h"
#include "com_thread.h"
#include "server_library.h"
#include "trace.h"

#define CONTEXT_SERVERS                                                                            \
    (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)

/* The class object, or an instance made by it, in the apartment where it lives. */
static HRESULT source_run(struct class_source *source, const struct activation *activation,
        void **out)
{
    IClassFactory *factory;
    HRESULT hr;

    *out = NULL;
    if (!activation->create)
        return source->get(source, &activation->iid, out);
    if (FAILED(hr = source->get(source, &IID_IClassFactory, (void **)&factory)))
        return hr;
    hr = IClassFactory_CreateInstance(factory, activation->outer, &activation->iid, out);
    IClassFactory_Release(factory);
    if (FAILED(hr))
        *out = NULL;
    else if (!*out)
        hr = E_NOINTERFACE;
    return hr;
}

/* --- in another apartment --- */

struct distant_run
{
    struct activation *activation;
    struct class_source *source;
    HANDLE context;  /* the caller's activation context */
    IStream *stream; /* out: the result, marshalled */
};

static HRESULT distant_marshal(struct distant_run *run, IUnknown *object)
{
    LARGE_INTEGER zero = {0};
    IStream *stream;
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    hr = CoMarshalInterface(stream, &run->activation->iid, object, MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        run->stream = stream;
    else
        IStream_Release(stream);
    return hr;
}

static HRESULT distant_run(void *argument)
{
    struct distant_run *run = argument;
    ULONG_PTR cookie;
    BOOL activated = run->context && ActivateActCtx(run->context, &cookie);
    IUnknown *object;
    HRESULT hr;

    hr = source_run(run->source, run->activation, (void **)&object);
    if (SUCCEEDED(hr))
    {
        HRESULT marshalled = distant_marshal(run, object);

        IUnknown_Release(object);
        if (FAILED(marshalled))
            hr = marshalled;
    }
    if (activated)
        DeactivateActCtx(0, cookie);
    return hr;
}

/* A thread that executes in the neutral apartment goes back into its own without a call. */
static HRESULT distant_call(struct apartment *target, struct distant_run *run)
{
    struct com_thread *thread = com_thread_peek();
    struct apartment *executing;
    HRESULT hr;

    if (!thread || !thread->executing || thread->apartment != target)
        return apartment_call(target, distant_run, run);
    executing = thread->executing;
    thread->executing = NULL;
    hr = distant_run(run);
    thread->executing = executing;
    return hr;
}

HRESULT activation_run_in(struct activation *activation, struct class_source *source,
        struct apartment *target)
{
    struct distant_run run = {.activation = activation, .source = source};
    HRESULT hr, unmarshalled;

    if (!target || apartment_is_current(target))
        return source_run(source, activation, &activation->object);
    if (activation->outer)
        return CLASS_E_NOAGGREGATION;
    if (!GetCurrentActCtx(&run.context))
        run.context = NULL;
    hr = distant_call(target, &run);
    if (run.context)
        ReleaseActCtx(run.context);
    if (run.stream)
    {
        unmarshalled = CoUnmarshalInterface(run.stream, &activation->iid, &activation->object);
        if (FAILED(unmarshalled))
            hr = unmarshalled;
        IStream_Release(run.stream);
    }
    return hr;
}

/* --- class objects registered by this process, and of ole32 --- */

struct registration_source
{
    struct class_source source;
    struct class_registration *registration;
};

static HRESULT registration_get(struct class_source *source, REFIID iid, void **out)
{
    struct registration_source *impl = (struct registration_source *)source;

    return IUnknown_QueryInterface(impl->registration->object, iid, out);
}

static HRESULT activation_run_registered(struct activation *activation,
        struct class_registration *registration)
{
    struct registration_source source = {{registration_get}, registration};
    struct apartment *target = registration->apartment;
    HRESULT hr;

    if (registration->flags & REGCLS_AGILE)
        target = NULL;
    hr = activation_run_in(activation, &source.source, target);
    class_registration_release(registration);
    return hr;
}

struct builtin_source
{
    struct class_source source;
    const CLSID *clsid;
};

static HRESULT builtin_get(struct class_source *source, REFIID iid, void **out)
{
    return builtin_class_get_object(((struct builtin_source *)source)->clsid, iid, out);
}

static HRESULT activation_run_builtin(struct activation *activation)
{
    struct builtin_source source = {{builtin_get}, &activation->clsid};

    return source_run(&source.source, activation, &activation->object);
}

/* --- the order of the places --- */

/* Whether there was no server to ask, so that the next context may have one. What a server answers
 * is final. */
static BOOL error_is_no_server(HRESULT hr)
{
    switch (hr)
    {
    case REGDB_E_CLASSNOTREG:
    case CO_E_DLLNOTFOUND:
    case CO_E_ERRORINDLL:
    case CLASS_E_CLASSNOTAVAILABLE:
    case E_ACCESSDENIED:
    case __HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT):
        return TRUE;
    default:
        return FALSE;
    }
}

/* The answer of the next context, unless it has nothing either: then the first one tells more. */
static HRESULT better_answer(HRESULT first, HRESULT next)
{
    return SUCCEEDED(next) || first == REGDB_E_CLASSNOTREG ? next : first;
}

static HRESULT activation_run_inproc(struct activation *activation, struct class_info *info)
{
    HRESULT hr = REGDB_E_CLASSNOTREG;

    if ((activation->context & CLSCTX_INPROC_SERVER) && info->server.path)
        hr = activation_run_dll(activation, &info->server);
    if (error_is_no_server(hr) && (activation->context & CLSCTX_INPROC_HANDLER)
            && info->handler.path)
        hr = better_answer(hr, activation_run_dll(activation, &info->handler));
    return hr;
}

/* Applications in a container use their manifest's classes and some of ole32's. */
static BOOL activation_is_for_app(const struct activation *activation)
{
    return (activation->context & CLSCTX_APPCONTAINER) != 0;
}

/* What needs no registry. A manifest does not replace the classes of ole32, but those that the
 * process has registered. */
static HRESULT activation_run_known(struct activation *activation)
{
    struct class_registration *registration;
    HRESULT hr = REGDB_E_CLASSNOTREG;

    if (!(activation->context & (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)))
        return hr;
    if ((activation->context & CLSCTX_INPROC_SERVER)
            && !(activation_is_for_app(activation) && builtin_class_is_barred(&activation->clsid))
            && (hr = activation_run_builtin(activation)) != CLASS_E_CLASSNOTAVAILABLE)
        return hr;
    if ((hr = activation_run_context(activation)) != REGDB_E_CLASSNOTREG)
        return hr;
    if ((activation->context & CLSCTX_INPROC_SERVER) && !activation_is_for_app(activation)
            && (registration = class_table_find_inproc(&activation->clsid, activation->here)))
        return activation_run_registered(activation, registration);
    return hr;
}

/* A class that is registered here for other processes is found before the broker is asked. */
static HRESULT activation_run_out_of_process(struct activation *activation)
{
    struct class_registration *registration = class_table_find_local(&activation->clsid);

    if (registration)
        return activation_run_registered(activation, registration);
    if (activation->outer)
        return CLASS_E_NOAGGREGATION;
    return activation_run_local_server(activation);
}

HRESULT activation_run(struct activation *activation)
{
    struct class_info *info;
    HRESULT hr;

    activation->object = NULL;
    activation->here = apartment_current();
    if (!activation->here && !(activation->context & (DWORD)CLSCTX_PS_DLL))
        return CO_E_NOTINITIALIZED;
    hr = activation_run_known(activation);
    if (hr != REGDB_E_CLASSNOTREG || activation_is_for_app(activation))
        return hr;
    if (FAILED(hr = class_info_get(&activation->clsid, &info)))
        return hr;
    if (info->treated)
    {
        activation->clsid = info->treat_as;
        class_info_release(info);
        hr = activation_run_known(activation);
        if (hr != REGDB_E_CLASSNOTREG)
            return hr;
        if (FAILED(hr = class_info_get(&activation->clsid, &info)))
            return hr;
    }
    hr = activation_run_inproc(activation, info);
    class_info_release(info);
    if (error_is_no_server(hr) && (activation->context & CLSCTX_LOCAL_SERVER))
        hr = better_answer(hr, activation_run_out_of_process(activation));
    return hr;
}

/*
 * The class object of a class: of this process, of a DLL, or of a local server, which is started if
 * need be. S_OK, E_INVALIDARG (also for CLSCTX_APPCONTAINER), CO_E_NOTINITIALIZED,
 * REGDB_E_CLASSNOTREG, E_NOINTERFACE, and what loading a DLL or starting a server can end in. Other
 * computers cannot be reached: RPC_S_SERVER_ UNAVAILABLE as an HRESULT.
 * combaseapi/nf-combaseapi-cogetclassobject
 */
HRESULT WINAPI CoGetClassObject(REFCLSID clsid, DWORD context, void *server, REFIID iid, void **out)
{
    struct activation activation = {.context = context};
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!clsid || !iid || activation_is_for_app(&activation))
        return E_INVALIDARG;
    activation.clsid = *clsid;
    activation.iid = *iid;
    if (!(hr = activation_check(&activation, server)))
        hr = activation_run(&activation);
    if (FAILED(hr))
        trace("CoGetClassObject %08lx, context %#lx: %#lx", clsid->Data1, context, hr);
    *out = SUCCEEDED(hr) ? activation.object : NULL;
    return hr;
}
