/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The routines of the three arrays: property_wire.h. */
#include "property_wire.h"

#include <rpc.h>
#include <string.h>

#include "user_functions.h"

#define PENDING ((LPOLESTR)1) /* read later, as in property_values.c */
#define SPEC_LEAST 8          /* bytes in a message */

/* A text that follows; what was PENDING is text then, or NULL after a failure. */
static LPOLESTR text_get(struct user_wire *wire, LPOLESTR pending)
{
    return pending && !wire->failure ? property_get_text(wire, sizeof(WCHAR)) : NULL;
}

/* ---- PROPSPEC: by ID or by name; of other kinds there is no more than that ---- */

static void specs_put(struct user_wire *wire, const PROPSPECS *array)
{
    wire_put_long(wire, array->count);
    for (ULONG i = 0; i < array->count; i++)
    {
        const PROPSPEC *spec = &array->elements[i];

        wire_put_long(wire, spec->ulKind);
        wire_put_long(wire, spec->ulKind);
        if (spec->ulKind == PRSPEC_PROPID)
            wire_put_long(wire, spec->propid);
        else if (spec->ulKind == PRSPEC_LPWSTR)
            wire_put_pointer(wire, spec->lpwstr != NULL);
    }
    for (ULONG i = 0; i < array->count; i++)
    {
        if (array->elements[i].ulKind == PRSPEC_LPWSTR && array->elements[i].lpwstr)
            property_put_text(wire, array->elements[i].lpwstr, sizeof(WCHAR));
    }
}

static void specs_release(struct user_wire *wire, PROPSPECS *array)
{
    (void)wire;
    for (ULONG i = 0; array->elements && i < array->count; i++)
    {
        if (array->elements[i].ulKind == PRSPEC_LPWSTR)
            CoTaskMemFree(array->elements[i].lpwstr);
    }
    CoTaskMemFree(array->elements);
    memset(array, 0, sizeof(*array));
}

static void spec_get(struct user_wire *wire, PROPSPEC *spec)
{
    ULONG kind = wire_get_long(wire);

    if (wire_get_long(wire) != kind)
        wire_bad(wire);
    if (kind == PRSPEC_PROPID)
        spec->propid = wire_get_long(wire);
    else if (kind == PRSPEC_LPWSTR && wire_get_long(wire))
        spec->lpwstr = PENDING;
    spec->ulKind = kind;
}

static void specs_get(struct user_wire *wire, PROPSPECS *array)
{
    array->count = wire_get_long(wire);
    array->received = TRUE;
    array->elements = property_get_room(wire, array->count, sizeof(*array->elements), SPEC_LEAST);
    for (ULONG i = 0; array->elements && i < array->count; i++)
        spec_get(wire, &array->elements[i]);
    for (ULONG i = 0; array->elements && i < array->count; i++)
    {
        if (array->elements[i].ulKind == PRSPEC_LPWSTR)
            array->elements[i].lpwstr = text_get(wire, array->elements[i].lpwstr);
    }
    if (wire->failure)
        specs_release(wire, array);
}

/* ---- names ---- */

static void names_put(struct user_wire *wire, const PROPNAMES *array)
{
    wire_put_long(wire, array->count);
    for (ULONG i = 0; i < array->count; i++)
        wire_put_pointer(wire, array->elements[i] != NULL);
    for (ULONG i = 0; i < array->count; i++)
    {
        if (array->elements[i])
            property_put_text(wire, array->elements[i], sizeof(WCHAR));
    }
}

static void names_release(struct user_wire *wire, PROPNAMES *array)
{
    (void)wire;
    for (ULONG i = 0; array->elements && i < array->count; i++)
        CoTaskMemFree(array->elements[i]);
    CoTaskMemFree(array->elements);
    memset(array, 0, sizeof(*array));
}

static void names_get(struct user_wire *wire, PROPNAMES *array)
{
    array->count = wire_get_long(wire);
    array->received = TRUE;
    array->elements =
            property_get_room(wire, array->count, sizeof(*array->elements), sizeof(DWORD));
    for (ULONG i = 0; array->elements && i < array->count; i++)
        array->elements[i] = wire_get_long(wire) ? PENDING : NULL;
    for (ULONG i = 0; array->elements && i < array->count; i++)
        array->elements[i] = text_get(wire, array->elements[i]);
    if (wire->failure)
        names_release(wire, array);
}

/* ---- PROPVARIANT ---- */

static void values_put(struct user_wire *wire, const PROPVARIANTS *array)
{
    wire_put_long(wire, array->count);
    property_values_put(wire, array->elements, array->count);
}

static void values_release(struct user_wire *wire, PROPVARIANTS *array)
{
    (void)wire;
    property_values_free(array);
}

static void values_get(struct user_wire *wire, PROPVARIANTS *array)
{
    array->count = wire_get_long(wire);
    property_values_get(wire, array);
    if (wire->failure)
        values_release(wire, array);
}

/* clang-format off */
USER_FUNCTIONS_NAMED(PROPSPECS, PROPSPECS, , WIRE_PLAIN, specs_put, specs_get, specs_release)
USER_FUNCTIONS_NAMED(PROPVARIANTS, PROPVARIANTS, , WIRE_PLAIN, values_put, values_get,
        values_release)
USER_FUNCTIONS_NAMED(PROPNAMES, PROPNAMES, , WIRE_PLAIN, names_put, names_get, names_release)
/* clang-format on */
