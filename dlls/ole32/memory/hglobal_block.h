/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes in an HGLOBAL, shared by a stream and its clones, or owned by one ILockBytes.
 *
 * The handle may have room beyond the bytes, as long as nobody outside knows the handle; when it is
 * asked for, and when the caller gets it back at the end, it is as large as the contents.
 */
#ifndef CONCIERGE_HGLOBAL_BLOCK_H
#define CONCIERGE_HGLOBAL_BLOCK_H

#include <windows.h>

/* What a block can hold, in bytes: a ULONG's worth. */
#define HGLOBAL_BLOCK_MAX 0xffffffffu

struct hglobal_block
{
    LONG references;
    SRWLOCK lock;   /* guards all below, and the positions of the streams on the block */
    HGLOBAL handle; /* NULL: not yet allocated */
    SIZE_T room;    /* the handle's size, as far as only we change it */
    SIZE_T size;    /* of the contents, in bytes */
    BOOL exposed;   /* someone else knows the handle */
    BOOL delete_on_release;
};

/* A block with one reference; `handle` NULL for a new one, empty. NULL when out of memory. */
struct hglobal_block *hglobal_block_create(HGLOBAL handle, BOOL delete_on_release);
void hglobal_block_addref(struct hglobal_block *block);
void hglobal_block_release(struct hglobal_block *block);

/* GetHGlobalFrom…: the handle for the world outside. S_OK; E_INVALIDARG: no block, or no place for
 * it; E_OUTOFMEMORY. */
HRESULT hglobal_block_handle(struct hglobal_block *block, HGLOBAL *handle);

/* The rest is called under the block's lock. */

/* Copies at most `size` bytes from `offset` on; how many, 0 at and behind the end. */
ULONG hglobal_block_read(const struct hglobal_block *block, ULONGLONG offset, void *buffer,
        ULONG size);

/* Writes all or nothing. The block grows, what lies between its end and `offset` becomes zero.
 * S_OK, E_OUTOFMEMORY, STG_E_MEDIUMFULL. */
HRESULT hglobal_block_write(struct hglobal_block *block, ULONGLONG offset, const void *data,
        ULONG size);

/* Writes `size` bytes that are in the block at `from`; the ranges may overlap. */
HRESULT hglobal_block_copy(struct hglobal_block *block, ULONGLONG from, ULONGLONG to, ULONG size);

/* Cuts off, or adds zeros. S_OK, E_OUTOFMEMORY, STG_E_MEDIUMFULL. */
HRESULT hglobal_block_set_size(struct hglobal_block *block, ULONGLONG size);

#endif
