/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What C++ programs with ATL are made of, written anew in a page: a pointer that counts, an object
 * made of its interfaces, a class factory, and the module's lock.
 */
#ifndef CONCIERGE_TESTS_ATL_STYLE_H
#define CONCIERGE_TESTS_ATL_STYLE_H

#include <windows.h>
#include <ocidl.h>
#include <olectl.h>

static const CLSID clsid_calculator = {0x3e9d2a51, 0x7c40, 0x4f0e,
        {0x8b, 0x6a, 0x15, 0xd0, 0x92, 0x4c, 0x77, 0x38}};
static const WCHAR progid_calculator[] = L"Concierge.Calculator.1";

/* The methods of both ends. */
enum
{
    DISPID_ADD = 1,
    DISPID_FIRE = 2,
    DISPID_LISTEN = 3,
    DISPID_CHANGED = 10,
};

static const struct
{
    const WCHAR *name;
    DISPID number;
} methods[] = {{L"Add", DISPID_ADD}, {L"Fire", DISPID_FIRE}, {L"Listen", DISPID_LISTEN}};

template <class T> class ComPtr
{
  public:
    ComPtr() = default;
    ComPtr(const ComPtr &other) : pointer(other.pointer)
    {
        if (pointer)
            pointer->AddRef();
    }
    ~ComPtr()
    {
        reset();
    }
    ComPtr &operator=(const ComPtr &other)
    {
        T *former = pointer;

        if ((pointer = other.pointer))
            pointer->AddRef();
        if (former)
            former->Release();
        return *this;
    }
    T **operator&()
    {
        reset();
        return &pointer;
    }
    T *operator->() const
    {
        return pointer;
    }
    operator T *() const
    {
        return pointer;
    }
    void reset()
    {
        T *former = pointer;

        pointer = nullptr;
        if (former)
            former->Release();
    }
    template <class U> HRESULT query(REFIID iid, U **out) const
    {
        return pointer->QueryInterface(iid, reinterpret_cast<void **>(out));
    }

  private:
    T *pointer = nullptr;
};

/* The module's lock: the program ends when its objects are gone. */
class Module
{
  public:
    static LONG lock()
    {
        return CoAddRefServerProcess();
    }
    static void unlock()
    {
        if (!CoReleaseServerProcess())
            PostThreadMessageW(thread, WM_QUIT, 0, 0);
    }
    static DWORD thread;
};

inline DWORD Module::thread;

/* Base has `HRESULT find(REFIID iid, void **out)`, without AddRef, and the rest of its methods. */
template <class Base> class ComObject : public Base
{
  public:
    ComObject()
    {
        Module::lock();
    }
    virtual ~ComObject()
    {
        Module::unlock();
    }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        HRESULT hr;

        if (!out)
            return E_POINTER;
        *out = nullptr;
        hr = this->find(iid, out);
        if (SUCCEEDED(hr))
            AddRef();
        return hr;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return InterlockedIncrement(&references);
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        ULONG left = InterlockedDecrement(&references);

        if (!left)
            delete this;
        return left;
    }

  private:
    LONG references = 0;
};

template <class Class> class ClassFactory final : public IClassFactory
{
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        *out = nullptr;
        if (!IsEqualIID(iid, IID_IUnknown) && !IsEqualIID(iid, IID_IClassFactory))
            return E_NOINTERFACE;
        *out = static_cast<IClassFactory *>(this);
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 2;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown *outer, REFIID iid, void **out) override
    {
        HRESULT hr;
        auto object = outer ? nullptr : new ComObject<Class>;

        *out = nullptr;
        if (outer)
            return CLASS_E_NOAGGREGATION;
        object->AddRef();
        hr = object->QueryInterface(iid, out);
        object->Release();
        return hr;
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override
    {
        if (lock)
            Module::lock();
        else
            Module::unlock();
        return S_OK;
    }
};

/* An IDispatch of methods that are called by their numbers: Base has `call`. */
template <class Base> class Dispatch : public Base
{
  public:
    HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT *count) override
    {
        *count = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo **) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR *names, UINT count, LCID,
            DISPID *numbers) override
    {
        if (count != 1)
            return DISP_E_UNKNOWNNAME;
        numbers[0] = DISPID_UNKNOWN;
        for (const auto &method : methods)
            if (!lstrcmpiW(names[0], method.name))
                numbers[0] = method.number;
        return numbers[0] == DISPID_UNKNOWN ? DISP_E_UNKNOWNNAME : S_OK;
    }
    HRESULT STDMETHODCALLTYPE Invoke(DISPID number, REFIID, LCID, WORD, DISPPARAMS *arguments,
            VARIANT *result, EXCEPINFO *, UINT *) override
    {
        return this->call(number, arguments, result);
    }
};

#endif
