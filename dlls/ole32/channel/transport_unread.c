/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport_parts.h"

void transport_unread(const void *head, DWORD head_size, const void *body, DWORD body_size)
{
    BYTE *answer;

    if (!transport_handlers->unread || (UINT64)head_size + body_size > TRANSPORT_MESSAGE_MAX
            || !(answer = HeapAlloc(GetProcessHeap(), 0, (SIZE_T)head_size + body_size + 1)))
        return;
    if (head_size)
        memcpy(answer, head, head_size);
    if (body_size)
        memcpy(answer + head_size, body, body_size);
    transport_handlers->unread(answer, head_size + body_size);
    HeapFree(GetProcessHeap(), 0, answer);
}
