/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "moniker_enumerator.h"

#include "enumerator.h"
#include "list.h"
#include "moniker_base.h"

#include <stdlib.h>

struct moniker_source
{
    struct enumerator_source source;
    struct moniker_list list;
};

static HRESULT moniker_source_get(struct enumerator_source *source, ULONG index, void **out)
{
    struct moniker_source *monikers = LIST_ENTRY_OF(source, struct moniker_source, source);

    return moniker_return(monikers->list.monikers[index], S_OK, (IMoniker **)out);
}

static void moniker_source_destroy(struct enumerator_source *source)
{
    struct moniker_source *monikers = LIST_ENTRY_OF(source, struct moniker_source, source);

    moniker_list_free(&monikers->list);
    free(monikers);
}

ENUMERATOR_CLASS_UNCOUNTED(enum_moniker, IEnumMoniker, IMoniker)

HRESULT moniker_enumerator_create(IMoniker *const *monikers, ULONG count, BOOL forward,
        IEnumMoniker **out)
{
    struct moniker_source *source = calloc(1, sizeof(*source));
    HRESULT hr = source ? S_OK : E_OUTOFMEMORY;

    *out = NULL;
    for (ULONG i = 0; i < count && SUCCEEDED(hr); i++)
        hr = moniker_list_append(&source->list, monikers[forward ? i : count - 1 - i]);
    if (FAILED(hr))
    {
        if (source)
            moniker_source_destroy(&source->source);
        return hr;
    }
    enumerator_source_init(&source->source, count, moniker_source_get, moniker_source_destroy);
    return enumerator_create(&source->source, &enum_moniker_class, &enum_moniker_vtbl,
            (void **)out);
}
