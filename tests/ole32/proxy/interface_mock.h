/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mock objects for the interfaces of idl/core.idl and its kin, and the checks of their proxies. The
 * objects live in another apartment, of this process or another; their methods compare what arrives
 * with what the checks send and answer with what the checks expect. A difference comes back as the
 * method's result: MOCK_WRONG and the line.
 */
#ifndef CONCIERGE_TESTS_PROXY_MOCK_H
#define CONCIERGE_TESTS_PROXY_MOCK_H

#include <windows.h>
#include <initguid.h>
#include <objbase.h>
#include <comcat.h>
#include <oleidl.h>
#include <ocidl.h>
#include <servprov.h>
#include <urlmon.h>

#include "tap.h"

/* Seen by both sides; in a section when they are two processes. */
struct mock_control
{
    volatile LONG alive;  /* mock objects, of both sides */
    volatile LONG blocks; /* of task memory, of both sides, when their spies are in place */
    volatile LONG result; /* but for 0 what every method of a mock returns at once */
    volatile LONG locks;  /* of the class factory */
    volatile LONG notified, wrong; /* notifications of sinks: as expected, and otherwise */
};

extern struct mock_control *mock_control;

struct mock_class
{
    const IID *iids[4]; /* the interface first, then those it inherits from */
    const void *vtbl;
};

struct mock
{
    IUnknown iface;          /* of the class's type */
    IPersist IPersist_iface; /* tells the token, for every class */
    const struct mock_class *class;
    volatile LONG references;
    DWORD token;
    IUnknown *kept;      /* what a method was given */
    IUnknown *marshaler; /* the free-threaded one, if the object has it */
    ULONG position;
};

#define MOCK_WRONG ((HRESULT)0xa0040000)
#define MOCK_TOKEN 0x1000 /* of objects from the class factory */

/* At the beginning of each method. */
#define MOCK_ENTER(object)                                                                         \
    struct mock *mock = (struct mock *)(object);                                                   \
                                                                                                   \
    (void)mock;                                                                                    \
    if (mock_control->result)                                                                      \
    return mock_control->result
#define EXPECT(condition)                                                                          \
    do                                                                                             \
    {                                                                                              \
        if (!(condition))                                                                          \
            return MOCK_WRONG + __LINE__;                                                          \
    } while (0)
#define MOCK_UNKNOWN (void *)mock_QueryInterface, (void *)mock_AddRef, (void *)mock_Release

HRESULT STDMETHODCALLTYPE mock_QueryInterface(IUnknown *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE mock_AddRef(IUnknown *iface);
ULONG STDMETHODCALLTYPE mock_Release(IUnknown *iface);
HRESULT STDMETHODCALLTYPE mock_GetClassID(IPersist *iface, CLSID *clsid);

/* Classes of a test's own, ended by one without vtbl; NULL. */
extern const struct mock_class *mock_more_classes;

/* A new object of this interface, with one reference; NULL: no such mock. */
void *mock_create(REFIID iid, DWORD token);
/* The same, which marshals itself free-threaded. */
void *mock_create_agile(REFIID iid, DWORD token);
/* The token of a mock or of a proxy of one; 0. */
DWORD token_of(void *object);
/* CLSIDs and other GUIDs made of a number. */
GUID guid_of(DWORD number);
BOOL is_guid_of(const GUID *guid, DWORD number);

BOOL same_text(const WCHAR *one, const WCHAR *two);
/* Some 70,000 characters, or as many as it is told before the first use; always the same. */
extern unsigned int mock_text_length;
const WCHAR *long_text(void);
WCHAR *text_copy(const WCHAR *text); /* in task memory */
void pattern_fill(BYTE *data, ULONG size);
BOOL pattern_is(const BYTE *data, ULONG size);

/* From now on the process's blocks of task memory are counted. */
void mock_spy_register(void);

/* The checks, each through an object made by the proxy of a class factory. They are called in an
 * apartment which serves calls while it waits. */
void check_class_factory(IClassFactory *factory);
void check_enumerators(IClassFactory *factory);
void check_streams(IClassFactory *factory);
void check_persistence(IClassFactory *factory);
void check_monikers(IClassFactory *factory);
void check_binding(IClassFactory *factory);
void check_services(IClassFactory *factory);
void check_error_objects(IClassFactory *factory);
void check_documents(IClassFactory *factory);
void check_sinks(IClassFactory *factory);
void check_storages(IClassFactory *factory);
void check_data_objects(IClassFactory *factory);
void check_views(IClassFactory *factory);
void check_objects(IClassFactory *factory);
void check_in_place(IClassFactory *factory);
void check_categories(IClassFactory *factory);
void check_properties(IClassFactory *factory);
void check_all(IClassFactory *factory);

extern const struct mock_class class_factory_classes[], enumerator_classes[], stream_classes[],
        persistence_classes[], moniker_classes[], binding_classes[], service_classes[],
        error_object_classes[], document_classes[], sink_classes[], storage_classes[],
        data_object_classes[], view_classes[], object_classes[], in_place_classes[],
        category_classes[], property_classes[];

/* Releases an object of this side: nobody else has a reference. What the other side gives back may
 * come a little after its call has returned. */
void check_released(void *object, const char *what);

/* A proxy of a new object on the other side; NULL and a failed test. */
void *remote_create(IClassFactory *factory, REFIID iid, const char *name);

#endif
