/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Persistent Zone Identifier object: the zone that a file is marked with. IPersistFile
 * "attaches the object to the target file", IZoneIdentifier and IZoneIdentifier2 "examine or
 * manipulate the zone ID". Pages "Persistent Zone Identifier object" (platform-apis/ms537029),
 * IZoneIdentifier (ms537032), GetId (ms537031), SetId (ms537037), Remove (ms537034),
 * IZoneIdentifier2 (mt243886), IPersistFile (objidl/nn-objidl-ipersistfile).
 */
#include "zone_identifier.h"

#include "com_aggregate.h"
#include "urlmon_module.h"
#include "wstr.h"
#include "zone_mark.h"

#include <stdlib.h>

struct zone_identifier
{
    struct com_inner com;
    IPersistFile IPersistFile_iface;
    IZoneIdentifier2 IZoneIdentifier2_iface;
    SRWLOCK lock; /* guards all below */
    WCHAR *file;  /* NULL: none yet */
    struct zone_mark mark;
    BOOL is_dirty;
};

COM_INNER_METHODS(zone_identifier, struct zone_identifier, IPersistFile, IPersistFile_iface)
COM_INNER_METHODS(zone_identifier, struct zone_identifier, IZoneIdentifier2, IZoneIdentifier2_iface)

/* IPersistFile */

static HRESULT STDMETHODCALLTYPE zone_identifier_GetClassID(IPersistFile *iface, CLSID *clsid)
{
    (void)iface;
    if (!clsid)
        return E_POINTER;
    *clsid = zone_identifier_class;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE zone_identifier_IsDirty(IPersistFile *iface)
{
    struct zone_identifier *identifier = zone_identifier_from_IPersistFile(iface);
    BOOL is_dirty;

    AcquireSRWLockShared(&identifier->lock);
    is_dirty = identifier->is_dirty;
    ReleaseSRWLockShared(&identifier->lock);
    return is_dirty ? S_OK : S_FALSE;
}

/* A failure leaves the object as it was. HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND): the file is not
 * marked. */
static HRESULT STDMETHODCALLTYPE zone_identifier_Load(IPersistFile *iface, LPCOLESTR file,
        DWORD mode)
{
    struct zone_identifier *identifier = zone_identifier_from_IPersistFile(iface);
    struct zone_mark mark;
    HRESULT hr;

    (void)mode; /* the stream is open within the call only */
    if (!file)
        return E_POINTER;
    if (FAILED(hr = zone_mark_read(file, &mark)))
        return hr;
    AcquireSRWLockExclusive(&identifier->lock);
    if (SUCCEEDED(hr = wstr_replace(&identifier->file, file)))
    {
        struct zone_mark old = identifier->mark;

        identifier->mark = mark;
        identifier->is_dirty = FALSE;
        mark = old;
    }
    ReleaseSRWLockExclusive(&identifier->lock);
    zone_mark_free(&mark);
    return hr;
}

/* "The current zone": that of this computer is no mark. */
static HRESULT mark_save(struct zone_identifier *identifier, const WCHAR *file)
{
    struct zone_mark mark = identifier->mark;

    if (mark.zone == URLZONE_LOCAL_MACHINE)
        mark.zone = (DWORD)URLZONE_INVALID;
    return zone_mark_write(file, &mark);
}

/* E_INVALIDARG: no name is given, and there is none from before. */
static HRESULT STDMETHODCALLTYPE zone_identifier_Save(IPersistFile *iface, LPCOLESTR file,
        WINBOOL remember)
{
    struct zone_identifier *identifier = zone_identifier_from_IPersistFile(iface);
    HRESULT hr = E_INVALIDARG;

    AcquireSRWLockExclusive(&identifier->lock);
    if (file || identifier->file)
        hr = mark_save(identifier, file ? file : identifier->file);
    if (SUCCEEDED(hr) && file && remember)
        hr = wstr_replace(&identifier->file, file);
    if (SUCCEEDED(hr) && (!file || remember))
        identifier->is_dirty = FALSE;
    ReleaseSRWLockExclusive(&identifier->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE zone_identifier_SaveCompleted(IPersistFile *iface, LPCOLESTR file)
{
    (void)iface;
    (void)file;
    return S_OK;
}

/* S_FALSE: the default prompt. */
static HRESULT STDMETHODCALLTYPE zone_identifier_GetCurFile(IPersistFile *iface, LPOLESTR *out)
{
    struct zone_identifier *identifier = zone_identifier_from_IPersistFile(iface);
    HRESULT hr, found;

    if (!out)
        return E_POINTER;
    AcquireSRWLockShared(&identifier->lock);
    found = identifier->file ? S_OK : S_FALSE;
    hr = wstr_to_caller(identifier->file ? identifier->file : L"*.*", out);
    ReleaseSRWLockShared(&identifier->lock);
    return FAILED(hr) ? hr : found;
}

/* IZoneIdentifier */

/* A zone of the mark. HRESULT_FROM_WIN32(ERROR_NOT_FOUND): "the zone is unavailable". */
static HRESULT zone_get(struct zone_identifier *identifier, const DWORD *zone, DWORD *out)
{
    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&identifier->lock);
    *out = *zone;
    ReleaseSRWLockShared(&identifier->lock);
    return *out == (DWORD)URLZONE_INVALID ? HRESULT_FROM_WIN32(ERROR_NOT_FOUND) : S_OK;
}

static void zone_put(struct zone_identifier *identifier, DWORD *zone, DWORD value)
{
    AcquireSRWLockExclusive(&identifier->lock);
    identifier->is_dirty |= *zone != value;
    *zone = value;
    ReleaseSRWLockExclusive(&identifier->lock);
}

/* E_ACCESSDENIED: "an untrusted zone", which *zone is all the same. */
static HRESULT STDMETHODCALLTYPE zone_identifier_GetId(IZoneIdentifier2 *iface, DWORD *zone)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);
    HRESULT hr = zone_get(identifier, &identifier->mark.zone, zone);

    return hr == S_OK && *zone == URLZONE_UNTRUSTED ? E_ACCESSDENIED : hr;
}

/* E_ACCESSDENIED: "dwZone is an untrusted zone"; E_INVALIDARG: it is none. */
static HRESULT STDMETHODCALLTYPE zone_identifier_SetId(IZoneIdentifier2 *iface, DWORD zone)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);

    if (zone == URLZONE_UNTRUSTED)
        return E_ACCESSDENIED;
    if (zone > URLZONE_USER_MAX)
        return E_INVALIDARG;
    zone_put(identifier, &identifier->mark.zone, zone);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE zone_identifier_Remove(IZoneIdentifier2 *iface)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);

    zone_put(identifier, &identifier->mark.zone, URLZONE_LOCAL_MACHINE);
    return S_OK;
}

/* IZoneIdentifier2 */

/* HRESULT_FROM_WIN32(ERROR_NOT_FOUND): there is none. */
static HRESULT STDMETHODCALLTYPE zone_identifier_GetLastWriterPackageFamilyName(
        IZoneIdentifier2 *iface, LPWSTR *name)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);
    HRESULT hr = HRESULT_FROM_WIN32(ERROR_NOT_FOUND);

    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    AcquireSRWLockShared(&identifier->lock);
    if (identifier->mark.writer)
        hr = wstr_to_caller(identifier->mark.writer, name);
    ReleaseSRWLockShared(&identifier->lock);
    return hr;
}

/* "If the existing last writer is different from the current writer, AppDefinedZoneId is cleared."
 */
static HRESULT writer_set(struct zone_identifier *identifier, const WCHAR *name)
{
    struct zone_mark *mark = &identifier->mark;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&identifier->lock);
    if ((name || mark->writer) && (!name || !mark->writer || wcscmp(name, mark->writer)))
    {
        if (SUCCEEDED(hr = wstr_replace(&mark->writer, name)))
        {
            if (name)
                mark->app_zone = (DWORD)URLZONE_INVALID;
            identifier->is_dirty = TRUE;
        }
    }
    ReleaseSRWLockExclusive(&identifier->lock);
    return hr;
}

/* E_INVALIDARG: no text, or one that would be more than a line. */
static HRESULT STDMETHODCALLTYPE zone_identifier_SetLastWriterPackageFamilyName(
        IZoneIdentifier2 *iface, LPCWSTR name)
{
    if (!name || !*name || wcspbrk(name, L"\r\n") || wcslen(name) > MAX_PATH)
        return E_INVALIDARG;
    return writer_set(zone_identifier_from_IZoneIdentifier2(iface), name);
}

static HRESULT STDMETHODCALLTYPE zone_identifier_RemoveLastWriterPackageFamilyName(
        IZoneIdentifier2 *iface)
{
    return writer_set(zone_identifier_from_IZoneIdentifier2(iface), NULL);
}

static HRESULT STDMETHODCALLTYPE zone_identifier_GetAppDefinedZoneId(IZoneIdentifier2 *iface,
        DWORD *zone)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);

    return zone_get(identifier, &identifier->mark.app_zone, zone);
}

/* A program here has no package, whose name the last writer's would become. */
static HRESULT STDMETHODCALLTYPE zone_identifier_SetAppDefinedZoneId(IZoneIdentifier2 *iface,
        DWORD zone)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);

    if (zone > URLZONE_USER_MAX)
        return E_INVALIDARG;
    zone_put(identifier, &identifier->mark.app_zone, zone);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE zone_identifier_RemoveAppDefinedZoneId(IZoneIdentifier2 *iface)
{
    struct zone_identifier *identifier = zone_identifier_from_IZoneIdentifier2(iface);

    zone_put(identifier, &identifier->mark.app_zone, (DWORD)URLZONE_INVALID);
    return S_OK;
}

static void zone_identifier_destroy(void *object)
{
    struct zone_identifier *identifier = object;

    zone_mark_free(&identifier->mark);
    free(identifier->file);
    free(identifier);
}

static const struct com_interface zone_identifier_interfaces[] = {
        {&IID_IPersist, offsetof(struct zone_identifier, IPersistFile_iface)},
        {&IID_IPersistFile, offsetof(struct zone_identifier, IPersistFile_iface)},
        {&IID_IZoneIdentifier, offsetof(struct zone_identifier, IZoneIdentifier2_iface)},
        {&zone_identifier2_iid, offsetof(struct zone_identifier, IZoneIdentifier2_iface)},
};

static const struct com_inner_class zone_identifier_object = {"zone identifier",
        zone_identifier_interfaces, ARRAY_SIZE(zone_identifier_interfaces), NULL,
        zone_identifier_destroy};

static const IPersistFileVtbl persist_file_vtbl = {
        zone_identifier_IPersistFile_QueryInterface,
        zone_identifier_IPersistFile_AddRef,
        zone_identifier_IPersistFile_Release,
        zone_identifier_GetClassID,
        zone_identifier_IsDirty,
        zone_identifier_Load,
        zone_identifier_Save,
        zone_identifier_SaveCompleted,
        zone_identifier_GetCurFile,
};

static const struct IZoneIdentifier2Vtbl zone_identifier2_vtbl = {
        zone_identifier_IZoneIdentifier2_QueryInterface,
        zone_identifier_IZoneIdentifier2_AddRef,
        zone_identifier_IZoneIdentifier2_Release,
        zone_identifier_GetId,
        zone_identifier_SetId,
        zone_identifier_Remove,
        zone_identifier_GetLastWriterPackageFamilyName,
        zone_identifier_SetLastWriterPackageFamilyName,
        zone_identifier_RemoveLastWriterPackageFamilyName,
        zone_identifier_GetAppDefinedZoneId,
        zone_identifier_SetAppDefinedZoneId,
        zone_identifier_RemoveAppDefinedZoneId,
};

HRESULT zone_identifier_create(IUnknown *outer, REFIID iid, void **out)
{
    struct zone_identifier *identifier = calloc(1, sizeof(*identifier));

    *out = NULL;
    if (!identifier)
        return E_OUTOFMEMORY;
    com_inner_init(&identifier->com, &zone_identifier_object, outer);
    identifier->IPersistFile_iface.lpVtbl = (IPersistFileVtbl *)&persist_file_vtbl;
    identifier->IZoneIdentifier2_iface.lpVtbl = &zone_identifier2_vtbl;
    zone_mark_init(&identifier->mark);
    return com_inner_hand_over(&identifier->com, iid, out);
}
