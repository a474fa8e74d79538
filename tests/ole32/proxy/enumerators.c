/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerators of every kind of element: the mocks count to five. */
#include "interface_mock.h"

#include <string.h>

#define ELEMENTS 5u

/* ---- one element of each kind; token 0x100 and on ---- */

static const WCHAR *const texts[ELEMENTS] = {L"one", L"", L"drei", L"\x4f60\x597d", L"five"};

static const WCHAR *text_of(ULONG index)
{
    return index == 4 ? long_text() : texts[index];
}

static BOOL unknown_make(struct mock *mock, ULONG index, IUnknown **element)
{
    (void)mock;
    *element = index == 3 ? NULL : mock_create(&IID_IPersist, 0x100 + index);
    return TRUE;
}

static BOOL moniker_make(struct mock *mock, ULONG index, IMoniker **element)
{
    (void)mock;
    *element = mock_create(&IID_IMoniker, 0x100 + index);
    return *element != NULL;
}

static BOOL text_make(struct mock *mock, ULONG index, LPOLESTR *element)
{
    (void)mock;
    *element = text_copy(text_of(index));
    return *element != NULL;
}

static BOOL stat_make(struct mock *mock, ULONG index, STATSTG *element)
{
    (void)mock;
    memset(element, 0, sizeof(*element));
    element->pwcsName = index == 3 ? NULL : text_copy(text_of(index));
    element->type = STGTY_STREAM;
    element->cbSize.QuadPart = 0x100000000ull * index + 7;
    element->mtime.dwLowDateTime = 11 + index;
    element->ctime.dwHighDateTime = 12 + index;
    element->atime.dwLowDateTime = 13 + index;
    element->grfMode = STGM_READWRITE;
    element->grfLocksSupported = LOCK_WRITE;
    element->clsid = guid_of(0x100 + index);
    element->grfStateBits = 15;
    element->reserved = 16;
    return TRUE;
}

static BOOL verb_make(struct mock *mock, ULONG index, OLEVERB *element)
{
    (void)mock;
    element->lVerb = OLEIVERB_HIDE + (LONG)index;
    element->lpszVerbName = index == 3 ? NULL : text_copy(text_of(index));
    element->fuFlags = MF_GRAYED + index;
    element->grfAttribs = OLEVERBATTRIB_ONCONTAINERMENU;
    return TRUE;
}

static DVTARGETDEVICE *device_make(ULONG index)
{
    ULONG size = sizeof(DVTARGETDEVICE) + 40 + index;
    DVTARGETDEVICE *device = CoTaskMemAlloc(size);

    memset(device, (int)index, size);
    device->tdSize = size;
    device->tdDriverNameOffset = 20;
    return device;
}

static BOOL format_make(struct mock *mock, ULONG index, FORMATETC *element)
{
    (void)mock;
    element->cfFormat = (CLIPFORMAT)(0xc000 + index);
    element->ptd = index == 3 ? NULL : device_make(index);
    element->dwAspect = DVASPECT_ICON;
    element->lindex = -1 - (LONG)index;
    element->tymed = TYMED_HGLOBAL | TYMED_ISTREAM;
    return TRUE;
}

static BOOL connection_make(struct mock *mock, ULONG index, STATDATA *element)
{
    format_make(mock, index, &element->formatetc);
    element->advf = ADVF_PRIMEFIRST;
    element->pAdvSink = index == 2 ? NULL : mock_create(&IID_IAdviseSink, 0x100 + index);
    element->dwConnection = 99 + index;
    return TRUE;
}

static BOOL property_make(struct mock *mock, ULONG index, STATPROPSTG *element)
{
    (void)mock;
    element->lpwstrName = index == 3 ? NULL : text_copy(text_of(index));
    element->propid = 0x10000 + index;
    element->vt = (VARTYPE)(VT_VECTOR | index);
    return TRUE;
}

static BOOL set_make(struct mock *mock, ULONG index, STATPROPSETSTG *element)
{
    (void)mock;
    memset(element, 0, sizeof(*element));
    element->fmtid = guid_of(0x100 + index);
    element->clsid = guid_of(0x200 + index);
    element->grfFlags = PROPSETFLAG_ANSI;
    element->mtime.dwLowDateTime = 11 + index;
    element->ctime.dwHighDateTime = 12 + index;
    element->atime.dwLowDateTime = 13 + index;
    element->dwOSVersion = 14;
    return TRUE;
}

static BOOL guid_make(struct mock *mock, ULONG index, GUID *element)
{
    (void)mock;
    *element = guid_of(0x100 + index);
    return TRUE;
}

/* ---- the mocks: Next's count is never missing on this side ---- */

#define MOCK_ENUMERATOR(type, element, make)                                                       \
    static HRESULT STDMETHODCALLTYPE type##_mock_Next(type *iface, ULONG count, element *elements, \
            ULONG *fetched)                                                                        \
    {                                                                                              \
        ULONG got = 0;                                                                             \
        MOCK_ENTER(iface);                                                                         \
                                                                                                   \
        EXPECT(fetched);                                                                           \
        for (; got < count && mock->position < ELEMENTS; got++)                                    \
            EXPECT(make(mock, mock->position++, &elements[got]));                                  \
        *fetched = got;                                                                            \
        return got == count ? S_OK : S_FALSE;                                                      \
    }                                                                                              \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE type##_mock_Skip(type *iface, ULONG count)                    \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        if (count > ELEMENTS - mock->position)                                                     \
            return S_FALSE;                                                                        \
        mock->position += count;                                                                   \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE type##_mock_Reset(type *iface)                                \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        mock->position = 0;                                                                        \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE type##_mock_Clone(type *iface, type **copy)                   \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        EXPECT(!*copy);                                                                            \
        *copy = mock_create(&IID_##type, mock->token + 1);                                         \
        ((struct mock *)*copy)->position = mock->position;                                         \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static const type##Vtbl type##_mock_vtbl = {MOCK_UNKNOWN, type##_mock_Next, type##_mock_Skip,  \
            type##_mock_Reset, type##_mock_Clone}

MOCK_ENUMERATOR(IEnumUnknown, IUnknown *, unknown_make);
MOCK_ENUMERATOR(IEnumString, LPOLESTR, text_make);
MOCK_ENUMERATOR(IEnumMoniker, IMoniker *, moniker_make);
MOCK_ENUMERATOR(IEnumSTATSTG, STATSTG, stat_make);
MOCK_ENUMERATOR(IEnumOLEVERB, OLEVERB, verb_make);
MOCK_ENUMERATOR(IEnumFORMATETC, FORMATETC, format_make);
MOCK_ENUMERATOR(IEnumSTATDATA, STATDATA, connection_make);
MOCK_ENUMERATOR(IEnumGUID, GUID, guid_make);
MOCK_ENUMERATOR(IEnumSTATPROPSTG, STATPROPSTG, property_make);
MOCK_ENUMERATOR(IEnumSTATPROPSETSTG, STATPROPSETSTG, set_make);

const struct mock_class enumerator_classes[] = {
        {{&IID_IEnumUnknown}, &IEnumUnknown_mock_vtbl},
        {{&IID_IEnumString}, &IEnumString_mock_vtbl},
        {{&IID_IEnumMoniker}, &IEnumMoniker_mock_vtbl},
        {{&IID_IEnumSTATSTG}, &IEnumSTATSTG_mock_vtbl},
        {{&IID_IEnumOLEVERB}, &IEnumOLEVERB_mock_vtbl},
        {{&IID_IEnumFORMATETC}, &IEnumFORMATETC_mock_vtbl},
        {{&IID_IEnumSTATDATA}, &IEnumSTATDATA_mock_vtbl},
        {{&IID_IEnumGUID}, &IEnumGUID_mock_vtbl},
        {{&IID_IEnumSTATPROPSTG}, &IEnumSTATPROPSTG_mock_vtbl},
        {{&IID_IEnumSTATPROPSETSTG}, &IEnumSTATPROPSETSTG_mock_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks: is it that element? It is released. ---- */

static BOOL unknown_is(IUnknown *element, ULONG index)
{
    BOOL right = index == 3 ? !element : token_of(element) == 0x100 + index;

    if (element)
        IUnknown_Release(element);
    return right;
}

static BOOL moniker_is(IMoniker *element, ULONG index)
{
    BOOL right = token_of(element) == 0x100 + index;

    if (element)
        IMoniker_Release(element);
    return right;
}

static BOOL text_is(LPOLESTR element, ULONG index)
{
    BOOL right = same_text(element, text_of(index));

    CoTaskMemFree(element);
    return right;
}

static BOOL stat_is(STATSTG element, ULONG index)
{
    BOOL right = index == 3 ? !element.pwcsName : same_text(element.pwcsName, text_of(index));

    CoTaskMemFree(element.pwcsName);
    return right && element.type == STGTY_STREAM
            && element.cbSize.QuadPart == 0x100000000ull * index + 7
            && element.mtime.dwLowDateTime == 11 + index
            && element.ctime.dwHighDateTime == 12 + index
            && element.atime.dwLowDateTime == 13 + index && element.grfMode == STGM_READWRITE
            && element.grfLocksSupported == LOCK_WRITE && is_guid_of(&element.clsid, 0x100 + index)
            && element.grfStateBits == 15 && element.reserved == 16;
}

static BOOL verb_is(OLEVERB element, ULONG index)
{
    BOOL right =
            index == 3 ? !element.lpszVerbName : same_text(element.lpszVerbName, text_of(index));

    CoTaskMemFree(element.lpszVerbName);
    return right && element.lVerb == OLEIVERB_HIDE + (LONG)index
            && element.fuFlags == MF_GRAYED + index
            && element.grfAttribs == OLEVERBATTRIB_ONCONTAINERMENU;
}

static BOOL format_is(FORMATETC element, ULONG index)
{
    BOOL right = element.cfFormat == 0xc000 + index && element.dwAspect == DVASPECT_ICON
            && element.lindex == -1 - (LONG)index
            && element.tymed == (TYMED_HGLOBAL | TYMED_ISTREAM) && !element.ptd == (index == 3);

    if (right && element.ptd)
    {
        DVTARGETDEVICE *device = device_make(index);

        right = element.ptd->tdSize == device->tdSize
                && !memcmp(element.ptd, device, device->tdSize);
        CoTaskMemFree(device);
    }
    CoTaskMemFree(element.ptd);
    return right;
}

static BOOL connection_is(STATDATA element, ULONG index)
{
    BOOL right = format_is(element.formatetc, index) && element.advf == ADVF_PRIMEFIRST
            && element.dwConnection == 99 + index
            && token_of(element.pAdvSink) == (index == 2 ? 0 : 0x100 + index);

    if (element.pAdvSink)
        IAdviseSink_Release(element.pAdvSink);
    return right;
}

static BOOL property_is(STATPROPSTG element, ULONG index)
{
    BOOL right = index == 3 ? !element.lpwstrName : same_text(element.lpwstrName, text_of(index));

    CoTaskMemFree(element.lpwstrName);
    return right && element.propid == 0x10000 + index && element.vt == (VT_VECTOR | index);
}

static BOOL set_is(STATPROPSETSTG element, ULONG index)
{
    return is_guid_of(&element.fmtid, 0x100 + index) && is_guid_of(&element.clsid, 0x200 + index)
            && element.grfFlags == PROPSETFLAG_ANSI && element.mtime.dwLowDateTime == 11 + index
            && element.ctime.dwHighDateTime == 12 + index
            && element.atime.dwLowDateTime == 13 + index && element.dwOSVersion == 14;
}

static BOOL guid_element_is(GUID element, ULONG index)
{
    return is_guid_of(&element, 0x100 + index);
}

#define CHECK_ENUMERATOR(type, element, element_is)                                                \
    static void type##_check_failures(type *proxy)                                                 \
    {                                                                                              \
        element elements[2];                                                                       \
        ULONG fetched = 0xdead;                                                                    \
        type *copy = (void *)0xdead;                                                               \
                                                                                                   \
        memset(elements, 0, sizeof(elements));                                                     \
        mock_control->result = E_ACCESSDENIED;                                                     \
        is_hr(type##_Next(proxy, 2, elements, &fetched), E_ACCESSDENIED, #type "::Next fails");    \
        is_uint(fetched, 0, "nothing fetched");                                                    \
        is_hr(type##_Skip(proxy, 1), E_ACCESSDENIED, "Skip fails");                                \
        is_hr(type##_Reset(proxy), E_ACCESSDENIED, "Reset fails");                                 \
        is_hr(type##_Clone(proxy, &copy), E_ACCESSDENIED, "Clone fails");                          \
        is_ptr(copy, NULL, "no copy");                                                             \
        mock_control->result = 0;                                                                  \
        if (!tap_builtin()) /* which would lose two */                                             \
            is_hr(type##_Next(proxy, 2, elements, NULL), E_INVALIDARG,                             \
                    "Next without a count, for two elements");                                     \
    }                                                                                              \
                                                                                                   \
    static void type##_check(IClassFactory *factory)                                               \
    {                                                                                              \
        type *proxy = remote_create(factory, &IID_##type, #type), *copy = NULL;                    \
        element elements[16];                                                                      \
        ULONG fetched = 0xdead, i;                                                                 \
                                                                                                   \
        if (!proxy)                                                                                \
            return;                                                                                \
        memset(elements, 0, sizeof(elements));                                                     \
        is_hr(type##_Next(proxy, 1, elements, NULL), S_OK, "one element, no count");               \
        ok(element_is(elements[0], 0), "the first element");                                       \
        is_hr(type##_Next(proxy, 1, elements, &fetched), S_OK, "one element");                     \
        ok(fetched == 1 && element_is(elements[0], 1), "the second element");                      \
        is_hr(type##_Clone(proxy, &copy), S_OK, "Clone");                                          \
        is_hr(type##_Skip(proxy, 1), S_OK, "Skip");                                                \
        is_hr(type##_Next(proxy, 16, elements, &fetched), S_FALSE, "more than there are");         \
        if (is_uint(fetched, 2, "two are left"))                                                   \
            ok(element_is(elements[0], 3) & element_is(elements[1], 4), "the last two");           \
        is_hr(type##_Next(proxy, 1, elements, &fetched), S_FALSE, "no more");                      \
        is_uint(fetched, 0, "none");                                                               \
        is_hr(type##_Skip(proxy, 1), S_FALSE, "Skip at the end");                                  \
        is_hr(type##_Reset(proxy), S_OK, "Reset");                                                 \
        is_hr(type##_Next(proxy, ELEMENTS, elements, &fetched), S_OK, "all of them");              \
        if (is_uint(fetched, ELEMENTS, "all"))                                                     \
            for (i = 0; i < ELEMENTS; i++)                                                         \
                ok(element_is(elements[i], i), "element %lu", (unsigned long)i);                   \
        is_hr(type##_Next(copy, 1, elements, &fetched), S_OK, "the copy goes on");                 \
        ok(element_is(elements[0], 2), "from where it was made");                                  \
        is_hr(type##_Next(proxy, 0, elements, &fetched), S_OK, "none asked for");                  \
        is_uint(fetched, 0, "none fetched");                                                       \
        type##_check_failures(copy);                                                               \
        type##_Release(copy);                                                                      \
        type##_Release(proxy);                                                                     \
    }

CHECK_ENUMERATOR(IEnumUnknown, IUnknown *, unknown_is)
CHECK_ENUMERATOR(IEnumString, LPOLESTR, text_is)
CHECK_ENUMERATOR(IEnumMoniker, IMoniker *, moniker_is)
CHECK_ENUMERATOR(IEnumSTATSTG, STATSTG, stat_is)
CHECK_ENUMERATOR(IEnumOLEVERB, OLEVERB, verb_is)
CHECK_ENUMERATOR(IEnumFORMATETC, FORMATETC, format_is)
CHECK_ENUMERATOR(IEnumSTATDATA, STATDATA, connection_is)
CHECK_ENUMERATOR(IEnumGUID, GUID, guid_element_is)
CHECK_ENUMERATOR(IEnumSTATPROPSTG, STATPROPSTG, property_is)
CHECK_ENUMERATOR(IEnumSTATPROPSETSTG, STATPROPSETSTG, set_is)

void check_enumerators(IClassFactory *factory)
{
    note("enumerators");
    IEnumUnknown_check(factory);
    IEnumString_check(factory);
    IEnumMoniker_check(factory);
    IEnumSTATSTG_check(factory);
    IEnumOLEVERB_check(factory);
    IEnumFORMATETC_check(factory);
    IEnumSTATDATA_check(factory);
    if (!builtin_lacks("IEnumGUID::Next without a count"))
        IEnumGUID_check(factory);
    if (!builtin_lacks("IEnumSTATPROPSTG") && !builtin_lacks("IEnumSTATPROPSETSTG"))
    {
        IEnumSTATPROPSTG_check(factory);
        IEnumSTATPROPSETSTG_check(factory);
    }
}
