/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class DCOMAccessControl: lists of rights, their order, their streams, and what they say about
 * a client during its call. iaccess/nn-iaccess-iaccesscontrol,
 * accctrl/ns-accctrl-actrl_access_entryw; the errors are those of com/com-error-codes-3.
 */
#include "tap.h"
#include "test_server.h"

#include <iaccess.h>
#include <stdio.h>
#include <string.h>

static SID_IDENTIFIER_AUTHORITY nt_authority = {SECURITY_NT_AUTHORITY};
static BYTE user_room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
static WCHAR user_name[600];
static PSID user_sid, other_sid;

static void accounts_find(void)
{
    WCHAR name[257], domain[257];
    DWORD size, name_size = 257, domain_size = 257;
    SID_NAME_USE use;
    HANDLE token;

    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    GetTokenInformation(token, TokenUser, user_room, sizeof(user_room), &size);
    CloseHandle(token);
    user_sid = ((TOKEN_USER *)user_room)->User.Sid;
    LookupAccountSidW(NULL, user_sid, name, &name_size, domain, &domain_size, &use);
    wcscpy(user_name, domain);
    wcscat(user_name, L"\\");
    wcscat(user_name, name);
    AllocateAndInitializeSid(&nt_authority, 5, 21, 1, 2, 3, 1001, 0, 0, 0, &other_sid);
}

static IAccessControl *control_create(void)
{
    IAccessControl *control = NULL;

    is_hr(CoCreateInstance(&CLSID_DCOMAccessControl, NULL, CLSCTX_INPROC_SERVER,
                  &IID_IAccessControl, (void **)&control),
            S_OK, "an object of the class");
    return control;
}

/* ---- lists to give ---- */

struct given
{
    ACTRL_ACCESS_ENTRYW entries[4];
    ACTRL_ACCESS_ENTRY_LISTW list;
    ACTRL_PROPERTY_ENTRYW property;
    ACTRL_ACCESSW access;
};

static TRUSTEEW trustee_named(const WCHAR *name)
{
    TRUSTEEW trustee = {.TrusteeForm = TRUSTEE_IS_NAME, .ptstrName = (WCHAR *)name};

    return trustee;
}

static TRUSTEEW trustee_sid(PSID sid)
{
    TRUSTEEW trustee = {.TrusteeForm = TRUSTEE_IS_SID, .ptstrName = sid};

    return trustee;
}

static void given_start(struct given *given)
{
    memset(given, 0, sizeof(*given));
    given->list.pAccessList = given->entries;
    given->property.pAccessEntryList = &given->list;
    given->access.cEntries = 1;
    given->access.pPropertyAccessList = &given->property;
}

static void given_add(struct given *given, TRUSTEEW trustee, ULONG flags)
{
    ACTRL_ACCESS_ENTRYW *entry = &given->entries[given->list.cEntries++];

    entry->Trustee = trustee;
    entry->fAccessFlags = flags;
    entry->Access = COM_RIGHTS_EXECUTE;
}

/* "*" for everyone, "user", or "other"; with a minus when it is denied. */
static void list_text(IAccessControl *control, char *text)
{
    ACTRL_ACCESSW *access = (void *)1;
    TRUSTEEW *owner = (void *)1, *group = (void *)1;
    const ACTRL_ACCESS_ENTRY_LISTW *list;
    HRESULT hr;

    hr = IAccessControl_GetAllAccessRights(control, NULL, &access, &owner, &group);
    if (FAILED(hr))
    {
        snprintf(text, 100, "%08lx%s", hr, access ? " and a list" : "");
        return;
    }
    list = access->pPropertyAccessList->pAccessEntryList;
    strcpy(text, owner || group ? "an owner? " : list ? "" : "all");
    if (access->cEntries != 1 || access->pPropertyAccessList->lpProperty)
        strcat(text, "properties?");
    for (ULONG i = 0; list && i < list->cEntries; i++)
    {
        const ACTRL_ACCESS_ENTRYW *entry = &list->pAccessList[i];
        const TRUSTEEW *trustee = &entry->Trustee;

        if (entry->Access != COM_RIGHTS_EXECUTE || entry->Inheritance)
            strcat(text, "rights?");
        strcat(text, entry->fAccessFlags == ACTRL_ACCESS_DENIED ? "-" : "");
        if (trustee->TrusteeForm == TRUSTEE_IS_SID)
            strcat(text, EqualSid((PSID)trustee->ptstrName, other_sid) ? "other " : "sid? ");
        else if (!wcscmp(trustee->ptstrName, L"*"))
            strcat(text, "* ");
        else
            strcat(text, wcscmp(trustee->ptstrName, user_name) ? "name? " : "user ");
    }
    CoTaskMemFree(access); /* "freed by a single call" */
}

static void is_list(IAccessControl *control, const char *expected, const char *what)
{
    char text[200];

    list_text(control, text);
    is_str(text, expected, "%s", what);
}

/* ---- rights ---- */

static void rights(void)
{
    IAccessControl *control = control_create();
    struct given given, more;
    TRUSTEEW gone[2];

    if (!control)
        return;
    is_list(control, "8001013f", "a fresh one has no list");
    gone[0] = trustee_named(L"*");
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 1, gone), CO_E_ACNOTINITIALIZED,
            "nothing to revoke from");
    is_hr(IAccessControl_SetOwner(control, gone, gone), E_NOTIMPL, "SetOwner is not implemented");

    given_start(&given);
    given_add(&given, trustee_sid(other_sid), ACTRL_ACCESS_ALLOWED);
    given_add(&given, trustee_named(L"*"), ACTRL_ACCESS_DENIED);
    is_hr(IAccessControl_SetAccessRights(control, &given.access), S_OK, "two entries");
    is_list(control, "-* other ", "whoever is denied comes first");

    given_start(&more);
    given_add(&more, trustee_named(user_name), ACTRL_ACCESS_ALLOWED);
    given_add(&more, trustee_sid(other_sid), ACTRL_ACCESS_DENIED);
    is_hr(IAccessControl_GrantAccessRights(control, &more.access), S_OK, "two more");
    is_list(control, "-other -* user other ", "new denied, old denied, new allowed, old allowed");

    gone[0] = trustee_sid(other_sid);
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 1, gone), S_OK, "one trustee's revoked");
    is_list(control, "-* user ", "all explicit entries of it");
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 1, gone), S_OK, "who has none");
    gone[1] = trustee_named(L"no domain");
    gone[0] = trustee_named(L"*");
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 2, gone), CO_E_WRONGTRUSTEENAMESYNTAX,
            "a bad trustee among them");
    is_list(control, "-* user ", "changes nothing");

    given_start(&given);
    is_hr(IAccessControl_SetAccessRights(control, &given.access), S_OK, "an empty list");
    is_list(control, "", "replaces the entries");
    given.property.pAccessEntryList = NULL;
    is_hr(IAccessControl_SetAccessRights(control, &given.access), S_OK, "no list");
    is_list(control, "all", "gives everyone all rights");
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 1, gone), S_OK, "it has no entries");
    is_hr(IAccessControl_GrantAccessRights(control, &more.access), S_OK, "entries added to that");
    is_list(control, "-other user * ", "everyone still has them, but who is denied");
    is_int(IAccessControl_Release(control), 0, "the last reference");
}

static void bad_rights(void)
{
    static const struct
    {
        const char *what;
        const WCHAR *name;
        HRESULT hr;
    } names[] = {
            {"no name", NULL, E_INVALIDARG},
            {"an empty name", L"", CO_E_WRONGTRUSTEENAMESYNTAX},
            {"a name without a domain", L"somebody", CO_E_WRONGTRUSTEENAMESYNTAX},
            {"a domain without a name", L"domain\\", CO_E_WRONGTRUSTEENAMESYNTAX},
            {"a name without its domain", L"\\somebody", CO_E_WRONGTRUSTEENAMESYNTAX},
            {"a path", L"a\\b\\c", CO_E_WRONGTRUSTEENAMESYNTAX},
            {"an account there is none of", L"NT AUTHORITY\\no such one", CO_E_NOMATCHINGSIDFOUND},
    };
    IAccessControl *control = control_create();
    WCHAR property[] = L"property";
    SID broken = {.Revision = 77};
    struct given given;
    TRUSTEEW trustee;

    if (!control)
        return;
    given_start(&given);
    given_add(&given, trustee_named(L"*"), ACTRL_ACCESS_ALLOWED);
    IAccessControl_SetAccessRights(control, &given.access);

    is_hr(IAccessControl_SetAccessRights(control, NULL), E_INVALIDARG, "no list");
    given.access.cEntries = 2;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "two properties");
    given.access.cEntries = 1;
    given.property.lpProperty = property;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "a property");
    given.property.lpProperty = NULL;
    given.entries[0].fAccessFlags = ACTRL_ACCESS_ALLOWED | ACTRL_ACCESS_DENIED;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "both flags");
    given.entries[0].fAccessFlags = ACTRL_ACCESS_ALLOWED;
    given.entries[0].Access = COM_RIGHTS_EXECUTE | COM_RIGHTS_EXECUTE_LOCAL;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "other rights");
    given.entries[0].Access = COM_RIGHTS_EXECUTE;
    given.entries[0].Inheritance = SUB_OBJECTS_ONLY_INHERIT;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "inheritance");
    given.entries[0].Inheritance = NO_INHERITANCE;
    given.entries[0].lpInheritProperty = property;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "of a property");
    given.entries[0].lpInheritProperty = NULL;
    given.entries[0].Trustee.pMultipleTrustee = &trustee;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "two trustees");
    given.entries[0].Trustee = trustee_sid(NULL);
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), CO_E_INVALIDSID, "no SID");
    given.entries[0].Trustee = trustee_sid(&broken);
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), CO_E_INVALIDSID, "a bad SID");
    given.entries[0].Trustee.TrusteeForm = TRUSTEE_BAD_FORM;
    is_hr(IAccessControl_GrantAccessRights(control, &given.access), E_INVALIDARG, "a bad form");
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
    {
        given.entries[0].Trustee = trustee_named(names[i].name);
        is_hr(IAccessControl_SetAccessRights(control, &given.access), names[i].hr, "%s",
                names[i].what);
    }
    given.list.cEntries = 0x10000000;
    is_hr(IAccessControl_SetAccessRights(control, &given.access), CO_E_EXCEEDSYSACLLIMIT,
            "more entries than an ACL has");
    trustee = trustee_named(L"*");
    is_hr(IAccessControl_RevokeAccessRights(control, property, 1, &trustee), E_INVALIDARG,
            "of a property");
    is_hr(IAccessControl_RevokeAccessRights(control, NULL, 0, &trustee), E_INVALIDARG, "of nobody");
    is_hr(IAccessControl_GetAllAccessRights(control, NULL, NULL, NULL, NULL), E_INVALIDARG,
            "nowhere to write them to");
    is_list(control, "* ", "none of that has changed anything");
    IAccessControl_Release(control);
}

/* An ACL has 64 KiB: adding to it ends with an error, not with a list cut off. */
static void many(void)
{
    IAccessControl *control = control_create();
    ACTRL_ACCESS_ENTRYW *entries = calloc(1000, sizeof(*entries));
    struct given given;
    HRESULT hr = S_OK;
    unsigned int i;

    if (!control)
        return;
    given_start(&given);
    given.list.pAccessList = entries;
    given.list.cEntries = 1000;
    for (i = 0; i < 1000; i++)
    {
        entries[i].Trustee = trustee_sid(other_sid);
        entries[i].fAccessFlags = i & 1 ? ACTRL_ACCESS_ALLOWED : ACTRL_ACCESS_DENIED;
        entries[i].Access = COM_RIGHTS_EXECUTE;
    }
    for (i = 0; SUCCEEDED(hr) && i < 10; i++)
        hr = IAccessControl_GrantAccessRights(control, &given.access);
    is_hr(hr, CO_E_EXCEEDSYSACLLIMIT, "the ACL is full");
    is_uint(i, 2, "after 65,535 bytes of 36 an entry");
    free(entries);
    IAccessControl_Release(control);
}

/* ---- streams ---- */

static IStream *stream_of(const void *bytes, SIZE_T size)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, bytes, (ULONG)size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    return stream;
}

static HRESULT load(IAccessControl *control, const void *bytes, SIZE_T size)
{
    IStream *stream = stream_of(bytes, size);
    IPersistStream *persist;
    HRESULT hr;

    IAccessControl_QueryInterface(control, &IID_IPersistStream, (void **)&persist);
    hr = IPersistStream_Load(persist, stream);
    IPersistStream_Release(persist);
    IStream_Release(stream);
    return hr;
}

/* What Save writes. */
static ULONG saved(IAccessControl *control, BYTE *bytes, ULONG room)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IPersistStream *persist;
    ULARGE_INTEGER most;
    IStream *stream;
    ULONG size = 0;
    CLSID clsid;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IAccessControl_QueryInterface(control, &IID_IPersistStream, (void **)&persist);
    is_hr(IPersistStream_GetClassID(persist, &clsid), S_OK, "GetClassID");
    is_guid(&clsid, &CLSID_DCOMAccessControl, "the class");
    is_hr(IPersistStream_IsDirty(persist), S_OK, "changes are to be saved");
    is_hr(IPersistStream_GetSizeMax(persist, &most), S_OK, "the size");
    is_hr(IPersistStream_Save(persist, stream, FALSE), S_OK, "a copy is saved");
    is_hr(IPersistStream_IsDirty(persist), S_OK, "that is not the object's own");
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    is_hr(IPersistStream_Save(persist, stream, TRUE), S_OK, "saved");
    is_hr(IPersistStream_IsDirty(persist), S_FALSE, "nothing more to save");
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    IStream_Read(stream, bytes, room, &size);
    ok(size == most.QuadPart, "as large as announced");
    IPersistStream_Release(persist);
    IStream_Release(stream);
    return size;
}

static void streams(void)
{
    IAccessControl *control = control_create(), *copy = control_create();
    BYTE bytes[400], changed[400];
    IPersistStream *persist;
    ULARGE_INTEGER most;
    unsigned int i, bad;
    struct given given;
    char text[200];
    ULONG size;

    if (!control || !copy)
        return;
    IAccessControl_QueryInterface(control, &IID_IPersistStream, (void **)&persist);
    is_hr(IPersistStream_Save(persist, NULL, TRUE), E_INVALIDARG, "no stream to save to");
    is_hr(IPersistStream_Load(persist, NULL), E_INVALIDARG, "nor to load from");
    is_hr(IPersistStream_GetSizeMax(persist, &most), CO_E_ACNOTINITIALIZED, "nothing to save");
    IPersistStream_Release(persist);

    given_start(&given);
    given_add(&given, trustee_named(user_name), ACTRL_ACCESS_ALLOWED);
    given_add(&given, trustee_sid(other_sid), ACTRL_ACCESS_DENIED);
    IAccessControl_SetAccessRights(control, &given.access);
    size = saved(control, bytes, sizeof(bytes));
    is_hr(load(copy, bytes, size), S_OK, "loaded into another");
    is_list(copy, "-other user ", "the same list");

    for (i = 0, bad = 0; i < size; i++)
        bad += load(copy, bytes, i) != STG_E_READFAULT;
    is_uint(bad, 0, "streams that end too early");
    is_list(copy, "-other user ", "change nothing");
    memcpy(changed, bytes, size);
    changed[0]++;
    is_hr(load(copy, changed, size), CO_E_INCOMPATIBLESTREAMVERSION, "another version");
    memcpy(changed, bytes, size);
    memset(changed + 4, 0xff, 4);
    is_hr(load(copy, changed, size), CO_E_DECODEFAILED, "4 GiB of a list");
    memcpy(changed, bytes, size);
    changed[8 + sizeof(ACL)] ^= ACCESS_ALLOWED_ACE_TYPE ^ ACCESS_DENIED_ACE_TYPE;
    is_hr(load(copy, changed, size), S_OK, "two who are allowed");
    memcpy(changed, bytes, size);
    i = 8 + sizeof(ACL) + ((ACE_HEADER *)(bytes + 8 + sizeof(ACL)))->AceSize;
    changed[8 + sizeof(ACL)] = ACCESS_ALLOWED_ACE_TYPE;
    changed[i] = ACCESS_DENIED_ACE_TYPE;
    is_hr(load(copy, changed, size), CO_E_ACESINWRONGORDER, "who is denied comes second");
    memcpy(changed, bytes, size);
    changed[8 + sizeof(ACL) + 9]++;
    is_hr(load(copy, changed, size), CO_E_INVALIDSID, "a SID that is longer than its entry");

    /* Whatever byte is wrong: an error, or a list that can be told and saved. */
    for (i = 0, bad = 0; i < size * 256; i++)
    {
        memcpy(changed, bytes, size);
        changed[i / 256] = (BYTE)i;
        if (SUCCEEDED(load(copy, changed, size)) && i % 7 == 0)
        {
            list_text(copy, text);
            bad += text[0] == '8';
        }
    }
    is_uint(bad, 0, "streams with a wrong byte");

    given.property.pAccessEntryList = NULL;
    IAccessControl_SetAccessRights(control, &given.access);
    size = saved(control, bytes, sizeof(bytes));
    is_hr(load(copy, bytes, size), S_OK, "all rights for everyone");
    is_list(copy, "all", "loaded");
    IAccessControl_Release(control);
    IAccessControl_Release(copy);
}

/* ---- during a call ---- */

static IAccessControl *asked;
static HRESULT answers[8];
static WINBOOL allowed[8];

static HRESULT ask(TRUSTEEW trustee, WCHAR *property, ACCESS_RIGHTS access, WINBOOL *answer)
{
    *answer = 2;
    return IAccessControl_IsAccessAllowed(asked, &trustee, property, access, answer);
}

/* In the server's method: the client is this process. */
static HRESULT ask_in_call(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    WCHAR property[] = L"property";
    struct given given;

    answers[0] = ask(trustee_named(user_name), NULL, COM_RIGHTS_EXECUTE, &allowed[0]);
    given_start(&given);
    given_add(&given, trustee_named(L"*"), ACTRL_ACCESS_ALLOWED);
    IAccessControl_SetAccessRights(asked, &given.access);
    answers[1] = ask(trustee_named(user_name), NULL, COM_RIGHTS_EXECUTE, &allowed[1]);
    answers[2] = ask(trustee_sid(other_sid), NULL, COM_RIGHTS_EXECUTE, &allowed[2]);
    answers[3] = ask(trustee_sid(user_sid), property, COM_RIGHTS_EXECUTE, &allowed[3]);
    answers[4] = ask(trustee_sid(user_sid), NULL, COM_RIGHTS_EXECUTE_LOCAL, &allowed[4]);
    given_add(&given, trustee_sid(user_sid), ACTRL_ACCESS_DENIED);
    IAccessControl_SetAccessRights(asked, &given.access);
    answers[5] = ask(trustee_sid(user_sid), NULL, COM_RIGHTS_EXECUTE, &allowed[5]);
    answers[6] = ask(trustee_sid(user_sid), NULL, 0, &allowed[6]);
    given.property.pAccessEntryList = NULL;
    IAccessControl_SetAccessRights(asked, &given.access);
    answers[7] = ask(trustee_sid(user_sid), NULL, COM_RIGHTS_EXECUTE, &allowed[7]);
    return raw_stub_echo(message, channel);
}

static void calls(void)
{
    static const struct
    {
        HRESULT hr;
        WINBOOL allowed;
        const char *what;
    } expected[8] = {
            {CO_E_ACNOTINITIALIZED, FALSE, "no rights yet"},
            {S_OK, TRUE, "everyone may call"},
            {CO_E_TRUSTEEDOESNTMATCHCLIENT, FALSE, "the client is somebody else"},
            {E_INVALIDARG, FALSE, "a property"},
            {E_INVALIDARG, FALSE, "another right"},
            {S_OK, FALSE, "everyone but the user may call"},
            {S_OK, TRUE, "no right is asked for"},
            {S_OK, TRUE, "no list"},
    };
    struct test_thread *thread = test_thread_start(COINIT_MULTITHREADED);
    BYTE *data = CoTaskMemAlloc(4);
    IRawCall *proxy;
    ULONG size = 4;

    asked = control_create();
    if (!asked)
        return;
    is_hr(ask(trustee_named(user_name), NULL, COM_RIGHTS_EXECUTE, &allowed[0]),
            CO_E_FAILEDTOQUERYCLIENTBLANKET, "outside a call there is no client");
    is_int(allowed[0], FALSE, "who is not allowed");
    is_hr(test_thread_object(thread, &IID_IRawCall, (void **)&proxy), S_OK, "an object to call");
    raw_stub_invoke = ask_in_call;
    is_hr(IRawCall_Call(proxy, 3, 0, &data, &size), S_OK, "the call");
    raw_stub_invoke = raw_stub_echo;
    for (int i = 0; i < 8; i++)
    {
        is_hr(answers[i], expected[i].hr, "in it: %s", expected[i].what);
        is_int(allowed[i], expected[i].allowed, "the answer");
    }
    CoTaskMemFree(data);
    IRawCall_Release(proxy);
    IAccessControl_Release(asked);
    ok(test_thread_stop(thread), "the thread ends");
}

static void class_itself(void)
{
    IUnknown *unknown = NULL, *outer = (IUnknown *)asked;
    IAccessControl *control = control_create();
    IPersist *persist;

    if (!control)
        return;
    is_hr(CoCreateInstance(&CLSID_DCOMAccessControl, (IUnknown *)control, CLSCTX_INPROC_SERVER,
                  &IID_IUnknown, (void **)&outer),
            CLASS_E_NOAGGREGATION, "no aggregation");
    is_hr(IAccessControl_QueryInterface(control, &IID_IPersist, (void **)&persist), S_OK,
            "IPersist");
    is_hr(IPersist_QueryInterface(persist, &IID_IUnknown, (void **)&unknown), S_OK, "its identity");
    IPersist_Release(persist);
    is_hr(IAccessControl_QueryInterface(control, &IID_IStream, (void **)&unknown), E_NOINTERFACE,
            "no other interface");
    ok(!unknown, "and no pointer");
    IAccessControl_Release(control);
    is_int(IAccessControl_Release(control), 0, "the last reference");
}

int main(void)
{
    IUnknown *unknown;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (tap_builtin()
            && FAILED(CoCreateInstance(&CLSID_DCOMAccessControl, NULL, CLSCTX_INPROC_SERVER,
                    &IID_IUnknown, (void **)&unknown))
            && builtin_lacks("the class DCOMAccessControl (nn-iaccess-iaccesscontrol)"))
        return done_testing();
    test_proxies_register();
    accounts_find();
    class_itself();
    tap_account_begin();
    rights();
    bad_rights();
    many();
    streams();
    tap_account_end("lists of rights");
    calls();
    FreeSid(other_sid);
    CoUninitialize();
    return done_testing();
}
