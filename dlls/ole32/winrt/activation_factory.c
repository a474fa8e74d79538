/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of the Windows Runtime, brought to the calling thread's apartment. */
#include <stdlib.h>

#include "class_activation.h"
#include "runtime_class.h"
#include "server_library.h"
#include "trace.h"

struct factory_source
{
    struct class_source source;
    HSTRING name;
    const struct runtime_class *class;
};

static HRESULT factory_get(struct class_source *source, REFIID iid, void **out)
{
    struct factory_source *impl = (struct factory_source *)source;
    struct apartment *here = apartment_current();
    IActivationFactory *factory;
    HRESULT hr;

    *out = NULL;
    if (!here)
        return CO_E_NOTINITIALIZED;
    hr = server_library_get_activation_factory(impl->class->path, impl->class->model, here,
            impl->name, &factory);
    if (FAILED(hr))
        return hr;
    hr = IActivationFactory_QueryInterface(factory, iid, out);
    IActivationFactory_Release(factory);
    return hr;
}

static HRESULT in_process_factory(HSTRING name, const struct runtime_class *class,
        struct apartment *here, REFIID iid, void **out)
{
    struct factory_source source = {{factory_get}, name, class};
    struct activation activation = {.iid = *iid, .here = here};
    struct apartment *target;
    HRESULT hr;

    if (!class->path)
        return REGDB_E_CLASSNOTREG;
    if (FAILED(hr = activation_model_apartment(class->model, here, &target)))
        return hr;
    hr = activation_run_in(&activation, &source.source, target);
    if (target)
        apartment_release(target);
    *out = activation.object;
    return hr;
}

/* A server that has called RoRegisterActivationFactories, or does when it has been started. */
static HRESULT out_of_process_factory(HSTRING name, const struct runtime_class *class,
        struct apartment *here, REFIID iid, void **out)
{
    struct activation activation = {.context = CLSCTX_LOCAL_SERVER, .iid = *iid, .here = here};
    struct broker_server server;
    HRESULT hr = runtime_class_server(name, class, &server);

    if (FAILED(hr))
        return hr;
    activation.clsid = server.clsid;
    hr = activation_run_server(&activation, &server);
    /* Without a broker no servers run. */
    if (hr == CO_E_SCM_RPC_FAILURE && !server.command_line)
        hr = REGDB_E_CLASSNOTREG;
    class_server_free(&server);
    *out = activation.object;
    return hr;
}

/*
 * RoGetActivationFactory: an interface of the factory of a registered class. Its DLL is loaded, its
 * threading model looked after; the server of a class out of process is started unless it runs.
 * S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED, REGDB_E_CLASSNOTREG, the errors of loading a DLL and of
 * starting a server as those of CoGetClassObject, E_NOINTERFACE.
 * roapi/nf-roapi-rogetactivationfactory
 */
HRESULT WINAPI RoGetActivationFactory(HSTRING name, REFIID iid, void **out)
{
    struct runtime_class class;
    struct apartment *here;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!iid || WindowsIsStringEmpty(name))
        return E_INVALIDARG;
    if (!(here = apartment_current()))
        return CO_E_NOTINITIALIZED;
    hr = runtime_class_read(name, &class);
    if (SUCCEEDED(hr) && class.place == RUNTIME_CLASS_IN_PROCESS)
        hr = in_process_factory(name, &class, here, iid, out);
    else if (SUCCEEDED(hr))
        hr = out_of_process_factory(name, &class, here, iid, out);
    runtime_class_free(&class);
    if (FAILED(hr))
        trace("activation of %ls: %#lx", WindowsGetStringRawBuffer(name, NULL), hr);
    return hr;
}

/*
 * RoActivateInstance: a new object of a registered class, made by its factory. S_OK, E_POINTER, and
 * the errors of RoGetActivationFactory and IActivationFactory::ActivateInstance.
 * roapi/nf-roapi-roactivateinstance
 */
HRESULT WINAPI RoActivateInstance(HSTRING name, IInspectable **out)
{
    IActivationFactory *factory;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    hr = RoGetActivationFactory(name, &IID_IActivationFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = IActivationFactory_ActivateInstance(factory, out);
    IActivationFactory_Release(factory);
    return hr;
}
