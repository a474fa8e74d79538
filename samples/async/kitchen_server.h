/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KITCHEN_SERVER_H
#define KITCHEN_SERVER_H

#include <stdlib.h>
#include <windows.h>
#include <objbase.h>

#include "kitchen.h"

/* The object, with call objects. */
extern IKitchen kitchen;

/* A call object, aggregated unless outer is NULL. */
HRESULT order_create(IUnknown *outer, IUnknown **out);

ULONG dish_price(const WCHAR *dish);

/* The server ends when it has no object any more. */
void server_object_made(void);
void server_object_gone(void);

/* Writes, or removes, what the registry has to say. */
HRESULT kitchen_register(BOOL remove);

#endif
