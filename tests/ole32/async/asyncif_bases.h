/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_ASYNCIF_BASES_H
#define CONCIERGE_ASYNCIF_BASES_H

#include <oaidl.h>
#include <objidl.h>

#endif
