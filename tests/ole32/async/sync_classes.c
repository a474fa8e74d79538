/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync_classes.h"

static const CLSID std_event = {0x0000032b, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const CLSID manual_reset_event = {0x0000032c, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const CLSID container = {0x0000032d, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

const struct sync_class sync_classes[SYNC_CLASSES] = {
        {&std_event, "StdEvent", FALSE},
        {&manual_reset_event, "ManualResetEvent", TRUE},
        {&container, "SynchronizeContainer", FALSE},
};

BOOL sync_class_is_there(const struct sync_class *class)
{
    IClassFactory *factory;
    HRESULT hr = CoGetClassObject(class->clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
            (void **)&factory);

    if (SUCCEEDED(hr))
        IClassFactory_Release(factory);
    else if (!builtin_lacks(class->name))
        is_hr(hr, S_OK, "%s is there", class->name);
    return SUCCEEDED(hr);
}

ISynchronize *sync_class_create(const struct sync_class *class)
{
    ISynchronize *sync;
    HRESULT hr = CoCreateInstance(class->clsid, NULL, CLSCTX_INPROC_SERVER, &IID_ISynchronize,
            (void **)&sync);

    if (FAILED(hr))
        bail_out("no %s: %s", class->name, tap_hr(hr));
    return sync;
}
