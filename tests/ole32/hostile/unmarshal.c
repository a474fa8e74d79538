/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered OBJREFs, fed to CoUnmarshalInterface and CoReleaseMarshalData: of objects of another
 * apartment, of the own one, and with another process's OXID. After each thousand all objects are
 * disconnected, and then none of them may be left.
 */
#include "fuzz.h"
#include "test_server.h"
#include "victims.h"

#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(180);

#define BATCH 1000

/* CoUnmarshalInterface, CoReleaseMarshalData, and what a class or the registry answers. */
static const HRESULT documented[] = {E_INVALIDARG, E_NOINTERFACE, STG_E_READFAULT,
        CO_E_OBJNOTCONNECTED, RPC_E_DISCONNECTED, RPC_E_INVALID_OBJREF, REGDB_E_IIDNOTREG,
        REGDB_E_CLASSNOTREG, CLASS_E_CLASSNOTAVAILABLE, E_NOTIMPL,
        STG_E_DOCFILECORRUPT /* of monikers, which load themselves */, 0};

static struct fuzz_answers unmarshal_answers = {documented}, release_answers = {documented};

struct packets
{
    struct fuzz_corpus corpus;
    IUnknown *objects[4];
    unsigned int lied; /* success without a pointer, or failure with one */
};

/* --- the corpus: in the objects' apartment --- */

static void add_packet(struct packets *packets, enum victim_kind kind, REFIID iid, DWORD context,
        DWORD flags)
{
    struct fuzz_item *item;
    BYTE *data;
    ULONG size;
    HRESULT hr = victim_marshal(packets->objects[kind], iid, context, flags, &data, &size);

    if (FAILED(hr))
        bail_out("CoMarshalInterface of kind %d: %s", kind, tap_hr(hr));
    item = fuzz_add(&packets->corpus, "OBJREF", kind, data, size);
    fuzz_length_at(item, 4);  /* the form */
    fuzz_length_at(item, 28); /* public references; custom: of the CLSID */
    if (kind == VICTIM_CUSTOM || kind == VICTIM_AGILE)
    {
        fuzz_length_at(item, 40);
        fuzz_length_at(item, 44);
    }
    else
    {
        fuzz_length_at(item, 24);                               /* flags */
        fuzz_length_at(item, kind == VICTIM_HANDLER ? 80 : 64); /* the string array */
        fuzz_length_at(item, kind == VICTIM_HANDLER ? 82 : 66);
    }
    free(data);
}

/* Nobody here writes an extended one: made of a standard one as [MS-DCOM] 2.2.18.7 has it. */
static void add_extended(struct packets *packets)
{
    static const UINT32 tail[] = {0x4e535956, 0, 1, 0x4e535956, 0x11111111, 0x22222222, 0x33333333,
            0x44444444, 12, 16, 1, 2, 3, 4};
    struct fuzz_item *item;
    BYTE bytes[64 + sizeof(tail)], *data;
    ULONG size;

    if (FAILED(victim_marshal(packets->objects[VICTIM_PLAIN], &IID_IClassFactory, MSHCTX_LOCAL,
                MSHLFLAGS_NORMAL, &data, &size)))
        bail_out("CoMarshalInterface");
    memcpy(bytes, data, 64);
    free(data);
    bytes[4] = 8; /* the form */
    memcpy(bytes + 64, tail, sizeof(tail));
    item = fuzz_add(&packets->corpus, "extended OBJREF", VICTIM_PLAIN, bytes, sizeof(bytes));
    fuzz_length_at(item, 64);
    fuzz_length_at(item, 68);
    fuzz_length_at(item, 72);
    fuzz_length_at(item, 96);
    fuzz_length_at(item, 100);
}

static void packets_make(void *argument)
{
    static const DWORD flags[] = {MSHLFLAGS_NORMAL, MSHLFLAGS_TABLESTRONG, MSHLFLAGS_TABLEWEAK,
            MSHLFLAGS_NORMAL | MSHLFLAGS_NOPING};
    static const DWORD contexts[] = {MSHCTX_INPROC, MSHCTX_LOCAL, MSHCTX_NOSHAREDMEM};
    static const IID *const iids[] = {&IID_IClassFactory, &IID_IUnknown, &IID_ITestServer};
    struct packets *packets = argument;
    unsigned int i, k;

    packets->objects[VICTIM_PLAIN] = victim_create(VICTIM_PLAIN);
    packets->objects[VICTIM_HANDLER] = victim_create(VICTIM_HANDLER);
    packets->objects[VICTIM_CUSTOM] = victim_create(VICTIM_CUSTOM);
    packets->objects[VICTIM_AGILE] = victim_create(VICTIM_AGILE);
    for (i = 0; i < ARRAYSIZE(flags); ++i)
        for (k = 0; k < ARRAYSIZE(contexts); ++k)
            add_packet(packets, VICTIM_PLAIN, iids[(i + k) % 3], contexts[k], flags[i]);
    for (i = 0; i < 3; ++i)
    {
        add_packet(packets, VICTIM_HANDLER, &IID_IClassFactory, MSHCTX_LOCAL, flags[i]);
        add_packet(packets, VICTIM_CUSTOM, &IID_IClassFactory, contexts[i], MSHLFLAGS_NORMAL);
        add_packet(packets, VICTIM_AGILE, &IID_IClassFactory, contexts[i], MSHLFLAGS_NORMAL);
        add_extended(packets);
    }
}

static void packets_end(void *argument)
{
    struct packets *packets = argument;
    unsigned int i;

    /* What the free-threaded marshaller wrote holds its object, disconnected or not. */
    for (i = 0; i < packets->corpus.count; ++i)
    {
        struct memory_stream stream;

        memory_stream_init(&stream, packets->corpus.items[i].data, packets->corpus.items[i].size);
        CoReleaseMarshalData(&stream.IStream_iface);
    }
    for (i = 0; i < ARRAYSIZE(packets->objects); ++i)
    {
        CoDisconnectObject(packets->objects[i], 0);
        IUnknown_Release(packets->objects[i]);
    }
    fuzz_corpus_free(&packets->corpus);
}

/* --- one input --- */

/* Its OXID's port, bytes 32 to 37, is that of nobody: what another process's OBJREF looks like. */
static void make_foreign(struct fuzz_input *input)
{
    static const BYTE nobody[6] = {0xfe, 0xff, 0x7f, 0x12, 0x34, 0x56};

    if (input->size >= 38)
        memcpy(input->data + 32, nobody, sizeof(nobody));
}

/* The free-threaded marshaller's data is a pointer of this process, with a number which nobody else
 * knows beside it. */
static void feed(struct packets *packets, struct fuzz_input *input, UINT32 number)
{
    static const IID *const iids[] = {&IID_IUnknown, &IID_IClassFactory, &IID_NULL, &IID_IStream};
    struct memory_stream stream;
    const BYTE *place = fuzz_guard(0, input->data, input->size, 1, number & 1);
    void *out = (void *)(ULONG_PTR)0xdeadbeef;
    HRESULT hr;

    memory_stream_init(&stream, place, input->size);
    if ((number >> 3) % 4 == 0)
    {
        hr = CoReleaseMarshalData(&stream.IStream_iface);
        fuzz_answer(&release_answers, hr);
    }
    else
    {
        hr = CoUnmarshalInterface(&stream.IStream_iface, iids[(number >> 5) % 4], &out);
        fuzz_answer(&unmarshal_answers, hr);
        packets->lied += SUCCEEDED(hr) ? !out : out != NULL;
        if (SUCCEEDED(hr) && out)
        {
            IUnknown *unknown;

            if (SUCCEEDED(
                        IUnknown_QueryInterface((IUnknown *)out, &IID_IUnknown, (void **)&unknown)))
                IUnknown_Release(unknown);
            IUnknown_Release((IUnknown *)out);
        }
    }
    packets->lied += stream.references != 1;
}

/* --- the parts --- */

struct part
{
    const char *name;
    UINT32 count;
    BOOL foreign;
    struct test_thread *home; /* of the objects; NULL: the calling thread */
};

static void home_run(const struct part *part, void (*function)(void *), void *argument)
{
    if (part->home)
        test_thread_run(part->home, function, argument);
    else
        function(argument);
}

static void part_run(void *argument)
{
    static struct fuzz_input input;
    const struct part *part = argument;
    struct fuzz_memory early = {0};
    unsigned int lied = 0, left = 0, pass;
    UINT32 number, end, first;

    /* The same twice: some CLSIDs that come out name real classes, whose DLLs stay. */
    fuzz_range(part->count, &first, &end);
    for (pass = 0; pass < 2; ++pass)
    {
        fuzz_memory_get(&early);
        for (number = first; number < end;)
        {
            struct packets packets = {0};

            home_run(part, packets_make, &packets);
            do
            {
                fuzz_make(&packets.corpus, fuzz_seed(), number, &input);
                if (part->foreign)
                    make_foreign(&input);
                fuzz_at(part->name, number);
                fuzz_show(&input);
                feed(&packets, &input, number);
                ++number;
            } while (number < end && number % BATCH);
            home_run(part, packets_end, &packets);
            lied += packets.lied;
            left += victims_alive() != 0;
        }
    }
    is_uint(lied, 0, "%s: a pointer exactly with success, streams let go", part->name);
    is_uint(left, 0, "%s: batches after which objects were left", part->name);
    /* What is remembered of classes that are not registered is bounded, but comes and goes. */
    /* Classes that were looked for are remembered, 2,048 of them. */
    fuzz_memory_check(&early, 0x30000, 2, part->name);
}

static void part_run_elsewhere(struct test_thread *thread, struct part *part)
{
    test_thread_run(thread, part_run, part);
}

static void register_there(void *argument)
{
    (void)argument;
    victims_register();
}

int main(int argc, char **argv)
{
    struct part other = {"another apartment", 80000, FALSE, NULL},
                own = {"the own apartment", 40000, FALSE, NULL},
                foreign = {"another process", 15000, TRUE, NULL};
    struct test_thread *multi;

    fuzz_begin(argc, argv, 20261121, 30);
    if (builtin_lacks("checks of hostile input"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    multi = test_thread_start(COINIT_MULTITHREADED);
    victims_register();
    test_thread_run(multi, register_there, NULL);

    other.home = foreign.home = multi;
    part_run(&other);
    part_run_elsewhere(multi, &own);
    part_run(&foreign);

    fuzz_answers_check(&unmarshal_answers, "CoUnmarshalInterface");
    fuzz_answers_check(&release_answers, "CoReleaseMarshalData");
    note("%lu inputs", fuzz_total());
    ok(test_thread_stop(multi), "the other apartment ends");
    CoUninitialize();
    is_int(victims_alive(), 0, "no object is left");
    return done_testing();
}
