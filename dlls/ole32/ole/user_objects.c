/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles whose contents are copied between processes, as arguments of their own. Within a process
 * the handle itself goes, and stays the sender's.
 */
#include "user_contents.h"
#include "user_functions.h"

#define OBJECT_FUNCTIONS(type, contents, free_function)                                            \
    static void contents##_argument_put(struct user_wire *wire, const type *value)                 \
    {                                                                                              \
        contents##_put(wire, *value);                                                              \
    }                                                                                              \
    static void contents##_argument_get(struct user_wire *wire, type *value)                       \
    {                                                                                              \
        *value = contents##_get(wire);                                                             \
    }                                                                                              \
    static void contents##_argument_free(struct user_wire *wire, type *value)                      \
    {                                                                                              \
        if (!wire->in_place && *value)                                                             \
            free_function(*value);                                                                 \
    }                                                                                              \
    USER_FUNCTIONS(type, contents##_argument_put, contents##_argument_get, contents##_argument_free)

/* clang-format off */
OBJECT_FUNCTIONS(HGLOBAL, global, GlobalFree)
OBJECT_FUNCTIONS(HBITMAP, bitmap, DeleteObject)
OBJECT_FUNCTIONS(HPALETTE, palette, DeleteObject)
OBJECT_FUNCTIONS(HMETAFILE, metafile, DeleteMetaFile)
OBJECT_FUNCTIONS(HMETAFILEPICT, picture, picture_free)
OBJECT_FUNCTIONS(HENHMETAFILE, enhanced, DeleteEnhMetaFile)
USER_FUNCTIONS_NAMED(HPALETTE, HPALETTE, Ext, WIRE_PLAIN, palette_argument_put,
        palette_argument_get, palette_argument_free)
