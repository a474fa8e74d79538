/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Order of the entries: iaccess/nf-iaccess-iaccesscontrol-grantaccessrights. What COM's
 * implementation takes: accctrl/ns-accctrl-actrl_access_entryw. */
#include "access_list.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ACL_SIZE_MAX 0xffffu
#define ACE_FIXED offsetof(ACCESS_ALLOWED_ACE, SidStart)
#define ENTRIES_MAX ((ACL_SIZE_MAX - sizeof(ACL)) / (ACE_FIXED + 8)) /* 8: the smallest SID */

/* One for each entry that somebody gave. */
struct fresh_entry
{
    BOOL denied;
    struct user_sid sid;
};

/* Both kinds of entry have one layout. */
static const ACCESS_ALLOWED_ACE *ace_first(const ACL *list)
{
    return (const ACCESS_ALLOWED_ACE *)(list + 1);
}

static const ACCESS_ALLOWED_ACE *ace_next(const ACCESS_ALLOWED_ACE *ace)
{
    return (const ACCESS_ALLOWED_ACE *)((const BYTE *)ace + ace->Header.AceSize);
}

static PSID ace_sid(const ACCESS_ALLOWED_ACE *ace)
{
    return (PSID)&ace->SidStart;
}

static BOOL ace_denies(const ACCESS_ALLOWED_ACE *ace)
{
    return ace->Header.AceType == ACCESS_DENIED_ACE_TYPE;
}

/* ---- building ---- */

/* There is room. */
static void list_append(ACL *list, BOOL denied, PSID sid)
{
    if (denied)
        AddAccessDeniedAce(list, ACL_REVISION, COM_RIGHTS_EXECUTE, sid);
    else
        AddAccessAllowedAce(list, ACL_REVISION, COM_RIGHTS_EXECUTE, sid);
}

/* Whether one of these entries is this trustee's. */
static BOOL sid_listed(PSID sid, struct fresh_entry *entries, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
    {
        if (EqualSid(&entries[i].sid.sid, sid))
            return TRUE;
    }
    return FALSE;
}

/* Those of `old` which are denied, or allowed, and whose trustee is none of these. */
static void list_append_old(ACL *list, const ACL *old, BOOL denied, struct fresh_entry *gone,
        ULONG gone_count)
{
    const ACCESS_ALLOWED_ACE *ace = ace_first(old);

    for (WORD i = 0; i < old->AceCount; i++, ace = ace_next(ace))
    {
        if (ace_denies(ace) == denied && !sid_listed(ace_sid(ace), gone, gone_count))
            list_append(list, denied, ace_sid(ace));
    }
}

/* Room for `size` bytes of entries. S_OK, CO_E_EXCEEDSYSACLLIMIT, E_OUTOFMEMORY. */
static HRESULT list_create(SIZE_T size, ACL **out)
{
    *out = NULL;
    size += sizeof(ACL);
    if (size > ACL_SIZE_MAX)
        return CO_E_EXCEEDSYSACLLIMIT;
    if (!(*out = malloc(size)))
        return E_OUTOFMEMORY;
    InitializeAcl(*out, (DWORD)size, ACL_REVISION);
    return S_OK;
}

/* Whether COM's implementation takes the entry: S_OK, or why not. */
static HRESULT entry_read(const ACTRL_ACCESS_ENTRYW *entry, struct fresh_entry *out)
{
    if ((entry->fAccessFlags != ACTRL_ACCESS_ALLOWED && entry->fAccessFlags != ACTRL_ACCESS_DENIED)
            || entry->Access != COM_RIGHTS_EXECUTE || entry->ProvSpecificAccess
            || entry->Inheritance != NO_INHERITANCE || entry->lpInheritProperty)
        return E_INVALIDARG;
    out->denied = entry->fAccessFlags == ACTRL_ACCESS_DENIED;
    return access_trustee_sid(&entry->Trustee, &out->sid);
}

HRESULT access_list_merge(const ACL *old, const ACTRL_ACCESS_ENTRY_LISTW *fresh, ACL **out)
{
    SIZE_T size = old->AclSize - sizeof(ACL);
    struct fresh_entry *entries;
    HRESULT hr = S_OK;
    ULONG i;

    *out = NULL;
    if (fresh->cEntries && !fresh->pAccessList)
        return E_INVALIDARG;
    if (fresh->cEntries > ENTRIES_MAX)
        return CO_E_EXCEEDSYSACLLIMIT;
    if (!(entries = calloc(fresh->cEntries + 1, sizeof(*entries))))
        return E_OUTOFMEMORY;
    for (i = 0; SUCCEEDED(hr) && i < fresh->cEntries; i++)
    {
        if (SUCCEEDED(hr = entry_read(&fresh->pAccessList[i], &entries[i])))
            size += ACE_FIXED + GetLengthSid(&entries[i].sid.sid);
    }
    if (SUCCEEDED(hr) && SUCCEEDED(hr = list_create(size, out)))
    {
        for (int denied = TRUE; denied >= FALSE; denied--)
        {
            for (i = 0; i < fresh->cEntries; i++)
                if (entries[i].denied == denied)
                    list_append(*out, denied, &entries[i].sid.sid);
            list_append_old(*out, old, denied, NULL, 0);
        }
    }
    free(entries);
    return hr;
}

HRESULT access_list_everyone(ACL **out)
{
    ACTRL_ACCESS_ENTRYW entry = {
            .Trustee = {.TrusteeForm = TRUSTEE_IS_NAME, .ptstrName = (WCHAR *)L"*"},
            .fAccessFlags = ACTRL_ACCESS_ALLOWED,
            .Access = COM_RIGHTS_EXECUTE};
    const ACTRL_ACCESS_ENTRY_LISTW entries = {1, &entry};
    ACL nobody;

    InitializeAcl(&nobody, sizeof(nobody), ACL_REVISION);
    return access_list_merge(&nobody, &entries, out);
}

HRESULT access_list_revoke(const ACL *old, const TRUSTEEW *trustees, ULONG count, ACL **out)
{
    const ACCESS_ALLOWED_ACE *ace = ace_first(old);
    struct fresh_entry *gone;
    HRESULT hr = S_OK;
    SIZE_T size = 0;

    *out = NULL;
    if (!(gone = calloc(count, sizeof(*gone))))
        return E_OUTOFMEMORY;
    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
        hr = access_trustee_sid(&trustees[i], &gone[i].sid);
    for (WORD i = 0; SUCCEEDED(hr) && i < old->AceCount; i++, ace = ace_next(ace))
    {
        if (!sid_listed(ace_sid(ace), gone, count))
            size += ace->Header.AceSize;
    }
    if (SUCCEEDED(hr) && SUCCEEDED(hr = list_create(size, out)))
    {
        list_append_old(*out, old, TRUE, gone, count);
        list_append_old(*out, old, FALSE, gone, count);
    }
    free(gone);
    return hr;
}

/* ---- describing ---- */

/* One block: the head, the entries, then names and SIDs. */
struct description
{
    ACTRL_ACCESSW access;
    ACTRL_PROPERTY_ENTRYW property;
    ACTRL_ACCESS_ENTRY_LISTW list;
    ACTRL_ACCESS_ENTRYW entries[];
};

/* How an entry's trustee is told: by name, or by SID when it has none. */
struct trustee_text
{
    WCHAR *name; /* NULL: none */
    SID_NAME_USE use;
    const void *bytes;
    SIZE_T size;
};

static void trustee_text_find(struct trustee_text *text, PSID sid)
{
    static const WCHAR everyone[] = L"*";

    text->use = SidTypeUnknown;
    if (IsWellKnownSid(sid, WinWorldSid))
    {
        text->use = SidTypeWellKnownGroup;
        text->name = _wcsdup(everyone);
    }
    else
        text->name = access_account_name(sid, &text->use);
    text->bytes = text->name ? (const void *)text->name : sid;
    text->size = text->name ? (wcslen(text->name) + 1) * sizeof(WCHAR) : GetLengthSid(sid);
    /* SIDs lie at multiples of four. */
    text->size = (text->size + sizeof(DWORD) - 1) & ~(sizeof(DWORD) - 1);
}

static void entry_describe(ACTRL_ACCESS_ENTRYW *entry, const ACCESS_ALLOWED_ACE *ace,
        const struct trustee_text *text, BYTE *place)
{
    memcpy(place, text->bytes,
            text->name ? (wcslen(text->name) + 1) * sizeof(WCHAR) : GetLengthSid(ace_sid(ace)));
    entry->Trustee.TrusteeForm = text->name ? TRUSTEE_IS_NAME : TRUSTEE_IS_SID;
    /* The kinds of accounts have the same numbers. */
    entry->Trustee.TrusteeType =
            text->use < SidTypeUnknown ? (TRUSTEE_TYPE)text->use : TRUSTEE_IS_UNKNOWN;
    entry->Trustee.ptstrName = (WCHAR *)place;
    entry->fAccessFlags = ace_denies(ace) ? ACTRL_ACCESS_DENIED : ACTRL_ACCESS_ALLOWED;
    entry->Access = ace->Mask;
    entry->Inheritance = NO_INHERITANCE;
}

HRESULT access_list_describe(const ACL *list, ACTRL_ACCESSW **out)
{
    const ULONG count = list ? list->AceCount : 0;
    SIZE_T size = sizeof(struct description) + count * sizeof(ACTRL_ACCESS_ENTRYW);
    struct trustee_text *texts = calloc(count + 1, sizeof(*texts));
    const ACCESS_ALLOWED_ACE *ace = list ? ace_first(list) : NULL;
    struct description *made = NULL;
    BYTE *place;
    ULONG i;

    *out = NULL;
    if (!texts)
        return E_OUTOFMEMORY;
    for (i = 0; i < count; i++, ace = ace_next(ace))
    {
        trustee_text_find(&texts[i], ace_sid(ace));
        size += texts[i].size;
    }
    if ((made = CoTaskMemAlloc(size)))
    {
        memset(made, 0, size);
        made->access.cEntries = 1;
        made->access.pPropertyAccessList = &made->property;
        made->property.pAccessEntryList = list ? &made->list : NULL;
        made->list.cEntries = count;
        made->list.pAccessList = count ? made->entries : NULL;
        place = (BYTE *)&made->entries[count];
        for (i = 0, ace = list ? ace_first(list) : NULL; i < count; i++, ace = ace_next(ace))
        {
            entry_describe(&made->entries[i], ace, &texts[i], place);
            place += texts[i].size;
        }
        *out = &made->access;
    }
    for (i = 0; i < count; i++)
        free(texts[i].name);
    free(texts);
    return made ? S_OK : E_OUTOFMEMORY;
}

/* ---- reading ---- */

HRESULT access_list_verify(const BYTE *data, DWORD size)
{
    BOOL allowed = FALSE;
    DWORD at = sizeof(ACL);
    ACL head;

    if (size < sizeof(head) || size > ACL_SIZE_MAX)
        return CO_E_DECODEFAILED;
    memcpy(&head, data, sizeof(head));
    if (head.AclRevision != ACL_REVISION || head.Sbz1 || head.Sbz2 || head.AclSize != size)
        return CO_E_DECODEFAILED;
    for (WORD i = 0; i < head.AceCount; i++)
    {
        const ACCESS_ALLOWED_ACE *ace = (const ACCESS_ALLOWED_ACE *)(data + at);
        const SID *sid = (const SID *)(data + at + ACE_FIXED);
        const DWORD least = ACE_FIXED + GetSidLengthRequired(0);

        if (size - at < least || ace->Header.AceSize < least || ace->Header.AceSize > size - at)
            return CO_E_DECODEFAILED;
        if ((ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE && !ace_denies(ace))
                || ace->Header.AceFlags || ace->Mask != COM_RIGHTS_EXECUTE)
            return CO_E_DECODEFAILED;
        if (sid->Revision != SID_REVISION || sid->SubAuthorityCount > SID_MAX_SUB_AUTHORITIES
                || ace->Header.AceSize != ACE_FIXED + GetSidLengthRequired(sid->SubAuthorityCount))
            return CO_E_INVALIDSID;
        if (allowed && ace_denies(ace))
            return CO_E_ACESINWRONGORDER;
        allowed = !ace_denies(ace);
        at += ace->Header.AceSize;
    }
    return at == size ? S_OK : CO_E_DECODEFAILED;
}
