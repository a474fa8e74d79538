/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Storage media: userSTGMEDIUM and userFLAG_STGMEDIUM of objidl.idl. The medium's kind, what stands
 * for its contents and for pUnkForRelease, then the contents, then pUnkForRelease as an interface
 * pointer.
 *
 * Contents that are copied belong to who gets them; with pUnkForRelease, ReleaseStgMedium would
 * leave them alone ("ReleaseStgMedium function"), so the object that it releases then is one of
 * ours, which frees them and releases the sender's.
 */
#include "user_medium.h"

#include "user_contents.h"
#include "user_functions.h"

#include <rpc.h>
#include <stdlib.h>

/* ---- who frees the contents of a medium with pUnkForRelease ---- */

struct owner
{
    IUnknown IUnknown_iface;
    LONG references;
    STGMEDIUM contents;
    IUnknown *sender; /* the sender's pUnkForRelease */
};

static struct owner *owner_from(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct owner, IUnknown_iface);
}

static HRESULT STDMETHODCALLTYPE owner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE owner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&owner_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE owner_Release(IUnknown *iface)
{
    struct owner *owner = owner_from(iface);
    ULONG references = (ULONG)InterlockedDecrement(&owner->references);

    if (!references)
    {
        ReleaseStgMedium(&owner->contents);
        IUnknown_Release(owner->sender);
        free(owner);
    }
    return references;
}

static const IUnknownVtbl owner_vtbl = {owner_QueryInterface, owner_AddRef, owner_Release};

/* Whether the medium is a handle of which there can be a copy. */
static BOOL medium_is_copied(const struct user_wire *wire, const STGMEDIUM *medium)
{
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
    case TYMED_GDI:
    case TYMED_MFPICT:
    case TYMED_ENHMF:
        return !wire->in_place && medium->hGlobal;
    default:
        return FALSE;
    }
}

/* The medium, which has its contents, gets the sender's pUnkForRelease. */
static void medium_own(struct user_wire *wire, STGMEDIUM *medium, IUnknown *sender)
{
    struct owner *owner;

    if (!sender || !medium_is_copied(wire, medium))
    {
        medium->pUnkForRelease = sender;
        return;
    }
    if (!(owner = calloc(1, sizeof(*owner))))
    {
        IUnknown_Release(sender);
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
        return;
    }
    owner->IUnknown_iface.lpVtbl = (IUnknownVtbl *)&owner_vtbl;
    owner->references = 1;
    owner->contents = *medium;
    owner->sender = sender;
    medium->pUnkForRelease = &owner->IUnknown_iface;
}

/* ---- releasing ---- */

/* What a call made of a medium, or what its sender has no more use for. Handles which went as they
 * are stay, and so do files: both sides mean the same. */
static void medium_release(struct user_wire *wire, STGMEDIUM *medium)
{
    IUnknown *object = medium->pUnkForRelease;

    switch (medium->tymed)
    {
    case TYMED_FILE:
        CoTaskMemFree(medium->lpszFileName);
        break;
    case TYMED_HGLOBAL:
    case TYMED_GDI:
    case TYMED_MFPICT:
    case TYMED_ENHMF:
        if (wire->in_place)
            break;
        /* fall through */
    default:
        ReleaseStgMedium(medium);
        object = NULL;
        break;
    }
    if (object)
        IUnknown_Release(object);
    memset(medium, 0, sizeof(*medium));
}

/* ---- contents ---- */

/* A GDI_OBJECT. */
static void gdi_put(struct user_wire *wire, HBITMAP handle)
{
    DWORD type = GetObjectType(handle);

    wire_put_gap(wire);
    wire_put_long(wire, type);
    wire_put_pointer(wire, TRUE);
    if (type == OBJ_BITMAP)
        bitmap_put(wire, handle);
    else if (type == OBJ_PAL)
        palette_put(wire, (HPALETTE)handle);
    else if (wire->in_place)
        wire_put_handle(wire, handle);
    else
        wire_fail(wire, (DWORD)DV_E_TYMED);
}

static HBITMAP gdi_get(struct user_wire *wire)
{
    HANDLE handle = NULL;
    DWORD type;

    wire_get_gap(wire);
    type = wire_get_long(wire);
    if (!wire_get_pointer(wire))
        return NULL;
    if (type == OBJ_BITMAP)
        return bitmap_get(wire);
    if (type == OBJ_PAL)
        return (HBITMAP)palette_get(wire);
    if (!wire->in_place || wire_get_handle(wire, &handle))
        wire_bad(wire);
    return handle;
}

static void contents_put(struct user_wire *wire, const STGMEDIUM *medium)
{
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
        global_put(wire, medium->hGlobal);
        break;
    case TYMED_FILE:
        wire_put_text(wire, medium->lpszFileName);
        break;
    case TYMED_ISTREAM:
        wire_put_interface(wire, (IUnknown *)medium->pstm, &IID_IStream);
        break;
    case TYMED_ISTORAGE:
        wire_put_interface(wire, (IUnknown *)medium->pstg, &IID_IStorage);
        break;
    case TYMED_GDI:
        gdi_put(wire, medium->hBitmap);
        break;
    case TYMED_MFPICT:
        picture_put(wire, medium->hMetaFilePict);
        break;
    case TYMED_ENHMF:
        enhanced_put(wire, medium->hEnhMetaFile);
        break;
    }
}

static void contents_get(struct user_wire *wire, STGMEDIUM *medium)
{
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
        medium->hGlobal = global_get(wire);
        break;
    case TYMED_FILE:
        medium->lpszFileName = wire_get_text(wire);
        break;
    case TYMED_ISTREAM:
        wire_get_interface(wire, &IID_IStream, (IUnknown **)&medium->pstm);
        break;
    case TYMED_ISTORAGE:
        wire_get_interface(wire, &IID_IStorage, (IUnknown **)&medium->pstg);
        break;
    case TYMED_GDI:
        medium->hBitmap = gdi_get(wire);
        break;
    case TYMED_MFPICT:
        medium->hMetaFilePict = picture_get(wire);
        break;
    case TYMED_ENHMF:
        medium->hEnhMetaFile = enhanced_get(wire);
        break;
    }
}

/* ---- media ---- */

static BOOL tymed_known(DWORD tymed)
{
    return tymed <= TYMED_ENHMF && !(tymed & (tymed - 1));
}

static void medium_put(struct user_wire *wire, const STGMEDIUM *medium)
{
    if (!tymed_known(medium->tymed))
    {
        wire_fail(wire, (DWORD)DV_E_TYMED);
        return;
    }
    wire_put_gap(wire);
    wire_put_long(wire, medium->tymed);
    if (medium->tymed != TYMED_NULL)
        wire_put_pointer(wire, medium->hGlobal != NULL);
    wire_put_pointer(wire, medium->pUnkForRelease != NULL);
    if (medium->tymed != TYMED_NULL && medium->hGlobal)
        contents_put(wire, medium);
    wire_put_interface(wire, medium->pUnkForRelease, &IID_IUnknown);
}

static void medium_get(struct user_wire *wire, STGMEDIUM *medium)
{
    BOOL contents = FALSE, sender;
    IUnknown *object = NULL;

    wire_get_gap(wire);
    medium->tymed = wire_get_long(wire);
    if (!tymed_known(medium->tymed))
        wire_bad(wire);
    if (medium->tymed != TYMED_NULL)
        contents = wire_get_pointer(wire);
    sender = wire_get_pointer(wire);
    if (contents && !wire->failure)
        contents_get(wire, medium);
    if (sender && !wire->failure)
        wire_get_interface(wire, &IID_IUnknown, &object);
    if (!wire->failure)
        medium_own(wire, medium, object);
    if (wire->failure)
        medium_release(wire, medium);
}

/* clang-format off */
USER_FUNCTIONS(STGMEDIUM, medium_put, medium_get, medium_release)
USER_FUNCTIONS_NAMED(STGMEDIUM, STGMEDIUM, Ext, WIRE_PLAIN, medium_put, medium_get, medium_release)

/* A notification's medium: its sender does not wait until it has been looked at, so contents are
 * copied within a process, too. */
USER_FUNCTIONS_NAMED(STGMEDIUM, ASYNC_STGMEDIUM, , WIRE_COPY, medium_put, medium_get,
        medium_release)
/* clang-format on */

/* ---- media which may go over to who gets them ---- */

static void flagged_put(struct user_wire *wire, FLAG_STGMEDIUM *flagged)
{
    flagged->ContextFlags = (LONG)LOWORD(*wire->flags);
    wire_put_long(wire, (DWORD)flagged->ContextFlags);
    wire_put_long(wire, (DWORD)flagged->fPassOwnership);
    medium_put(wire, &flagged->Stgmed);
}

static void flagged_get(struct user_wire *wire, FLAG_STGMEDIUM *flagged)
{
    flagged->ContextFlags = (LONG)wire_get_long(wire);
    flagged->fPassOwnership = (LONG)wire_get_long(wire);
    medium_get(wire, &flagged->Stgmed);
}

/* Who got it frees it himself when it has gone over. */
static void flagged_release(struct user_wire *wire, FLAG_STGMEDIUM *flagged)
{
    if (!flagged->fPassOwnership)
        medium_release(wire, &flagged->Stgmed);
}

/* IDataObject::SetData's. */
/* clang-format off */
USER_FUNCTIONS_NAMED(FLAG_STGMEDIUM, FLAG_STGMEDIUM, , WIRE_PLAIN, flagged_put, flagged_get,
        flagged_release)
/* clang-format on */

static void cached_put(struct user_wire *wire, FLAG_STGMEDIUM *flagged)
{
    flagged->ContextFlags = (LONG)LOWORD(*wire->flags);
    medium_put(wire, &flagged->Stgmed);
}

static void cached_get(struct user_wire *wire, FLAG_STGMEDIUM *flagged)
{
    medium_get(wire, &flagged->Stgmed);
}

/* IOleCache::SetData's: a STGMEDIUM on the wire. */
/* clang-format off */
USER_FUNCTIONS_NAMED(FLAG_STGMEDIUM, CACHE_STGMEDIUM, , WIRE_PLAIN, cached_put, cached_get,
        flagged_release)
/* clang-format on */

void user_medium_gone(STGMEDIUM *medium, DWORD context)
{
    struct user_wire wire;

    wire_write(&wire, &context, NULL, WIRE_PLAIN);
    medium_release(&wire, medium);
}
