// SPDX-License-Identifier: LGPL-2.1-or-later
// A local server in C++: Concierge.Calculator.1 has Add, Fire and a connection point for an
// IDispatch, which Fire calls; Listen, for scripts, has Fire call a function of theirs. /RegServer
// and /UnregServer; -Embedding, and it ends with its objects.
#include "atl_style.h"

#include <cstdio>
#include <cwchar>

class CalculatorBase : public IDispatch, public IConnectionPointContainer, public IConnectionPoint
{
  public:
    // IConnectionPointContainer
    HRESULT STDMETHODCALLTYPE EnumConnectionPoints(IEnumConnectionPoints **out) override
    {
        *out = nullptr;
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE FindConnectionPoint(REFIID iid, IConnectionPoint **out) override
    {
        *out = nullptr;
        if (!IsEqualIID(iid, IID_IDispatch))
            return CONNECT_E_NOCONNECTION;
        *out = this;
        (*out)->AddRef();
        return S_OK;
    }

    // IConnectionPoint
    HRESULT STDMETHODCALLTYPE GetConnectionInterface(IID *iid) override
    {
        *iid = IID_IDispatch;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetConnectionPointContainer(IConnectionPointContainer **out) override
    {
        *out = this;
        (*out)->AddRef();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Advise(IUnknown *unknown, DWORD *cookie) override
    {
        HRESULT hr;

        *cookie = 0;
        hr = unknown->QueryInterface(IID_IDispatch, reinterpret_cast<void **>(&sink));
        if (SUCCEEDED(hr))
            *cookie = 1;
        return hr;
    }
    HRESULT STDMETHODCALLTYPE Unadvise(DWORD cookie) override
    {
        if (cookie != 1 || !sink)
            return CONNECT_E_NOCONNECTION;
        sink.reset();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE EnumConnections(IEnumConnections **out) override
    {
        *out = nullptr;
        return E_NOTIMPL;
    }

  protected:
    HRESULT find(REFIID iid, void **out)
    {
        if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_IDispatch))
            *out = static_cast<IDispatch *>(this);
        else if (IsEqualIID(iid, IID_IConnectionPointContainer))
            *out = static_cast<IConnectionPointContainer *>(this);
        else if (IsEqualIID(iid, IID_IConnectionPoint))
            *out = static_cast<IConnectionPoint *>(this);
        return *out ? S_OK : E_NOINTERFACE;
    }

    HRESULT call(DISPID number, DISPPARAMS *arguments, VARIANT *result)
    {
        VARIANT *last = arguments->rgvarg;

        if (number == DISPID_ADD && arguments->cArgs == 2 && result)
            return add(last[0], last[1], result);
        if (number == DISPID_LISTEN && arguments->cArgs == 1)
        {
            // VBScript passes its variables by reference.
            if (V_VT(last) == (VT_BYREF | VT_VARIANT))
                last = V_VARIANTREF(last);
            if (V_VT(last) != VT_DISPATCH)
                return DISP_E_TYPEMISMATCH;
            return V_DISPATCH(last)->QueryInterface(IID_IDispatch,
                    reinterpret_cast<void **>(&listener));
        }
        if (number != DISPID_FIRE)
            return DISP_E_MEMBERNOTFOUND;
        if (listener)
            return listener->Invoke(DISPID_VALUE, IID_NULL, 0, DISPATCH_METHOD, arguments, result,
                    nullptr, nullptr);
        return sink ? sink->Invoke(DISPID_CHANGED, IID_NULL, 0, DISPATCH_METHOD, arguments, nullptr,
                       nullptr, nullptr)
                    : CONNECT_E_NOCONNECTION;
    }

  private:
    /* Scripts have small numbers. */
    static HRESULT add(VARIANT &first, VARIANT &second, VARIANT *sum)
    {
        VARIANT one = {}, other = {};
        HRESULT hr = VariantChangeType(&one, &first, 0, VT_I4);

        if (SUCCEEDED(hr))
            hr = VariantChangeType(&other, &second, 0, VT_I4);
        V_VT(sum) = VT_I4;
        V_I4(sum) = V_I4(&one) + V_I4(&other);
        return hr;
    }

    ComPtr<IDispatch> listener;
    ComPtr<IDispatch> sink;
};

using Calculator = Dispatch<CalculatorBase>;

static void set(const WCHAR *key, const WCHAR *value)
{
    WCHAR path[200];

    std::swprintf(path, 200, L"Software\\Classes\\%ls", key);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, nullptr, REG_SZ, value,
            static_cast<DWORD>((std::wcslen(value) + 1) * sizeof(*value)));
}

static int register_server(bool remove)
{
    WCHAR clsid[40], key[100], program[MAX_PATH + 2] = L"\"";

    StringFromGUID2(clsid_calculator, clsid, 40);
    if (remove)
    {
        std::swprintf(key, 100, L"CLSID\\%ls", clsid);
        RegDeleteTreeW(HKEY_CLASSES_ROOT, key);
        RegDeleteTreeW(HKEY_CLASSES_ROOT, progid_calculator);
        return 0;
    }
    GetModuleFileNameW(nullptr, program + 1, MAX_PATH);
    std::wcscat(program, L"\"");
    std::swprintf(key, 100, L"CLSID\\%ls\\LocalServer32", clsid);
    set(key, program);
    std::swprintf(key, 100, L"%ls\\CLSID", progid_calculator);
    set(key, clsid);
    return 0;
}

int main(int count, char **arguments)
{
    const char *command = count > 1 ? arguments[1] + 1 : "";
    static ClassFactory<Calculator> factory;
    DWORD cookie;
    HRESULT hr;
    MSG message;

    if (!lstrcmpiA(command, "RegServer") || !lstrcmpiA(command, "UnregServer"))
        return register_server(*command == 'U' || *command == 'u');
    Module::thread = GetCurrentThreadId();
    hr = CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    if (SUCCEEDED(hr))
        hr = CoRegisterClassObject(clsid_calculator, &factory, CLSCTX_LOCAL_SERVER,
                REGCLS_MULTIPLEUSE | REGCLS_SUSPENDED, &cookie);
    if (SUCCEEDED(hr))
        hr = CoResumeClassObjects();
    if (FAILED(hr))
        return 1;
    while (GetMessageW(&message, nullptr, 0, 0) > 0)
        DispatchMessageW(&message);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return 0;
}
