/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class DCOMAccessControl: who may call, as a list that programs make and keep.
 * iaccess/nn-iaccess-iaccesscontrol and the pages of its methods. Any thread may call at any time.
 * Until it has been given rights, or been loaded, there is nothing to ask: CO_E_ACNOTINITIALIZED.
 */
#include "access_control.h"

#include <iaccess.h>
#include <stdlib.h>
#include <string.h>

#include "access_list.h"
#include "access_policy.h"
#include "com_object.h"
#include "not_implemented.h"
#include "objref.h"

/* In a stream, little-endian; how Windows writes it is documented nowhere. The list follows. */
struct stream_head
{
    DWORD version; /* STREAM_VERSION */
    DWORD size;    /* of the list, an ACL of [MS-DTYP] 2.4.5; 0: everyone has all rights */
};

#define STREAM_VERSION 1
#define LIST_SIZE_MAX 0xffff

struct access_control
{
    struct com_object object;
    IAccessControl IAccessControl_iface;
    IPersistStream IPersistStream_iface;
    SRWLOCK lock; /* of what follows */
    ACL *list;    /* NULL: everyone has all rights */
    BOOL made;    /* it has been given rights, or been loaded */
    BOOL dirty;
};

COM_OBJECT_METHODS(control, struct access_control, IAccessControl, IAccessControl_iface)
COM_OBJECT_METHODS(control, struct access_control, IPersistStream, IPersistStream_iface)

/* With the lock, exclusively. The list is the object's from now on. */
static void control_replace(struct access_control *control, ACL *list, BOOL dirty)
{
    free(control->list);
    control->list = list;
    control->made = TRUE;
    control->dirty = dirty;
}

/* ---- IAccessControl ---- */

/* The entries that apply to the object itself; *entries is NULL: everyone has all rights. */
static HRESULT access_entries(const ACTRL_ACCESSW *access, const ACTRL_ACCESS_ENTRY_LISTW **entries)
{
    if (!access || access->cEntries != 1 || !access->pPropertyAccessList
            || access->pPropertyAccessList->lpProperty)
        return E_INVALIDARG;
    *entries = access->pPropertyAccessList->pAccessEntryList;
    return S_OK;
}

/* Adds to the rights that there are, or puts others in their place. */
static HRESULT control_merge(struct access_control *control, const ACTRL_ACCESSW *access, BOOL keep)
{
    const ACTRL_ACCESS_ENTRY_LISTW *entries;
    ACL nobody, *all = NULL, *list = NULL;
    HRESULT hr = access_entries(access, &entries);

    if (FAILED(hr))
        return hr;
    InitializeAcl(&nobody, sizeof(nobody), ACL_REVISION);
    AcquireSRWLockExclusive(&control->lock);
    keep = keep && control->made;
    /* Who is denied something by name is no part of everyone. */
    if (keep && !control->list && entries)
        hr = access_list_everyone(&all);
    if (SUCCEEDED(hr) && entries)
        hr = access_list_merge(!keep ? &nobody : all ? all : control->list, entries, &list);
    if (SUCCEEDED(hr))
        control_replace(control, list, TRUE);
    ReleaseSRWLockExclusive(&control->lock);
    free(all);
    return hr;
}

/* IAccessControl::GrantAccessRights. S_OK, E_INVALIDARG, E_OUTOFMEMORY, CO_E_EXCEEDSYSACLLIMIT, or
 * what is wrong with a trustee: CO_E_INVALIDSID, CO_E_WRONGTRUSTEENAMESYNTAX,
 * CO_E_NOMATCHINGSIDFOUND. After an error everything is as it was. */
static HRESULT STDMETHODCALLTYPE control_GrantAccessRights(IAccessControl *iface,
        ACTRL_ACCESSW *access)
{
    return control_merge(control_from_IAccessControl(iface), access, TRUE);
}

/* IAccessControl::SetAccessRights: as GrantAccessRights. */
static HRESULT STDMETHODCALLTYPE control_SetAccessRights(IAccessControl *iface,
        ACTRL_ACCESSW *access)
{
    return control_merge(control_from_IAccessControl(iface), access, FALSE);
}

/* "The SetOwner method is not implemented by CLSID_DCOMAccessControl." */
static HRESULT STDMETHODCALLTYPE control_SetOwner(IAccessControl *iface, TRUSTEEW *owner,
        TRUSTEEW *group)
{
    (void)iface;
    (void)owner;
    (void)group;
    return NOT_IMPLEMENTED();
}

/* IAccessControl::RevokeAccessRights. A trustee without entries is no error. S_OK, E_INVALIDARG,
 * CO_E_ACNOTINITIALIZED, as GrantAccessRights. */
static HRESULT STDMETHODCALLTYPE control_RevokeAccessRights(IAccessControl *iface, WCHAR *property,
        ULONG count, TRUSTEEW *trustees)
{
    struct access_control *control = control_from_IAccessControl(iface);
    ACL *list = NULL;
    HRESULT hr = S_OK;

    if (property || !count || !trustees)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&control->lock);
    if (!control->made)
        hr = CO_E_ACNOTINITIALIZED;
    else if (control->list
            && SUCCEEDED(hr = access_list_revoke(control->list, trustees, count, &list)))
        control_replace(control, list, TRUE);
    ReleaseSRWLockExclusive(&control->lock);
    return hr;
}

/* IAccessControl::GetAllAccessRights: the list in one block of task memory; an owner and a group
 * there are none. S_OK, E_INVALIDARG, CO_E_ACNOTINITIALIZED, E_OUTOFMEMORY. */
static HRESULT STDMETHODCALLTYPE control_GetAllAccessRights(IAccessControl *iface, WCHAR *property,
        ACTRL_ACCESSW **access, TRUSTEEW **owner, TRUSTEEW **group)
{
    struct access_control *control = control_from_IAccessControl(iface);
    HRESULT hr = CO_E_ACNOTINITIALIZED;

    if (owner)
        *owner = NULL;
    if (group)
        *group = NULL;
    if (!access)
        return E_INVALIDARG;
    *access = NULL;
    if (property)
        return E_INVALIDARG;
    AcquireSRWLockShared(&control->lock);
    if (control->made)
        hr = access_list_describe(control->list, access);
    ReleaseSRWLockShared(&control->lock);
    return hr;
}

/* "The only valid trustee name is the name of the client." */
static HRESULT client_is_trustee(HANDLE token, const TRUSTEEW *trustee)
{
    struct user_sid meant, client;
    HRESULT hr = access_trustee_sid(trustee, &meant);

    if (FAILED(hr))
        return hr;
    if (!user_of_token(token, &client))
        return CO_E_FAILEDTOGETTOKENINFO;
    return EqualSid(&meant.sid, &client.sid) ? S_OK : CO_E_TRUSTEEDOESNTMATCHCLIENT;
}

static BOOL list_allows(ACL *list, HANDLE token)
{
    struct user_sid owner;
    SECURITY_DESCRIPTOR descriptor;
    DWORD size = sizeof(owner);

    /* Without an owner and a group a descriptor cannot be asked. */
    return CreateWellKnownSid(WinLocalSystemSid, NULL, &owner.sid, &size)
            && InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION)
            && SetSecurityDescriptorOwner(&descriptor, &owner.sid, FALSE)
            && SetSecurityDescriptorGroup(&descriptor, &owner.sid, FALSE)
            && SetSecurityDescriptorDacl(&descriptor, TRUE, list, FALSE)
            && access_descriptor_grants(&descriptor, token, COM_RIGHTS_EXECUTE_LOCAL);
}

/* IAccessControl::IsAccessAllowed: of the client whose call this thread serves, or whose right to
 * call is being looked at, and of nobody else. S_OK, E_INVALIDARG, CO_E_ACNOTINITIALIZED,
 * CO_E_FAILEDTOQUERYCLIENTBLANKET (no call), CO_E_TRUSTEEDOESNTMATCHCLIENT, as GrantAccessRights of
 * the trustee. */
static HRESULT STDMETHODCALLTYPE control_IsAccessAllowed(IAccessControl *iface, TRUSTEEW *trustee,
        WCHAR *property, ACCESS_RIGHTS rights, WINBOOL *allowed)
{
    struct access_control *control = control_from_IAccessControl(iface);
    HANDLE token;
    HRESULT hr;

    if (!allowed)
        return E_INVALIDARG;
    *allowed = FALSE;
    if (!trustee || property || (rights && rights != COM_RIGHTS_EXECUTE))
        return E_INVALIDARG;
    if (FAILED(hr = access_client_token(&token)))
        return hr;
    hr = client_is_trustee(token, trustee);
    AcquireSRWLockShared(&control->lock);
    if (SUCCEEDED(hr) && !control->made)
        hr = CO_E_ACNOTINITIALIZED;
    if (SUCCEEDED(hr))
        *allowed = !rights || !control->list || list_allows(control->list, token);
    ReleaseSRWLockShared(&control->lock);
    CloseHandle(token);
    return hr;
}

static const IAccessControlVtbl control_vtbl = {
        control_IAccessControl_QueryInterface,
        control_IAccessControl_AddRef,
        control_IAccessControl_Release,
        control_GrantAccessRights,
        control_SetAccessRights,
        control_SetOwner,
        control_RevokeAccessRights,
        control_GetAllAccessRights,
        control_IsAccessAllowed,
};

/* ---- IPersistStream ---- */

static HRESULT STDMETHODCALLTYPE control_GetClassID(IPersistStream *iface, CLSID *clsid)
{
    (void)iface;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_DCOMAccessControl;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE control_IsDirty(IPersistStream *iface)
{
    return control_from_IPersistStream(iface)->dirty ? S_OK : S_FALSE;
}

/* IPersistStream::Load. S_OK, CO_E_INCOMPATIBLESTREAMVERSION, STG_E_READFAULT (it ends too early),
 * CO_E_DECODEFAILED, CO_E_INVALIDSID, CO_E_ACESINWRONGORDER, the stream's own errors; after them
 * the object is as it was. */
static HRESULT STDMETHODCALLTYPE control_Load(IPersistStream *iface, IStream *stream)
{
    struct access_control *control = control_from_IPersistStream(iface);
    struct stream_head head;
    ACL *list = NULL;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    if (FAILED(hr = stream_read_all(stream, &head, sizeof(head))))
        return hr;
    if (head.version != STREAM_VERSION)
        return CO_E_INCOMPATIBLESTREAMVERSION;
    if (head.size > LIST_SIZE_MAX)
        return CO_E_DECODEFAILED;
    if (head.size)
    {
        if (!(list = malloc(head.size)))
            return E_OUTOFMEMORY;
        if (SUCCEEDED(hr = stream_read_all(stream, list, head.size)))
            hr = access_list_verify((const BYTE *)list, head.size);
    }
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&control->lock);
        control_replace(control, list, FALSE);
        ReleaseSRWLockExclusive(&control->lock);
        list = NULL;
    }
    free(list);
    return hr;
}

/* A copy of what is to be written, by malloc. */
static HRESULT control_pack(struct access_control *control, BYTE **bytes, ULONG *size)
{
    struct stream_head head = {.version = STREAM_VERSION};
    HRESULT hr = S_OK;

    *bytes = NULL;
    AcquireSRWLockShared(&control->lock);
    if (!control->made)
        hr = CO_E_ACNOTINITIALIZED;
    head.size = control->list ? control->list->AclSize : 0;
    *size = sizeof(head) + head.size;
    if (SUCCEEDED(hr) && (*bytes = malloc(*size)))
    {
        memcpy(*bytes, &head, sizeof(head));
        if (head.size)
            memcpy(*bytes + sizeof(head), control->list, head.size);
    }
    ReleaseSRWLockShared(&control->lock);
    return FAILED(hr) || *bytes ? hr : E_OUTOFMEMORY;
}

/* IPersistStream::Save. S_OK, CO_E_ACNOTINITIALIZED, E_INVALIDARG, the stream's errors. */
static HRESULT STDMETHODCALLTYPE control_Save(IPersistStream *iface, IStream *stream,
        WINBOOL clear_dirty)
{
    struct access_control *control = control_from_IPersistStream(iface);
    BYTE *bytes;
    ULONG size;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    if (FAILED(hr = control_pack(control, &bytes, &size)))
        return hr;
    hr = stream_write_all(stream, bytes, size);
    free(bytes);
    if (SUCCEEDED(hr) && clear_dirty)
    {
        AcquireSRWLockExclusive(&control->lock);
        control->dirty = FALSE;
        ReleaseSRWLockExclusive(&control->lock);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE control_GetSizeMax(IPersistStream *iface, ULARGE_INTEGER *size)
{
    struct access_control *control = control_from_IPersistStream(iface);
    HRESULT hr = CO_E_ACNOTINITIALIZED;

    if (!size)
        return E_INVALIDARG;
    AcquireSRWLockShared(&control->lock);
    if (control->made)
    {
        size->QuadPart = sizeof(struct stream_head) + (control->list ? control->list->AclSize : 0);
        hr = S_OK;
    }
    ReleaseSRWLockShared(&control->lock);
    return hr;
}

static const IPersistStreamVtbl control_persist_vtbl = {
        control_IPersistStream_QueryInterface,
        control_IPersistStream_AddRef,
        control_IPersistStream_Release,
        control_GetClassID,
        control_IsDirty,
        control_Load,
        control_Save,
        control_GetSizeMax,
};

/* ---- the object ---- */

static void control_destroy(void *object)
{
    struct access_control *control = object;

    free(control->list);
    free(control);
}

static const struct com_interface control_interfaces[] = {
        {&IID_IUnknown, offsetof(struct access_control, IAccessControl_iface)},
        {&IID_IAccessControl, offsetof(struct access_control, IAccessControl_iface)},
        {&IID_IPersist, offsetof(struct access_control, IPersistStream_iface)},
        {&IID_IPersistStream, offsetof(struct access_control, IPersistStream_iface)},
};

static const struct com_class control_class = {"access control", control_interfaces,
        ARRAY_SIZE(control_interfaces), control_destroy};

HRESULT access_control_create(IUnknown *outer, REFIID iid, void **out)
{
    struct access_control *control;
    HRESULT hr;

    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (!(control = calloc(1, sizeof(*control))))
        return E_OUTOFMEMORY;
    com_object_init(&control->object, &control_class);
    control->IAccessControl_iface.lpVtbl = (IAccessControlVtbl *)&control_vtbl;
    control->IPersistStream_iface.lpVtbl = (IPersistStreamVtbl *)&control_persist_vtbl;
    InitializeSRWLock(&control->lock);
    hr = com_object_query_interface(&control->object, iid, out);
    com_object_release(&control->object);
    return hr;
}
