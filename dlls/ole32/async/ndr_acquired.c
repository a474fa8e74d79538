/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interface pointers and objects of user-marshalled types, as NDR gets them. It calls the routines
 * of user-marshalled types by a table of the stub's description: ours is a copy of that with an
 * entry of our own before each routine that unmarshals.
 */
#include "ndr_impl.h"

#include "call_guard.h"

#include <stdlib.h>
#include <string.h>

#define USER_TYPES_MAX 64    /* of a proxy DLL; of further ones nothing is written down */
#define SIGNATURE 0x55535243 /* "USRC": USER_MARSHAL_CB_SIGNATURE */

struct ndr_description
{
    MIDL_STUB_DESC desc;
    const MIDL_STUB_DESC *original;
    struct ndr_description *next;
    USER_MARSHAL_ROUTINE_QUADRUPLE routines[USER_TYPES_MAX];
};

/* ---- what has been acquired ---- */

static void acquired_add(struct ndr_state *state, const struct ndr_acquisition *one)
{
    struct ndr_acquired *acquired = &state->acquired;
    struct ndr_acquisition *more;

    if (acquired->count == acquired->capacity)
    {
        if (!(more = malloc((SIZE_T)2 * acquired->capacity * sizeof(*more))))
            return; /* what does not fit in is not tracked */
        memcpy(more, acquired->list, acquired->count * sizeof(*more));
        if (acquired->list != acquired->few)
            free(acquired->list);
        acquired->list = more;
        acquired->capacity *= 2;
    }
    acquired->list[acquired->count++] = *one;
}

static void __cdecl acquisition_end(void *argument)
{
    struct ndr_acquisition *one = argument;

    if (one->free)
        one->free(&one->callback.Flags, one->object);
    else
        IUnknown_Release((IUnknown *)one->object);
}

void ndr_acquired_free(struct ndr_state *state)
{
    struct ndr_acquired *acquired = &state->acquired;

    while (acquired->count)
        call_guarded(acquisition_end, &acquired->list[--acquired->count]);
}

void ndr_acquired_interface(struct ndr_state *state, IUnknown *object)
{
    struct ndr_acquisition one = {.object = object};

    /* What a user-marshalled type gets is its own. */
    if (!state->acquired.inside)
        acquired_add(state, &one);
}

/* ---- user-marshalled types ---- */

static UCHAR *user_unmarshal(ULONG index, ULONG *flags, UCHAR *buffer, void *object)
{
    USER_MARSHAL_CB *callback = CONTAINING_RECORD(flags, USER_MARSHAL_CB, Flags);
    struct ndr_state *state = CONTAINING_RECORD(callback->pStubMsg, struct ndr_state, msg);
    const struct ndr_description *description =
            CONTAINING_RECORD(callback->pStubMsg->StubDesc, struct ndr_description, desc);
    const USER_MARSHAL_ROUTINE_QUADRUPLE *routines =
            &description->original->aUserMarshalQuadruple[index];
    ULONG blocks = state->allocations.count;
    struct ndr_acquisition one = {.free = routines->pfnFree, .object = object};

    state->acquired.inside++;
    buffer = routines->pfnUnmarshall(flags, buffer, object);
    state->acquired.inside--;
    one.callback = *callback;
    one.callback.CBType = USER_MARSHAL_CB_FREE;
    one.callback.Signature = SIGNATURE;
    if (!one.free || state->acquired.inside)
        return buffer;
    /* Memory that it took is its own, too. */
    if (state->allocations.count > blocks)
        state->allocations.count = blocks;
    acquired_add(state, &one);
    return buffer;
}

#define ENTRY(eights, ones)                                                                        \
    static UCHAR *__RPC_API entry_##eights##ones(ULONG *flags, UCHAR *buffer, void *object)        \
    {                                                                                              \
        return user_unmarshal(8 * (eights) + (ones), flags, buffer, object);                       \
    }
#define ENTRIES(eights)                                                                            \
    ENTRY(eights, 0)                                                                               \
    ENTRY(eights, 1)                                                                               \
    ENTRY(eights, 2)                                                                               \
    ENTRY(eights, 3)                                                                               \
    ENTRY(eights, 4)                                                                               \
    ENTRY(eights, 5)                                                                               \
    ENTRY(eights, 6)                                                                               \
    ENTRY(eights, 7)

ENTRIES(0)
ENTRIES(1)
ENTRIES(2)
ENTRIES(3)
ENTRIES(4)
ENTRIES(5)
ENTRIES(6)
ENTRIES(7)

#define NAMES(eights)                                                                              \
    entry_##eights##0, entry_##eights##1, entry_##eights##2, entry_##eights##3, entry_##eights##4, \
            entry_##eights##5, entry_##eights##6, entry_##eights##7

static const USER_MARSHAL_UNMARSHALLING_ROUTINE entries[USER_TYPES_MAX] = {NAMES(0), NAMES(1),
        NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6), NAMES(7)};

/* ---- descriptions ---- */

/* How long the table is nobody knows: it is copied as far as there is something to read. */
static ULONG routines_readable(const USER_MARSHAL_ROUTINE_QUADRUPLE *routines)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T count;

    if (!ndr_in_image(routines, sizeof(*routines)) || !VirtualQuery(routines, &info, sizeof(info)))
        return 0;
    count = ((ULONG_PTR)info.BaseAddress + info.RegionSize - (ULONG_PTR)routines)
            / sizeof(*routines);
    return count < USER_TYPES_MAX ? (ULONG)count : USER_TYPES_MAX;
}

static struct ndr_description *description_create(const MIDL_STUB_DESC *original)
{
    const USER_MARSHAL_ROUTINE_QUADRUPLE *routines = original->aUserMarshalQuadruple;
    struct ndr_description *description = calloc(1, sizeof(*description));
    ULONG count = routines_readable(routines);

    if (!description)
        return NULL;
    memcpy(&description->desc, original, sizeof(description->desc));
    description->desc.aUserMarshalQuadruple = description->routines;
    description->original = original;
    for (ULONG i = 0; i < count; i++)
    {
        description->routines[i] = routines[i];
        description->routines[i].pfnUnmarshall = entries[i];
    }
    return description;
}

/* What takes the place of a description: itself, when it has no user-marshalled types. NULL: out of
 * memory. */
static const MIDL_STUB_DESC *description_replace(struct ndr_interface *ndr,
        const MIDL_STUB_DESC *original)
{
    struct ndr_description *description = ndr->descriptions;

    if (!ndr_in_image(original, sizeof(*original)) || !original->aUserMarshalQuadruple)
        return original;
    while (description && description->original != original)
        description = description->next;
    if (!description)
    {
        if (!(description = description_create(original)))
            return NULL;
        description->next = ndr->descriptions;
        ndr->descriptions = description;
    }
    return &description->desc;
}

BOOL ndr_descriptions_make(struct ndr_interface *ndr)
{
    const MIDL_STUB_DESC *original = NULL, *replacement = NULL;

    for (ULONG i = 3; i < ndr->count; i++)
    {
        struct ndr_method *method = &ndr->methods[i];

        if (!method->params)
            continue;
        if (method->desc != original)
        {
            original = method->desc; /* mostly the same for all */
            if (!(replacement = description_replace(ndr, original)))
                return FALSE;
        }
        method->desc = replacement;
    }
    return TRUE;
}

void ndr_descriptions_free(struct ndr_interface *ndr)
{
    struct ndr_description *description;

    while ((description = ndr->descriptions))
    {
        ndr->descriptions = description->next;
        free(description);
    }
}
