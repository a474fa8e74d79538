/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEnumVARIANT, whose proxy is oleaut32's; IOleCommandTarget, actxprxy's. */
#include "interop.h"

#include <string.h>

#define ELEMENTS 3u

static HRESULT STDMETHODCALLTYPE variants_Next(IEnumVARIANT *iface, ULONG count, VARIANT *elements,
        ULONG *fetched)
{
    ULONG got = 0;
    MOCK_ENTER(iface);

    for (; got < count && mock->position < ELEMENTS; got++, mock->position++)
    {
        VariantInit(&elements[got]);
        switch (mock->position)
        {
        case 0:
            V_VT(&elements[got]) = VT_BSTR;
            V_BSTR(&elements[got]) = SysAllocString(L"first");
            break;
        case 1:
            V_VT(&elements[got]) = VT_UNKNOWN;
            V_UNKNOWN(&elements[got]) = mock_create(&IID_IStream, 0xb01);
            break;
        default:
            V_VT(&elements[got]) = VT_R8;
            V_R8(&elements[got]) = 3.5;
        }
    }
    if (fetched)
        *fetched = got;
    return got == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE variants_Skip(IEnumVARIANT *iface, ULONG count)
{
    MOCK_ENTER(iface);
    mock->position += count;
    return mock->position <= ELEMENTS ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE variants_Reset(IEnumVARIANT *iface)
{
    MOCK_ENTER(iface);
    mock->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE variants_Clone(IEnumVARIANT *iface, IEnumVARIANT **copy)
{
    MOCK_ENTER(iface);
    EXPECT(!*copy);
    *copy = mock_create(&IID_IEnumVARIANT, 0xb02);
    return S_OK;
}

const IEnumVARIANTVtbl variants_vtbl = {MOCK_UNKNOWN, variants_Next, variants_Skip, variants_Reset,
        variants_Clone};

static HRESULT STDMETHODCALLTYPE command_QueryStatus(IOleCommandTarget *iface, const GUID *group,
        ULONG count, OLECMD *commands, OLECMDTEXT *text)
{
    MOCK_ENTER(iface);
    EXPECT(!group && count == 2 && commands[0].cmdID == 1 && commands[1].cmdID == 2 && !text);
    commands[0].cmdf = OLECMDF_ENABLED;
    commands[1].cmdf = OLECMDF_SUPPORTED;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE command_Exec(IOleCommandTarget *iface, const GUID *group, DWORD id,
        DWORD option, VARIANT *in, VARIANT *out)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(group, 0xb20) && id == 3 && option == OLECMDEXECOPT_DODEFAULT && in
            && V_VT(in) == VT_BSTR && same_text(V_BSTR(in), L"do it"));
    if (out)
    {
        V_VT(out) = VT_I4;
        V_I4(out) = 17;
    }
    return S_FALSE;
}

const IOleCommandTargetVtbl command_vtbl = {MOCK_UNKNOWN, command_QueryStatus, command_Exec};

/* ---- the checks ---- */

void check_variants(IClassFactory *factory)
{
    IEnumVARIANT *proxy = remote_create(factory, &IID_IEnumVARIANT, "IEnumVARIANT"), *copy = NULL;
    VARIANT elements[8];
    ULONG fetched = 0;

    note("IEnumVARIANT");
    if (!proxy)
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(elements); i++)
        VariantInit(&elements[i]);
    is_hr(IEnumVARIANT_Next(proxy, 1, elements, NULL), S_OK, "Next, without a count");
    ok(V_VT(elements) == VT_BSTR && same_text(V_BSTR(elements), L"first"), "a string");
    VariantClear(elements);
    is_hr(IEnumVARIANT_Next(proxy, 8, elements, &fetched), S_FALSE, "Next, more than there are");
    if (is_uint(fetched, 2, "two are left"))
    {
        ok(V_VT(elements) == VT_UNKNOWN && token_of(V_UNKNOWN(elements)) == 0xb01, "an object");
        ok(V_VT(&elements[1]) == VT_R8 && V_R8(&elements[1]) == 3.5, "a number");
        VariantClear(elements);
    }
    is_hr(IEnumVARIANT_Reset(proxy), S_OK, "Reset");
    is_hr(IEnumVARIANT_Skip(proxy, 2), S_OK, "Skip");
    is_hr(IEnumVARIANT_Clone(proxy, &copy), S_OK, "Clone");
    is_uint(token_of(copy), 0xb02, "the copy");
    if (copy)
        IEnumVARIANT_Release(copy);
    IEnumVARIANT_Release(proxy);
}

void check_commands(IClassFactory *factory)
{
    IOleCommandTarget *command =
            remote_create(factory, &IID_IOleCommandTarget, "IOleCommandTarget");
    OLECMD commands[2] = {{1, 0}, {2, 0}};
    GUID group = guid_of(0xb20);
    VARIANT in, out;

    note("actxprxy's");
    if (!command)
        return;
    is_hr(IOleCommandTarget_QueryStatus(command, NULL, 2, commands, NULL), S_OK, "QueryStatus");
    ok(commands[0].cmdf == OLECMDF_ENABLED && commands[1].cmdf == OLECMDF_SUPPORTED, "its answers");
    V_VT(&in) = VT_BSTR;
    V_BSTR(&in) = SysAllocString(L"do it");
    VariantInit(&out);
    is_hr(IOleCommandTarget_Exec(command, &group, 3, OLECMDEXECOPT_DODEFAULT, &in, &out), S_FALSE,
            "Exec");
    ok(V_VT(&out) == VT_I4 && V_I4(&out) == 17, "its answer");
    VariantClear(&in);
    IOleCommandTarget_Release(command);
}
