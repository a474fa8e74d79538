// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls Concierge.Calculator.1 by name, from an STA, and listens to it. Prints "sum 42", "event 7"
// and "done", or what failed.
#include "atl_style.h"

#include <cstdio>

class SinkBase : public IDispatch
{
  public:
    LONG last = 0;

  protected:
    HRESULT find(REFIID iid, void **out)
    {
        if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_IDispatch))
            *out = static_cast<IDispatch *>(this);
        return *out ? S_OK : E_NOINTERFACE;
    }
    HRESULT call(DISPID number, DISPPARAMS *arguments, VARIANT *)
    {
        if (number != DISPID_CHANGED || arguments->cArgs != 1)
            return DISP_E_MEMBERNOTFOUND;
        last = V_I4(&arguments->rgvarg[0]);
        return S_OK;
    }
};

using Sink = Dispatch<SinkBase>;

static bool failed(HRESULT hr, const char *what)
{
    if (FAILED(hr))
        std::printf("%s %08lx\n", what, static_cast<unsigned long>(hr));
    return FAILED(hr);
}

static HRESULT invoke(IDispatch *object, const WCHAR *name, VARIANT *arguments, UINT count,
        VARIANT *result)
{
    DISPPARAMS parameters = {arguments, nullptr, count, 0};
    auto text = const_cast<WCHAR *>(name);
    DISPID number;
    HRESULT hr = object->GetIDsOfNames(IID_NULL, &text, 1, 0, &number);

    if (FAILED(hr))
        return hr;
    return object->Invoke(number, IID_NULL, 0, DISPATCH_METHOD, &parameters, result, nullptr,
            nullptr);
}

static void run()
{
    ComPtr<IConnectionPointContainer> container;
    ComPtr<IConnectionPoint> point;
    ComPtr<IDispatch> calculator;
    VARIANT arguments[2] = {}, result = {};
    auto sink = new ComObject<Sink>;
    DWORD cookie = 0;
    CLSID clsid;

    sink->AddRef();
    if (failed(CLSIDFromProgID(progid_calculator, &clsid), "name")
            || failed(CoCreateInstance(clsid, nullptr, CLSCTX_LOCAL_SERVER, IID_IDispatch,
                              reinterpret_cast<void **>(&calculator)),
                    "object"))
        return;
    V_VT(&arguments[0]) = V_VT(&arguments[1]) = VT_I4;
    V_I4(&arguments[0]) = 40;
    V_I4(&arguments[1]) = 2;
    if (!failed(invoke(calculator, L"Add", arguments, 2, &result), "Add"))
        std::printf("sum %ld\n", V_I4(&result));
    if (failed(calculator.query(IID_IConnectionPointContainer, &container), "container")
            || failed(container->FindConnectionPoint(IID_IDispatch, &point), "point")
            || failed(point->Advise(sink, &cookie), "Advise"))
        return;
    V_I4(&arguments[0]) = 7;
    if (!failed(invoke(calculator, L"Fire", arguments, 1, nullptr), "Fire"))
        std::printf("event %ld\n", sink->last);
    if (failed(point->Unadvise(cookie), "Unadvise"))
        return;
    sink->Release();
    std::printf("done\n");
}

int main()
{
    CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    run();
    CoUninitialize();
    return 0;
}
