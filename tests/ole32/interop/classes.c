/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interop.h"

const struct mock_class interop_classes[] = {
        {{&IID_IGreeter}, &greeter_vtbl},
        {{&IID_ILoudGreeter, &IID_IGreeter}, &loud_greeter_vtbl},
        {{&IID_IDispatch}, &dispatch_vtbl},
        {{&IID_IMeter, &IID_IDispatch}, &meter_vtbl},
        {{&IID_IPlainMeter}, &plain_meter_vtbl},
        {{&IID_IEnumVARIANT}, &variants_vtbl},
        {{&IID_IOleCommandTarget}, &command_vtbl},
        {{&IID_IConnectionPointContainer}, &container_vtbl},
        {{&IID_IConnectionPoint}, &point_vtbl},
        {{&DIID_MeterEvents, &IID_IDispatch}, &sink_vtbl},
        {{NULL}, NULL},
};

const WCHAR *beside(const WCHAR *name)
{
    static WCHAR path[MAX_PATH + 64];
    WCHAR *slash;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    if ((slash = wcsrchr(path, '\\')))
        lstrcpynW(slash + 1, name, 64);
    return path;
}

HRESULT proxies_register(const WCHAR *name)
{
    HMODULE library = LoadLibraryW(beside(name));
    HRESULT(WINAPI * call)(void);
    HRESULT hr = E_FAIL;

    if (library && (call = (void *)GetProcAddress(library, "DllRegisterServer")))
        hr = call();
    if (library)
        FreeLibrary(library);
    return hr;
}

HRESULT type_library_register(void)
{
    ITypeLib *library = NULL;
    HRESULT hr = LoadTypeLibEx(beside(L"meter.tlb"), REGKIND_REGISTER, &library);

    if (library)
        ITypeLib_Release(library);
    return hr;
}
