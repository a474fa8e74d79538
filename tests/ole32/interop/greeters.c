/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interop.h"

#include <string.h>

#define GIVEN 0x800
#define MADE 0x801

static HRESULT STDMETHODCALLTYPE greeter_Greet(IGreeter *iface, const WCHAR *name, WCHAR **greeting)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"J\x00fcrgen") && !*greeting);
    *greeting = text_copy(long_text());
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE greeter_Person(IGreeter *iface, const greeter_person *in,
        greeter_person *out)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(in->name, L"someone") && in->number == 0x123456789all && in->count == 3
            && in->values[2] == 33);
    out->name = NULL;
    out->number = -1;
    out->count = in->count;
    out->values = CoTaskMemAlloc(in->count * sizeof(*out->values));
    for (ULONG i = 0; i < in->count; i++)
        out->values[i] = -in->values[i];
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE greeter_Other(IGreeter *iface, IGreeter *in, IGreeter **out)
{
    MOCK_ENTER(iface);
    EXPECT(!*out && (!in || in == iface || token_of(in) == GIVEN));
    if ((*out = in))
        IGreeter_AddRef(in);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE greeter_Find(IGreeter *iface, REFIID iid, IUnknown **out)
{
    MOCK_ENTER(iface);
    EXPECT(!*out);
    *out = mock_create(iid, MADE);
    return *out ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE loud_Shout(ILoudGreeter *iface, LONG volume, LONG *heard)
{
    MOCK_ENTER(iface);
    *heard = volume / 2;
    return S_OK;
}

const IGreeterVtbl greeter_vtbl = {MOCK_UNKNOWN, greeter_Greet, greeter_Person, greeter_Other,
        greeter_Find};
const ILoudGreeterVtbl loud_greeter_vtbl = {MOCK_UNKNOWN, (void *)greeter_Greet,
        (void *)greeter_Person, (void *)greeter_Other, (void *)greeter_Find, loud_Shout};

/* ---- the checks ---- */

static void check_person(IGreeter *proxy)
{
    LONG values[3] = {11, 22, 33};
    greeter_person in = {(WCHAR *)L"someone", 0x123456789all, values, 3}, out;
    HRESULT hr = E_FAIL;

    memset(&out, 0xee, sizeof(out));
    /* On Wine's own COM runtime as well. */
    todo_if(tap_peers_are_others(), "Wine's rpcrt4: this structure from the other word size")
    {
        is_hr(hr = IGreeter_Person(proxy, &in, &out), S_FALSE, "Person");
        ok(hr == S_FALSE && !out.name && out.number == -1 && out.count == 3 && out.values
                        && out.values[0] == -11 && out.values[2] == -33,
                "what came back");
    }
    if (hr == S_FALSE)
        CoTaskMemFree(out.values);
}

static BOOL same_object(void *one, void *two)
{
    IUnknown *unknowns[2] = {NULL, NULL};

    IUnknown_QueryInterface((IUnknown *)one, &IID_IUnknown, (void **)&unknowns[0]);
    IUnknown_QueryInterface((IUnknown *)two, &IID_IUnknown, (void **)&unknowns[1]);
    IUnknown_Release(unknowns[0]);
    IUnknown_Release(unknowns[1]);
    return unknowns[0] == unknowns[1];
}

static const IID iid_of_nothing = {0x0a9e3c11, 0x77d2, 0x4b0e,
        {0x9f, 0x1c, 0x25, 0x6b, 0x41, 0x90, 0xd3, 0x5e}};

static void check_object_arguments(IGreeter *proxy)
{
    IGreeter *mine = mock_create(&IID_IGreeter, GIVEN), *other = (void *)0xdead;
    IUnknown *found = (void *)0xdead;

    is_hr(IGreeter_Other(proxy, NULL, &other), S_OK, "Other, none");
    is_ptr(other, NULL, "none");
    is_hr(IGreeter_Other(proxy, mine, &other), S_OK, "Other");
    is_ptr(other, mine, "our own object");
    IGreeter_Release(other);
    is_hr(IGreeter_Other(proxy, proxy, &other), S_OK, "Other, its own object");
    ok(same_object(other, proxy), "as the proxy we have");
    IGreeter_Release(other);
    check_released(mine, "our object is released");
    is_hr(IGreeter_Find(proxy, &IID_ILoudGreeter, &found), S_OK, "Find");
    is_uint(token_of(found), MADE, "the object");
    IUnknown_Release(found);
    found = (void *)0xdead;
    is_hr(IGreeter_Find(proxy, &iid_of_nothing, &found), E_NOINTERFACE, "Find, none");
    is_ptr(found, NULL, "none");
}

static void check_greeter(IGreeter *proxy)
{
    WCHAR *greeting = NULL;

    is_hr(IGreeter_Greet(proxy, L"J\x00fcrgen", &greeting), S_OK, "Greet");
    ok(same_text(greeting, long_text()), "the greeting");
    CoTaskMemFree(greeting);
    check_person(proxy);
    check_object_arguments(proxy);
    mock_control->result = E_ACCESSDENIED;
    greeting = (WCHAR *)0xdead;
    is_hr(IGreeter_Greet(proxy, L"", &greeting), E_ACCESSDENIED, "Greet fails");
    is_ptr(greeting, NULL, "no greeting");
    mock_control->result = 0;
}

void check_greeters(IClassFactory *factory)
{
    IGreeter *greeter = remote_create(factory, &IID_IGreeter, "IGreeter");
    ILoudGreeter *loud = remote_create(factory, &IID_ILoudGreeter, "ILoudGreeter");
    IGreeter *base = NULL;
    LONG heard = 0;

    note("proxies of a DLL of widl's");
    if (greeter)
    {
        check_greeter(greeter);
        IGreeter_Release(greeter);
    }
    note("delegating ones");
    if (!loud)
        return;
    is_hr(ILoudGreeter_Shout(loud, 84, &heard), S_OK, "Shout");
    is_int(heard, 42, "heard");
    check_greeter((IGreeter *)loud);
    is_hr(ILoudGreeter_QueryInterface(loud, &IID_IGreeter, (void **)&base), S_OK,
            "the interface it inherits from");
    if (base)
    {
        check_greeter(base);
        IGreeter_Release(base);
    }
    ILoudGreeter_Release(loud);
}
