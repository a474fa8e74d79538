/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_server.dll: an in-process server of any class and threading model, which tells where its
 * objects live. Tests copy it under other names and register it as they like.
 */
#ifndef CONCIERGE_TESTS_TEST_SERVER_H
#define CONCIERGE_TESTS_TEST_SERVER_H

#include <windows.h>
#include <objbase.h>

/* The class that DllGetClassObject refuses with CLASS_E_CLASSNOTAVAILABLE; it has every other. */
#define REFUSED_CLASS_DATA1 0x0badc1a5

/* An interface of the objects that nobody has a proxy for. */
static const IID IID_NotMarshalled = {0x7e57c1a5, 1, 0, {0, 0, 0, 0, 0, 0, 0, 1}};

/* What IPersist::GetClassID of an object answers, by way of a GUID. */
union object_place
{
    GUID guid;
    struct
    {
        DWORD thread;  /* the thread that executes */
        WORD type;     /* APTTYPE */
        WORD class;    /* the low half of the Data1 of the CLSID that DllGetClassObject got */
        UINT64 object; /* the address of the object */
    } is;
};

/* Exported by the DLL, by these names, for a test that has it loaded. */
typedef void(WINAPI *server_set_unload_t)(HRESULT result); /* what DllCanUnloadNow answers;
                                                            * E_PENDING: by its objects */
typedef LONG(WINAPI *server_objects_t)(void);

#endif
