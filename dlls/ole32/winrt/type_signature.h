/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signature of a type of the Windows Runtime, from which the IID of an instance of a
 * parameterized type follows: "Guid generation for parameterized types" of the page "Windows
 * Runtime (WinRT) type system" (uwp/winrt-cref/winrt-type-system).
 */
#ifndef CONCIERGE_TYPE_SIGNATURE_H
#define CONCIERGE_TYPE_SIGNATURE_H

#include <windows.h>

struct metadata_builder;

/* IRoMetaDataLocator and IRoSimpleMetaDataBuilder of roparameterizediid.h: classes of C++ with
 * virtual functions, which are no interfaces of COM. */
struct metadata_locator
{
    const struct metadata_locator_vtbl
    {
        HRESULT(STDMETHODCALLTYPE *Locate)
        (const struct metadata_locator *, const WCHAR *name, struct metadata_builder *destination);
    } * lpVtbl;
};

struct metadata_builder_vtbl
{
    HRESULT(STDMETHODCALLTYPE *SetWinRtInterface)(struct metadata_builder *, GUID iid);
    HRESULT(STDMETHODCALLTYPE *SetDelegate)(struct metadata_builder *, GUID iid);
    HRESULT(STDMETHODCALLTYPE *SetInterfaceGroupSimpleDefault)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *interface_name, const GUID *iid);
    HRESULT(STDMETHODCALLTYPE *SetInterfaceGroupParameterizedDefault)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR **elements);
    HRESULT(STDMETHODCALLTYPE *SetRuntimeClassSimpleDefault)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *interface_name, const GUID *iid);
    HRESULT(STDMETHODCALLTYPE *SetRuntimeClassParameterizedDefault)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR *const *elements);
    HRESULT(STDMETHODCALLTYPE *SetStruct)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR *const *types);
    HRESULT(STDMETHODCALLTYPE *SetEnum)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *base);
    HRESULT(STDMETHODCALLTYPE *SetParameterizedInterface)
    (struct metadata_builder *, GUID piid, UINT32 count);
    HRESULT(STDMETHODCALLTYPE *SetParameterizedDelegate)
    (struct metadata_builder *, GUID piid, UINT32 count);
};

/* What a type is, as far as the places where it may stand depend on it. */
enum type_kind
{
    TYPE_VALUE,                  /* of the base types, structures and enumerations */
    TYPE_CLASS,                  /* a runtime class or a group of interfaces */
    TYPE_OBJECT,                 /* any object */
    TYPE_INTERFACE,              /* or a delegate, with an IID of its own */
    TYPE_PARAMETERIZED_INSTANCE, /* of an interface or a delegate */
};

struct type_signature
{
    char *text;   /* UTF-8, ends with a null; malloc, the caller frees it also after a failure */
    ULONG length; /* bytes without the null */
    ULONG room;   /* for its maker */
    enum type_kind kind;
    GUID iid; /* of TYPE_INTERFACE */
};

/*
 * The signature of a name in elements, as RoParseTypeName gives it. The locator is called for every
 * name that is no base type. S_OK; E_INVALIDARG: too few or too many elements, a type where it
 * cannot be, types that contain themselves; E_OUTOFMEMORY; E_UNEXPECTED: the locator said nothing,
 * or two things, about a type; else its error.
 */
HRESULT type_signature_make(const WCHAR *const *elements, UINT32 count,
        const struct metadata_locator *locator, struct type_signature *out);

#endif
