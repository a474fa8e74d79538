/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of the parts of monikers, and what is common to two of them. */
#include <stdlib.h>

#include "array.h"
#include "moniker_base.h"

HRESULT moniker_list_append(struct moniker_list *list, IMoniker *moniker)
{
    if (!array_grow(&list->monikers, list->count, &list->room, sizeof(*list->monikers)))
        return E_OUTOFMEMORY;
    list->monikers[list->count++] = moniker;
    IMoniker_AddRef(moniker);
    return S_OK;
}

/* Somebody else's composite tells its parts by IMoniker::Enum. */
static HRESULT list_add_enumerated(struct moniker_list *list, IMoniker *moniker)
{
    IEnumMoniker *parts = NULL;
    IMoniker *part;
    HRESULT hr = IMoniker_Enum(moniker, TRUE, &parts);

    if (FAILED(hr) || !parts)
        return moniker_list_append(list, moniker);
    while (SUCCEEDED(hr) && IEnumMoniker_Next(parts, 1, &part, NULL) == S_OK)
    {
        hr = moniker_list_append(list, part);
        IMoniker_Release(part);
    }
    IEnumMoniker_Release(parts);
    return hr;
}

HRESULT moniker_list_add(struct moniker_list *list, IMoniker *moniker)
{
    struct moniker *composite = moniker_of_kind(moniker, &composite_moniker_kind);
    IMoniker *const *parts;
    HRESULT hr = S_OK;
    ULONG count;

    if (!moniker)
        return S_OK;
    if (!composite)
        return moniker_system(moniker) == MKSYS_GENERICCOMPOSITE
                ? list_add_enumerated(list, moniker)
                : moniker_list_append(list, moniker);
    count = composite_parts(composite, &parts);
    for (ULONG i = 0; i < count && SUCCEEDED(hr); i++)
        hr = moniker_list_append(list, parts[i]);
    return hr;
}

/* One part on the right: the last one may take it in, or vanish with it; what that makes meets the
 * one before. */
static HRESULT list_compose_part(struct moniker_list *list, IMoniker *right)
{
    HRESULT hr = S_OK;

    IMoniker_AddRef(right);
    while (right && list->count)
    {
        IMoniker *last = list->monikers[list->count - 1], *composed = NULL;

        hr = IMoniker_ComposeWith(last, right, TRUE, &composed);
        if (FAILED(hr))
            break;
        list->count--;
        IMoniker_Release(last);
        IMoniker_Release(right);
        right = composed;
    }
    if (right && (SUCCEEDED(hr) || hr == MK_E_NEEDGENERIC))
        hr = moniker_list_add(list, right);
    if (right)
        IMoniker_Release(right);
    return hr;
}

HRESULT moniker_list_compose(struct moniker_list *list, IMoniker *right)
{
    struct moniker_list parts = {0};
    HRESULT hr = moniker_list_add(&parts, right);

    for (ULONG i = 0; i < parts.count && SUCCEEDED(hr); i++)
        hr = list_compose_part(list, parts.monikers[i]);
    moniker_list_free(&parts);
    return hr;
}

HRESULT moniker_list_compose_inverses(struct moniker_list *list, const struct moniker_list *parts,
        ULONG first)
{
    HRESULT hr = S_OK;

    for (ULONG i = parts->count; i > first && SUCCEEDED(hr); i--)
    {
        IMoniker *inverse = NULL;

        hr = IMoniker_Inverse(parts->monikers[i - 1], &inverse);
        if (FAILED(hr))
            break;
        if (inverse)
        {
            hr = moniker_list_compose(list, inverse);
            IMoniker_Release(inverse);
        }
    }
    return hr;
}

void moniker_list_free(struct moniker_list *list)
{
    for (ULONG i = 0; i < list->count; i++)
        IMoniker_Release(list->monikers[i]);
    free(list->monikers);
    *list = (struct moniker_list){0};
}

static ULONG parts_in_common(const struct moniker_list *one, const struct moniker_list *other)
{
    ULONG i = 0;

    while (i < one->count && i < other->count
            && IMoniker_IsEqual(one->monikers[i], other->monikers[i]) == S_OK)
        i++;
    return i;
}

/* The first parts that differ may have a beginning in common, as the paths of files have. */
static HRESULT prefix_of_lists(struct moniker_list *one, struct moniker_list *other, ULONG common,
        IMoniker **out)
{
    struct moniker_list prefix = {0};
    IMoniker *beginning = NULL;
    HRESULT hr = S_OK;

    for (ULONG i = 0; i < common && SUCCEEDED(hr); i++)
        hr = moniker_list_append(&prefix, one->monikers[i]);
    if (SUCCEEDED(hr) && common < one->count && common < other->count
            && moniker_of_kind(one->monikers[common], &file_moniker_kind)
            && moniker_of_kind(other->monikers[common], &file_moniker_kind)
            && SUCCEEDED(IMoniker_CommonPrefixWith(one->monikers[common], other->monikers[common],
                    &beginning))
            && beginning)
    {
        hr = moniker_list_append(&prefix, beginning);
        IMoniker_Release(beginning);
    }
    if (SUCCEEDED(hr))
        hr = composite_from_parts(prefix.monikers, prefix.count, out);
    moniker_list_free(&prefix);
    return hr;
}

static HRESULT lists_make(struct moniker_list *mine, IMoniker *self, struct moniker_list *its,
        IMoniker *other)
{
    HRESULT hr = moniker_list_add(mine, self);

    return SUCCEEDED(hr) ? moniker_list_add(its, other) : hr;
}

/*
 * MonikerCommonPrefixWith: the beginning that two monikers have in common, for implementations of
 * IMoniker::CommonPrefixWith. S_OK; MK_S_US, MK_S_ME and MK_S_HIM when it is both, the first or the
 * second as a whole; MK_E_NOPREFIX; E_INVALIDARG, E_OUTOFMEMORY.
 * objbase/nf-objbase-monikercommonprefixwith
 */
HRESULT WINAPI MonikerCommonPrefixWith(IMoniker *self, IMoniker *other, IMoniker **out)
{
    struct moniker_list mine = {0}, its = {0};
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!self || !other)
        return MK_E_NOPREFIX;
    hr = lists_make(&mine, self, &its, other);
    /* Two simple ones came here by their own methods, and have nothing in common. */
    if (SUCCEEDED(hr) && (mine.count > 1 || its.count > 1))
    {
        ULONG common = parts_in_common(&mine, &its);

        hr = prefix_of_lists(mine.count > 1 ? &mine : &its, mine.count > 1 ? &its : &mine, common,
                out);
        if (SUCCEEDED(hr) && common == mine.count)
            hr = common == its.count ? MK_S_US : MK_S_ME;
        else if (SUCCEEDED(hr) && common == its.count)
            hr = MK_S_HIM;
    }
    if (SUCCEEDED(hr) && !*out)
        hr = MK_E_NOPREFIX;
    moniker_list_free(&mine);
    moniker_list_free(&its);
    return hr;
}

/* Up from one to what is common, and down to the other. The first parts that differ know best how
 * to get from one to the other. */
static HRESULT path_between(struct moniker_list *one, struct moniker_list *other, ULONG common,
        IMoniker **out)
{
    struct moniker_list path = {0};
    IMoniker *between = NULL;
    HRESULT hr = S_OK;

    if (!common && one->count && other->count)
    {
        hr = IMoniker_RelativePathTo(one->monikers[0], other->monikers[0], &between);
        common = 1;
    }
    if (hr == S_OK)
        hr = moniker_list_compose_inverses(&path, one, common);
    if (hr == S_OK && between)
        hr = moniker_list_compose(&path, between);
    for (ULONG i = common; i < other->count && hr == S_OK; i++)
        hr = moniker_list_compose(&path, other->monikers[i]);
    if (hr == S_OK)
        hr = composite_from_parts(path.monikers, path.count, out);
    if (between)
        IMoniker_Release(between);
    moniker_list_free(&path);
    return hr;
}

/*
 * MonikerRelativePathTo: what composed to the right of the first moniker makes the second, for
 * implementations of IMoniker::RelativePathTo. S_OK; MK_S_HIM: they have nothing in common, and it
 * is the second; MK_E_NOTBINDABLE: the first is relative; the errors of IMoniker::Inverse;
 * E_INVALIDARG, E_OUTOFMEMORY. objbase/nf-objbase-monikerrelativepathto
 */
HRESULT WINAPI MonikerRelativePathTo(IMoniker *source, IMoniker *destination, IMoniker **out,
        BOOL reserved)
{
    struct moniker_list one = {0}, other = {0};
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!source || !destination || !reserved)
        return E_INVALIDARG;
    hr = lists_make(&one, source, &other, destination);
    if (SUCCEEDED(hr) && one.count == 1 && other.count == 1)
        hr = MK_S_HIM; /* simple ones came here by their own methods */
    else if (SUCCEEDED(hr))
        hr = path_between(&one, &other, parts_in_common(&one, &other), out);
    if (hr == MK_S_HIM)
        hr = moniker_return(destination, hr, out);
    moniker_list_free(&one);
    moniker_list_free(&other);
    return hr;
}
