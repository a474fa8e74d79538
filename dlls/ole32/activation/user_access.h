/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Users: whose processes the broker serves, who may open what has a name, and whose an object with
 * a name is. Another user's class objects and running objects are out of reach in both directions.
 */
#ifndef CONCIERGE_USER_ACCESS_H
#define CONCIERGE_USER_ACCESS_H

#include <windows.h>

struct user_sid
{
    union
    {
        SID sid;
        BYTE room[SECURITY_MAX_SID_SIZE];
    };
};

/* The user of a token, by a handle with TOKEN_QUERY. FALSE: that cannot be told. */
BOOL user_of_token(HANDLE token, struct user_sid *user);

/* Whether a process of the user `own` serves one of the user `other`: the same user, or the
 * system's account for itself or for services. */
BOOL user_is_served(PSID own, PSID other);

/* The same for this process's user and another process, by a handle with
 * PROCESS_QUERY_LIMITED_INFORMATION. FALSE also when that cannot be told. */
BOOL user_process_is_served(HANDLE process);

/* For objects with names: all rights for this process's user, who is the owner, and for the
 * system's accounts; none for anybody else. For the life of the process. Without memory: for
 * nobody. */
SECURITY_ATTRIBUTES *user_object_access(void);

/* All rights for this process's user and none for anybody else. NULL: no memory; else LocalFree. */
PSECURITY_DESCRIPTOR user_only_access(void);

/* Whether an object, by a handle with READ_CONTROL, was made by somebody who is served: one that
 * another user has given the name is not taken. */
BOOL user_object_is_served(HANDLE object);

#endif
