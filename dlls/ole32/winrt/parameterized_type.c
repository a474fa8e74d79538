/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IIDs of instances of parameterized interfaces and delegates. */
#include <stdlib.h>

#include "name_uuid.h"
#include "trace.h"
#include "type_signature.h"

/* What a ROPARAMIIDHANDLE points to. */
struct parameterized_type_extra
{
    char *signature; /* malloc */
};

HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **elements,
        const struct metadata_locator *locator, GUID *iid, struct parameterized_type_extra **extra);
void WINAPI RoFreeParameterizedTypeExtra(struct parameterized_type_extra *extra);
const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(struct parameterized_type_extra *extra);

/* The name space of "Guid generation for parameterized types". */
static const GUID instances = {0x11f47ad5, 0x7b73, 0x42c0,
        {0xab, 0xae, 0x87, 0x8b, 0x1e, 0x16, 0xad, 0xee}};

static HRESULT signature_iid(const struct type_signature *signature, GUID *iid)
{
    if (signature->kind == TYPE_INTERFACE)
        *iid = signature->iid;
    else if (signature->kind == TYPE_PARAMETERIZED_INSTANCE)
        name_uuid(&instances, signature->text, signature->length, iid);
    else
        return E_INVALIDARG;
    return S_OK;
}

/*
 * RoGetParameterizedTypeInstanceIID: the IID of an interface or delegate whose name is given in
 * elements, as RoParseTypeName gives it: of a parameterized one with its arguments the UUID of its
 * signature, of another its own. `locator` is asked what the names are; its failure, and what the
 * builder fails with, is this function's. *extra (may be NULL) is for RoFreeParameterizedTypeExtra.
 * S_OK, E_INVALIDARG (the wrong number of arguments, a type that is neither interface nor
 * delegate), E_OUTOFMEMORY. roparameterizediid/nf-roparameterizediid-
 * rogetparameterizedtypeinstanceiid
 */
HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **elements,
        const struct metadata_locator *locator, GUID *iid, struct parameterized_type_extra **extra)
{
    struct type_signature signature;
    HRESULT hr;

    if (extra)
        *extra = NULL;
    if (!iid)
        return E_INVALIDARG;
    *iid = GUID_NULL;
    if (!count || !elements || !locator)
        return E_INVALIDARG;
    hr = type_signature_make(elements, count, locator, &signature);
    if (SUCCEEDED(hr))
        hr = signature_iid(&signature, iid);
    if (SUCCEEDED(hr) && extra)
    {
        if ((*extra = malloc(sizeof(**extra))))
        {
            (*extra)->signature = signature.text;
            signature.text = NULL;
        }
        else
        {
            *iid = GUID_NULL;
            hr = E_OUTOFMEMORY;
        }
    }
    trace("IID of %ls: %08lx, %s", elements[0] ? elements[0] : L"(null)", (unsigned long)hr,
            signature.text ? signature.text : "");
    free(signature.text);
    return hr;
}

/* RoFreeParameterizedTypeExtra: NULL is ignored. roparameterizediid/nf-roparameterizediid-
 * rofreeparameterizedtypeextra */
void WINAPI RoFreeParameterizedTypeExtra(struct parameterized_type_extra *extra)
{
    if (!extra)
        return;
    free(extra->signature);
    free(extra);
}

/* RoParameterizedTypeExtraGetTypeSignature: the signature, which lives as long as `extra`; NULL:
 * an empty text. roparameterizediid/nf-roparameterizediid-roparameterizedtypeextragettypesignature
 */
const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(struct parameterized_type_extra *extra)
{
    return extra ? extra->signature : "";
}
