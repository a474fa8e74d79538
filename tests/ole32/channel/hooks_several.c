/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several channel hooks in one process: each is asked, in the order of registration, and gets its
 * own data back and no others', from another process whose hooks answer them and from one that has
 * none of them. Page "IChannelHook"; [MS-DCOM] 2.2.21.1, ORPC_EXTENT: an extent without data is not
 * sent.
 */
#include "tap.h"
#include "test_server.h"

#include <string.h>

#include "server_hook.h"

/* Who nobody answers; who sends nothing. */
static const GUID unanswered = {0x6f1e2a54, 0x5a0e, 0x4c4b, {0x9a, 0x3d, 0, 0, 0, 0, 0x34, 3}};
static const GUID silent = {0x6f1e2a54, 0x5a0e, 0x4c4b, {0x9a, 0x3d, 0, 0, 0, 0, 0x34, 4}};

struct hook
{
    IChannelHook IChannelHook_iface;
    char letter;
    const char *text;   /* what it sends; NULL: nothing */
    char answer[128];   /* what came back */
    ULONG size;         /* of that */
    unsigned int asked; /* ClientGetSize */
    unsigned int filled, notified;
};

static char order[64];

static void order_note(char letter)
{
    size_t length = strlen(order);

    if (length + 1 < sizeof(order))
        order[length] = letter;
}

static struct hook *hook_from_iface(IChannelHook *iface)
{
    return CONTAINING_RECORD(iface, struct hook, IChannelHook_iface);
}

static HRESULT STDMETHODCALLTYPE hook_QueryInterface(IChannelHook *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE hook_AddRef(IChannelHook *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE hook_Release(IChannelHook *iface)
{
    (void)iface;
    return 1;
}

static void STDMETHODCALLTYPE hook_ClientGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size)
{
    struct hook *hook = hook_from_iface(iface);

    (void)id;
    (void)iid;
    order_note(hook->letter);
    hook->asked++;
    *size = hook->text ? (ULONG)strlen(hook->text) : 0;
}

static void STDMETHODCALLTYPE hook_ClientFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data)
{
    struct hook *hook = hook_from_iface(iface);

    (void)id;
    (void)iid;
    hook->filled++;
    *size = hook->text ? (ULONG)strlen(hook->text) : 0;
    if (*size)
        memcpy(data, hook->text, *size);
}

static void STDMETHODCALLTYPE hook_ClientNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation, HRESULT result)
{
    struct hook *hook = hook_from_iface(iface);

    (void)id;
    (void)iid;
    (void)representation;
    (void)result;
    hook->notified++;
    hook->size = size;
    memset(hook->answer, 0, sizeof(hook->answer));
    if (data && size < sizeof(hook->answer))
        memcpy(hook->answer, data, size);
}

static void STDMETHODCALLTYPE hook_ServerNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)size;
    (void)data;
    (void)representation;
}

static void STDMETHODCALLTYPE hook_ServerGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        HRESULT result, ULONG *size)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)result;
    *size = 0;
}

static void STDMETHODCALLTYPE hook_ServerFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data, HRESULT result)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)data;
    (void)result;
    *size = 0;
}

static IChannelHookVtbl hook_vtbl = {hook_QueryInterface, hook_AddRef, hook_Release,
        hook_ClientGetSize, hook_ClientFillBuffer, hook_ClientNotify, hook_ServerNotify,
        hook_ServerGetSize, hook_ServerFillBuffer};
static struct hook hooks[] = {
        {{&hook_vtbl}, '1', "to the first"},
        {{&hook_vtbl}, '2', "a longer text, which goes to the second of them"},
        {{&hook_vtbl}, '3', "nobody hears this"},
        {{&hook_vtbl}, '4', NULL},
};

static void hooks_reset(void)
{
    memset(order, 0, sizeof(order));
    for (unsigned int i = 0; i < ARRAYSIZE(hooks); i++)
    {
        hooks[i].asked = hooks[i].filled = hooks[i].notified = 0;
        hooks[i].size = 99;
        memset(hooks[i].answer, 0, sizeof(hooks[i].answer));
    }
}

static void check_asked(const char *what)
{
    is_str(order, "1234", "%s: all are asked, in order", what);
    for (unsigned int i = 0; i < ARRAYSIZE(hooks); i++)
    {
        is_uint(hooks[i].asked, 1, "%s: %c once", what, hooks[i].letter);
        is_uint(hooks[i].notified, 1, "%s: %c is told of the answer", what, hooks[i].letter);
        if (hooks[i].text)
            is_uint(hooks[i].filled, 1, "%s: %c fills its data in", what, hooks[i].letter);
    }
}

static void test_answered(BOOL answered)
{
    struct test_process *process = test_process_start(answered ? "mta hook" : "mta");
    ITestServer *server = NULL;
    LONG sum = 0;

    if (!process)
        return;
    if (!is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy"))
        return;
    for (int round = 0; round < 2; round++)
    {
        hooks_reset();
        is_hr(ITestServer_Add(server, 40, 2, &sum), S_OK, "a call");
        is_int(sum, 42, "its result");
        check_asked(answered ? "hooks there" : "no hooks there");
        is_str(hooks[0].answer, answered ? "tsrif eht ot" : "", "the first one's own answer");
        is_str(hooks[1].answer, answered ? "meht fo dnoces eht ot seog hcihw ,txet regnol a" : "",
                "the second one's own answer");
        is_uint(hooks[2].size, 0, "nobody answers the third");
        is_uint(hooks[3].size, 0, "nor the one that said nothing");
    }
    hooks_reset();
    is_hr(ITestServer_Fail(server, E_ACCESSDENIED), E_ACCESSDENIED, "a method that fails");
    is_str(hooks[0].answer, answered ? "tsrif eht ot" : "", "its answer comes too");
    ITestServer_Release(server);
    is_uint(test_process_stop(process), 0, "the server ends, with no object left");
}

int main(void)
{
    static const GUID *const ids[] = {&SERVER_HOOK_FIRST, &SERVER_HOOK_SECOND, &unanswered,
            &silent};

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    for (unsigned int i = 0; i < ARRAYSIZE(hooks); i++)
        is_hr(CoRegisterChannelHook(ids[i], &hooks[i].IChannelHook_iface), S_OK, "hook %u", i + 1);
    if (!builtin_lacks("a fixed order of hooks"))
    {
        test_answered(TRUE);
        test_answered(FALSE);
        tap_account_begin();
        test_answered(TRUE);
        test_answered(FALSE);
        tap_account_end("calls with hooks");
    }
    CoUninitialize();
    return done_testing();
}
