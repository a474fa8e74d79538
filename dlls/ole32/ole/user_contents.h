/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contents of handles in messages. What is read is a new object with the same contents, or
 * within a process the handle itself; NULL after a failure. Nothing is read that could not have
 * been written: sizes agree with each other, and records lie within their file.
 */
#ifndef CONCIERGE_USER_CONTENTS_H
#define CONCIERGE_USER_CONTENTS_H

#include "user_wire.h"

#include <ole2.h>

void global_put(struct user_wire *wire, HGLOBAL memory);
HGLOBAL global_get(struct user_wire *wire);
void bitmap_put(struct user_wire *wire, HBITMAP bitmap);
HBITMAP bitmap_get(struct user_wire *wire);
void palette_put(struct user_wire *wire, HPALETTE palette);
HPALETTE palette_get(struct user_wire *wire);
void metafile_put(struct user_wire *wire, HMETAFILE metafile);
HMETAFILE metafile_get(struct user_wire *wire);
void picture_put(struct user_wire *wire, HMETAFILEPICT picture);
HMETAFILEPICT picture_get(struct user_wire *wire);
void enhanced_put(struct user_wire *wire, HENHMETAFILE metafile);
HENHMETAFILE enhanced_get(struct user_wire *wire);

/* Frees a picture: its memory and its metafile. */
void picture_free(HMETAFILEPICT picture);

#endif
