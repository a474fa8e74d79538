/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJob5 passes a union whose arm another parameter tells. The NDR interpreter of
 * Wine's rpcrt4 does not carry such a parameter; on the wire the value is therefore in a structure
 * with the id. The default arm is empty, so that an id which is not known reaches the server, whose
 * answer it is that counts.
 *
 * An interface that derives from one with such methods would lose them: widl has no thunks for
 * inherited methods. IBackgroundCopyFile5 is therefore done otherwise, in idl/bits5_ext.idl.
 */

#include <string.h>

#include "qmgrprxy.h"

HRESULT STDMETHODCALLTYPE IBackgroundCopyJob5_SetProperty_Proxy(IBackgroundCopyJob5 *iface,
        BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value)
{
    bits_job_property carrier = {id, value};

    return IBackgroundCopyJob5_RemoteSetProperty_Proxy(iface, &carrier);
}

HRESULT __RPC_STUB IBackgroundCopyJob5_SetProperty_Stub(IBackgroundCopyJob5 *iface,
        bits_job_property *carrier)
{
    return IBackgroundCopyJob5_SetProperty(iface, carrier->PropertyId, carrier->PropertyValue);
}

HRESULT STDMETHODCALLTYPE IBackgroundCopyJob5_GetProperty_Proxy(IBackgroundCopyJob5 *iface,
        BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE *value)
{
    bits_job_property carrier;
    HRESULT hr;

    if (!value)
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    memset(&carrier, 0, sizeof(carrier));
    hr = IBackgroundCopyJob5_RemoteGetProperty_Proxy(iface, id, &carrier);
    if (SUCCEEDED(hr))
        *value = carrier.PropertyValue;
    return hr;
}

HRESULT __RPC_STUB IBackgroundCopyJob5_GetProperty_Stub(IBackgroundCopyJob5 *iface,
        BITS_JOB_PROPERTY_ID id, bits_job_property *carrier)
{
    HRESULT hr;

    memset(carrier, 0, sizeof(*carrier));
    hr = IBackgroundCopyJob5_GetProperty(iface, id, &carrier->PropertyValue);
    if (SUCCEEDED(hr))
        carrier->PropertyId = id;
    else
        memset(carrier, 0, sizeof(*carrier));
    return hr;
}
