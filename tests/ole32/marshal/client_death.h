/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MARSHAL_CLIENT_DEATH_H
#define MARSHAL_CLIENT_DEATH_H

/* How many objects client.exe has made for it. */
#define OBJECTS_MADE 200

#endif
