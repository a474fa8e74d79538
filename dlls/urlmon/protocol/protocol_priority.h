/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IInternetPriority of a protocol that only keeps the number, written once: a member of the object.
 * Page "IInternetPriority interface" (platform-apis/ms775079).
 */
#ifndef CONCIERGE_PROTOCOL_PRIORITY_H
#define CONCIERGE_PROTOCOL_PRIORITY_H

#include <urlmon.h>

#include "com_aggregate.h"

struct protocol_priority
{
    IInternetPriority IInternetPriority_iface;
    const struct com_inner *com; /* of the object */
    volatile LONG value;         /* THREAD_PRIORITY_* */
};

/* `com` is the object's, already initialized. */
void protocol_priority_init(struct protocol_priority *priority, const struct com_inner *com);

/* The object's row for com_inner_class.interfaces; `member` is its protocol_priority. */
#define PROTOCOL_PRIORITY_ROW(type, member)                                                        \
    {                                                                                              \
        &IID_IInternetPriority, offsetof(type, member.IInternetPriority_iface)                     \
    }

#endif
