/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of a class: CLSID\{clsid}\Verb\<number> = "name, menu flags, attributes".
 * desktop-src/com/verb */
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <ole2.h>

#include "array.h"
#include "class_registry.h"
#include "enumerator.h"
#include "list.h"
#include "ole_registration.h"

#define VERBS_MAX 1000

struct verb_source
{
    struct enumerator_source source;
    OLEVERB *verbs; /* malloc; so are their names */
    ULONG count, room;
};

static void verbs_destroy(struct enumerator_source *source)
{
    struct verb_source *verbs = LIST_ENTRY_OF(source, struct verb_source, source);

    for (ULONG i = 0; i < verbs->count; i++)
        free(verbs->verbs[i].lpszVerbName);
    free(verbs->verbs);
    free(verbs);
}

static HRESULT verb_get(struct enumerator_source *source, ULONG index, void **out)
{
    struct verb_source *verbs = LIST_ENTRY_OF(source, struct verb_source, source);
    OLEVERB verb = verbs->verbs[index];
    size_t size = (wcslen(verb.lpszVerbName) + 1) * sizeof(WCHAR);
    WCHAR *name = CoTaskMemAlloc(size);

    if (!name)
        return E_OUTOFMEMORY;
    memcpy(name, verb.lpszVerbName, size);
    verb.lpszVerbName = name;
    memcpy(out, &verb, sizeof(verb));
    return S_OK;
}

/* Cuts the last field off and returns its number; 0: there is none. */
static DWORD last_number_take(WCHAR *text)
{
    WCHAR *comma = wcsrchr(text, ',');

    if (!comma)
        return 0;
    *comma = 0;
    return wcstoul(comma + 1, NULL, 0);
}

static int __cdecl verb_compare(const void *first, const void *second)
{
    LONG one = ((const OLEVERB *)first)->lVerb, other = ((const OLEVERB *)second)->lVerb;

    return (one > other) - (one < other);
}

/* Adds the verb of a subkey, if it is one: named by a number, with a text. */
static HRESULT verb_add(struct verb_source *verbs, HKEY parent, const WCHAR *name)
{
    WCHAR *end, *text = NULL;
    OLEVERB verb = {0};
    HKEY key;

    verb.lVerb = wcstol(name, &end, 10);
    if (end == name || *end || RegOpenKeyExW(parent, name, 0, KEY_READ, &key))
        return S_OK;
    text = registry_read_string(key, NULL, NULL);
    RegCloseKey(key);
    if (!text)
        return S_OK;
    if (!array_grow(&verbs->verbs, verbs->count, &verbs->room, sizeof(verb)))
    {
        free(text);
        return E_OUTOFMEMORY;
    }
    verb.grfAttribs = last_number_take(text);
    verb.fuFlags = last_number_take(text);
    verb.lpszVerbName = text;
    verbs->verbs[verbs->count++] = verb;
    return S_OK;
}

static HRESULT verbs_read(struct verb_source *verbs, HKEY key)
{
    HRESULT hr = S_OK;

    for (DWORD i = 0; SUCCEEDED(hr) && verbs->count < VERBS_MAX; i++)
    {
        WCHAR name[256];
        DWORD length = ARRAY_SIZE(name);

        if (RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        hr = verb_add(verbs, key, name);
    }
    if (verbs->count)
        qsort(verbs->verbs, verbs->count, sizeof(*verbs->verbs), verb_compare);
    return hr;
}

ENUMERATOR_VALUES(enum_verb, IEnumOLEVERB, OLEVERB)

/*
 * OleRegEnumVerbs: the verbs of a class as they are registered now, the smallest number first;
 * their names are for CoTaskMemFree. S_OK, OLEOBJ_E_NOVERBS, REGDB_E_CLASSNOTREG,
 * REGDB_E_READREGDB, E_INVALIDARG, E_OUTOFMEMORY. ole2/nf-ole2-oleregenumverbs
 */
HRESULT WINAPI OleRegEnumVerbs(REFCLSID clsid, IEnumOLEVERB **out)
{
    struct verb_source *verbs;
    HRESULT hr;
    LONG error;
    HKEY key;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!clsid)
        return E_INVALIDARG;
    if (FAILED(hr = ole_class_must_exist(clsid)))
        return hr;
    error = ole_class_key_open(clsid, L"\\Verb", KEY_READ, &key);
    if (error)
        return error == ERROR_FILE_NOT_FOUND ? OLEOBJ_E_NOVERBS : REGDB_E_READREGDB;
    if ((verbs = calloc(1, sizeof(*verbs))))
        hr = verbs_read(verbs, key);
    RegCloseKey(key);
    if (!verbs)
        return E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && !verbs->count)
        hr = OLEOBJ_E_NOVERBS;
    enumerator_source_init(&verbs->source, verbs->count, verb_get, verbs_destroy);
    verbs->source.value_size = sizeof(OLEVERB);
    if (SUCCEEDED(hr))
        return enumerator_create(&verbs->source, &enum_verb_class, &enum_verb_vtbl, (void **)out);
    verbs_destroy(&verbs->source);
    return hr;
}
