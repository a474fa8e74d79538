/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The same bytes on the wire for every method of IEveryType, one for each NDR type: of synchronous
 * and asynchronous clients to objects without and with call objects, from and to both kinds of
 * apartments. Inside the process the data of a call are compared, between processes whole messages
 * as they pass a recorder: all but what names a call, a thread or an object.
 */
#include "tap.h"

#include <string.h>

#include "every_bed.h"
#include "every_client.h"
#include "every_proxies.h"
#include "recorder.h"
#include "wire_tap.h"

TAP_TIME_LIMIT(180);

#define CALLS_MAX 128
#define NOT_SEEN MAXDWORD /* instead of a size */

extern const ExtendedProxyFileInfo asyncif_ProxyFileInfo;

static struct fuzz_corpus requests, answers; /* the recorder's */

struct message
{
    ULONG size;
    BYTE data[WIRE_BYTES_MAX];
};

struct capture
{
    struct message request, answer;
};

/* What the first call of each kind looked like: inside the process, and between processes. */
static struct capture first[2][CALLS_MAX];
static BOOL known[2][CALLS_MAX];

/* ---- what may differ ---- */

static void mask(struct message *message, ULONG offset, ULONG size)
{
    if (message->size != NOT_SEEN && offset + size <= message->size)
        memset(message->data + offset, 0, size);
}

/* OXID, OID and IPID of standard OBJREFs: [MS-DCOM] 2.2.18. */
static void mask_references(struct message *message)
{
    for (ULONG i = 0; message->size != NOT_SEEN && i + 64 <= message->size; i++)
    {
        if (!memcmp(message->data + i, "MEOW\1\0\0\0", 8))
            mask(message, i + 32, 32);
    }
}

/* oleaut32 sends a BSTR in a VARIANT with its address, and does not write what it leaves out before
 * a double: behind "User", size, type and discriminant. */
static void mask_variants(struct message *message)
{
    for (ULONG i = 0; message->size != NOT_SEEN && i + 32 <= message->size; i += 4)
    {
        ULONG at = (i + 4 + 7) & ~7u;
        const BYTE *type = message->data + at + 8, *discriminant = message->data + at + 16;

        if (!memcmp(message->data + i, "User", 4) && (*type == VT_BSTR || *type == VT_R8)
                && *type == *discriminant)
            mask(message, at + 20, 4);
    }
}

/* docs/ole32.md, "Wire formats". */
static void mask_heads(struct capture *capture)
{
    mask(&capture->request, 16, 16);  /* the object's IPID */
    mask(&capture->request, 60, 8);   /* the caller's thread and apartment */
    mask(&capture->request, 108, 16); /* ORPCTHIS: the causality */
    mask(&capture->answer, 24, 4);    /* the server's thread */
}

/* ---- capturing ---- */

static void message_take(struct message *message, const void *data, ULONG size)
{
    message->size = size;
    if (size != NOT_SEEN)
        memcpy(message->data, data, min(size, WIRE_BYTES_MAX));
}

static void capture_begin(void)
{
    wire_request.size = wire_answer.size = NOT_SEEN;
    fuzz_corpus_free(&requests);
    fuzz_corpus_free(&answers);
}

static void capture_end(struct capture *capture, BOOL other_process)
{
    memset(capture, 0, sizeof(*capture));
    capture->request.size = capture->answer.size = NOT_SEEN;
    if (!other_process)
    {
        message_take(&capture->request, wire_request.data, wire_request.size);
        message_take(&capture->answer, wire_answer.data, wire_answer.size);
    }
    else if (requests.count == 1 && answers.count == 1)
    {
        message_take(&capture->request, requests.items[0].data, requests.items[0].size);
        message_take(&capture->answer, answers.items[0].data, answers.items[0].size);
        mask_heads(capture);
    }
    mask_references(&capture->request);
    mask_references(&capture->answer);
    mask_variants(&capture->request);
    mask_variants(&capture->answer);
}

/* A 32-bit rpcrt4 sends a pointer's address as its referent: any number but 0. */
static BOOL same_referents(const struct message *got, const struct message *wanted, ULONG at)
{
    ULONG ours, theirs;

    if (sizeof(void *) == 8 && !tap_peers_are_others())
        return FALSE;
    at &= ~3u;
    if (at + sizeof(ours) > got->size)
        return FALSE;
    memcpy(&ours, got->data + at, sizeof(ours));
    memcpy(&theirs, wanted->data + at, sizeof(theirs));
    return ours >= 0x10000 && theirs >= 0x10000 && !(ours & 3) && !(theirs & 3);
}

static void is_message(const struct message *got, const struct message *wanted, const char *name,
        const char *how, const char *what)
{
    ULONG at = 0;

    if (!ok(got->size <= WIRE_BYTES_MAX, "%s, %s: a whole %s", name, how, what)
            || !is_uint(got->size, wanted->size, "%s, %s: size of the %s", name, how, what))
        return;
    for (; at < got->size; at++)
    {
        if (got->data[at] == wanted->data[at])
            continue;
        if (!same_referents(got, wanted, at))
            break;
        at |= 3;
    }
    if (!ok(at == got->size, "%s, %s: bytes of the %s", name, how, what))
        note("of %lu bytes that at %lu is %02x, and was %02x", (unsigned long)got->size,
                (unsigned long)at, got->data[at], wanted->data[at]);
}

static void capture_check(ULONG index, BOOL other_process, HRESULT hr, const char *how)
{
    const char *name = every_calls[index].name;
    struct capture capture;

    capture_end(&capture, other_process);
    is_hr(hr, every_expected[index].hr, "%s, %s: the result", name, how);
    if (!known[other_process][index])
    {
        first[other_process][index] = capture;
        known[other_process][index] = TRUE;
    }
    is_message(&capture.request, &first[other_process][index].request, name, how, "request");
    is_message(&capture.answer, &first[other_process][index].answer, name, how, "answer");
}

/* ---- the calls ---- */

static void check_calls(IEveryType *object, BOOL other_process)
{
    struct every_outcome outcome;
    ISynchronize *synchronize;
    AsyncIEveryType *async;

    if (!is_hr(every_async_create(object, &IID_AsyncIEveryType, (void **)&async, &synchronize),
                S_OK, "a call object"))
        return;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        capture_begin();
        every_sync_run(object, &every_calls[i], &outcome);
        capture_check(i, other_process, outcome.hr, "synchronous client");
        capture_begin();
        every_async_run(async, synchronize, &every_calls[i], &outcome);
        capture_check(i, other_process, outcome.hr, "asynchronous client");
    }
    ISynchronize_Release(synchronize);
    AsyncIEveryType_Release(async);
}

static void check_bed(DWORD apartment, BOOL other_process, BOOL sta, BOOL call_objects)
{
    struct every_bed *bed;
    struct every_state before, after;
    IEveryType *object;
    ULONG size;

    wire_tap_stub(&asyncif_ProxyFileInfo, !call_objects);
    if (!(bed = every_bed_start(other_process, sta, call_objects)))
        return;
    note("from %s to %s", apartment == COINIT_APARTMENTTHREADED ? "an STA" : "the MTA",
            every_bed_name(bed));
    if (other_process)
    {
        BYTE *packet = every_bed_packet(bed, &size);

        recorder_redirect(packet, size);
    }
    if (is_hr(every_bed_object(bed, &object), S_OK, "a proxy") && every_bed_state(bed, &before))
    {
        check_calls(object, other_process);
        if (every_bed_state(bed, &after))
            is_int(after.halves - before.halves, call_objects ? (LONG)every_call_count * 2 : 0,
                    "calls which went through call objects");
        IEveryType_Release(object);
    }
    every_bed_stop(bed);
}

static void check_client(DWORD apartment)
{
    static BOOL tapped;

    CoInitializeEx(NULL, apartment);
    every_register();
    if (tapped || (tapped = ok(wire_tap_start(&CLSID_EveryProxies), "calls are tapped")))
    {
        for (int i = 0; i < 8; i++)
        {
            BOOL other_process = i & 1, sta = (i & 2) != 0, call_objects = (i & 4) != 0;

            /* Inside one apartment there is nothing of ours in between. */
            if (other_process || sta || apartment == COINIT_APARTMENTTHREADED)
                check_bed(apartment, other_process, sta, call_objects);
        }
    }
    CoUninitialize();
}

int main(int argc, char **argv)
{
    every_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    every_object_by_reference = TRUE;
    if (every_expected_make() && ok(every_call_count <= CALLS_MAX, "room for all calls"))
    {
        recorder_start(&requests, &answers);
        check_client(COINIT_MULTITHREADED);
        check_client(COINIT_APARTMENTTHREADED);
        capture_begin();
    }
    return done_testing();
}
