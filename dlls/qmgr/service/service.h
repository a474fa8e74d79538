/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pieces of the service itself. */
#ifndef CONCIERGE_QMGR_SERVICE_H
#define CONCIERGE_QMGR_SERVICE_H

#include <windows.h>
#include <objbase.h>

/* class_factory.c: the one factory, static. Makes managers, for every CLSID of bits_classes. */
extern IClassFactory bits_class_factory;

/* class_objects.c: makes the classes reachable for clients, through bitsact.exe where that is
 * installed, else by CoRegisterClassObject. */
HRESULT class_objects_publish(void);
void class_objects_revoke(void);

/* service_main.c: the service stops, and takes no more clients: one that was just coming in is to
 * be sent away, to start it again. Takes the queue's lock. An object that was made before it was
 * asked counts as somebody who is there: the answer holds for that object's life. */
BOOL service_is_closed(void);

/* start_type.c: "BITS Startup Type": automatic while there are jobs, on demand while there are
 * none. */
void start_type_update(BOOL have_jobs);

/* registry.c */
HRESULT registry_register(void);
HRESULT registry_unregister(void);

#endif
