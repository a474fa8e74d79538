/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In-process servers, in the apartment which their threading model asks for.
 * desktop-src/com/inprocserver32, desktop-src/com/in-process-server-threading-issues
 */
#include <stdlib.h>
#include <wchar.h>

#include "class_activation.h"
#include "activation_context.h"
#include "builtin_classes.h"
#include "class_registry.h"
#include "com_object.h"
#include "com_thread.h"
#include "server_library.h"

struct dll_source
{
    struct class_source source;
    const CLSID *clsid;
    const WCHAR *path;
    BOOL by_context;
    BOOL proxy; /* wanted as a proxy/stub DLL */
    enum class_model model;
};

/* The file of the runtime itself, under whichever name the registry has it: a program may run on
 * this DLL while another one lies in the system's folder. */
static BOOL path_is_runtime(const WCHAR *path)
{
    static const WCHAR *const names[] = {L"ole32.dll", L"ole32", L"combase.dll", L"combase"};
    const WCHAR *name = path;

    for (const WCHAR *scan = path; *scan; scan++)
        if (*scan == '\\' || *scan == '/')
            name = scan + 1;
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (!wcsicmp(name, names[i]))
            return TRUE;
    return FALSE;
}

static HRESULT dll_get(struct class_source *source, REFIID iid, void **out)
{
    struct dll_source *impl = (struct dll_source *)source;

    if (path_is_runtime(impl->path))
        return builtin_class_get_object(impl->clsid, iid, out);
    return server_library_get_class_object(impl->path, impl->by_context, impl->proxy, impl->model,
            apartment_current(), impl->clsid, iid, out);
}

/* The STA of a thread which executes in the neutral apartment; NULL: it has none. */
static struct apartment *own_sta(void)
{
    struct com_thread *thread = com_thread_peek();
    struct apartment *own = thread ? thread->apartment : NULL;

    return own && own->kind == APARTMENT_STA ? own : NULL;
}

HRESULT activation_model_apartment(enum class_model model, struct apartment *here,
        struct apartment **target)
{
    struct apartment *own;

    *target = NULL;
    switch (model)
    {
    case CLASS_MODEL_BOTH:
        return S_OK;
    case CLASS_MODEL_APARTMENT:
        if (here->kind == APARTMENT_STA)
            return S_OK;
        if (here->kind == APARTMENT_NTA && (own = own_sta()))
        {
            apartment_addref(*target = own);
            return S_OK;
        }
        return apartment_host_sta(target);
    case CLASS_MODEL_FREE:
        return here->kind == APARTMENT_MTA ? S_OK : apartment_mta(TRUE, target);
    case CLASS_MODEL_NEUTRAL:
        return here->kind == APARTMENT_NTA ? S_OK : apartment_nta(target);
    default:
        return here->main_sta ? S_OK : apartment_main_sta(target);
    }
}

static HRESULT dll_run(struct activation *activation, struct dll_source *source)
{
    struct apartment *target = NULL;
    HRESULT hr;

    source->source.get = dll_get;
    source->proxy = (activation->context & (DWORD)CLSCTX_PS_DLL) != 0;
    /* Proxies and stubs belong where they are used. */
    if (activation->here && !source->proxy
            && FAILED(hr = activation_model_apartment(source->model, activation->here, &target)))
        return hr;
    hr = activation_run_in(activation, &source->source, target);
    if (target)
        apartment_release(target);
    return hr;
}

HRESULT activation_run_dll(struct activation *activation, const struct class_dll *dll)
{
    struct dll_source source = {.clsid = &activation->clsid,
            .path = dll->path,
            .model = dll->model};
    WCHAR *expanded = NULL;
    HRESULT hr;

    if (dll->expand)
    {
        if (!(expanded = class_dll_path(dll)))
            return E_OUTOFMEMORY;
        source.path = expanded;
    }
    hr = dll_run(activation, &source);
    free(expanded);
    return hr;
}

HRESULT activation_run_context(struct activation *activation)
{
    struct context_class class;
    struct dll_source source;
    HRESULT hr;

    if (FAILED(hr = activation_context_class(&activation->clsid, &class)))
        return hr;
    source.clsid = &class.clsid;
    source.path = class.path;
    source.by_context = TRUE;
    source.model = class.model;
    hr = dll_run(activation, &source);
    free(class.path);
    return hr;
}
