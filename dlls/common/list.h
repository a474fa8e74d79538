/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Circular doubly linked lists, the links inside the elements. */
#ifndef CONCIERGE_LIST_H
#define CONCIERGE_LIST_H

#include <stddef.h>
#include <windows.h>

struct list
{
    struct list *next, *prev;
};

/* An empty list, or an element that is in none. */
static inline void list_init(struct list *list)
{
    list->next = list->prev = list;
}

static inline BOOL list_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_add_tail(struct list *list, struct list *element)
{
    element->next = list;
    element->prev = list->prev;
    list->prev->next = element;
    list->prev = element;
}

/* Takes the element out of its list; harmless for one that is in none. */
static inline void list_remove(struct list *element)
{
    element->next->prev = element->prev;
    element->prev->next = element->next;
    list_init(element);
}

#define LIST_ENTRY_OF(element, type, member) ((type *)((char *)(element)-offsetof(type, member)))

#define LIST_FOR_EACH(cursor, list, type, member)                                                  \
    for ((cursor) = LIST_ENTRY_OF((list)->next, type, member); &(cursor)->member != (list);        \
            (cursor) = LIST_ENTRY_OF((cursor)->member.next, type, member))

/* The same, and the body may remove the cursor. */
#define LIST_FOR_EACH_SAFE(cursor, following, list, type, member)                                  \
    for ((cursor) = LIST_ENTRY_OF((list)->next, type, member),                                     \
        (following) = LIST_ENTRY_OF((cursor)->member.next, type, member);                          \
            &(cursor)->member != (list); (cursor) = (following),                                   \
        (following) = LIST_ENTRY_OF((cursor)->member.next, type, member))

#endif
