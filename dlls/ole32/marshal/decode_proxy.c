/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CoDecodeProxy: where the object behind a proxy is, for debuggers. The tables of proxies and stubs
 * are read in the memory of the processes, which need not run and are not asked; each of their
 * threads that uses COM says in its thread environment block where the tables are.
 */
#include "decode_proxy.h"

#include <stddef.h>
#include <string.h>
#include <tlhelp32.h>
#include <winternl.h>

#include "com_thread.h"
#include "not_implemented.h"
#include "proxy_manager.h"
#include "stub_manager_impl.h"

#define THREAD_OF_NTA 0xffff
#define BUCKETS_MAX 0x1000000
#define CHAIN_MAX 0x1000000 /* a table that is being changed may have a ring in it */

/* Processes with another one have structures that are laid out differently. */
#define LAYOUT                                                                                     \
    ((UINT32)(sizeof(void *) | offsetof(struct proxy_manager, interfaces) << 4                     \
            | sizeof(struct interface_proxy) << 14 | offsetof(struct stub_manager, oid) << 22))

const struct decode_tables decode_tables = {.mark = OLE_TLS_MARK,
        .layout = LAYOUT,
        .proxies = &managers_by_object,
        .stubs = &stubs_by_ipid};

/* ThreadBasicInformation. */
struct thread_basic_information
{
    NTSTATUS status;
    void *teb;
    HANDLE process_id, thread_id;
    ULONG_PTR affinity;
    LONG priority, base_priority;
};

/* --- memory of a process --- */

/* NULL: of this one, with the table's lock held. */
static BOOL memory_read(HANDLE process, const void *address, void *out, SIZE_T size)
{
    SIZE_T got = 0;

    if (!process)
    {
        memcpy(out, address, size);
        return TRUE;
    }
    return ReadProcessMemory(process, address, out, size, &got) && got == size;
}

/* The thread environment block, in the thread's process; NULL: unknown. */
static BYTE *thread_teb(HANDLE thread)
{
    NTSTATUS(NTAPI * query)(HANDLE, THREADINFOCLASS, void *, ULONG, ULONG *);
    struct thread_basic_information basic;

    query = (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationThread");
    return query && !query(thread, ThreadBasicInformation, &basic, sizeof(basic), NULL) ? basic.teb
                                                                                        : NULL;
}

/* Where a process's tables are, according to one of its threads. */
static BOOL thread_tables(HANDLE process, DWORD thread_id, struct decode_tables *tables)
{
    HANDLE thread = OpenThread(THREAD_QUERY_INFORMATION, FALSE, thread_id);
    struct ole_tls tls;
    BYTE *teb;
    BOOL found;
    void *ole;

    if (!thread)
        return FALSE;
    teb = thread_teb(thread);
    found = teb && memory_read(process, teb + offsetof(TEB, ReservedForOle), &ole, sizeof(ole))
            && ole && memory_read(process, ole, &tls, sizeof(tls)) && tls.error.mark == OLE_TLS_MARK
            && memory_read(process, (void *)(UINT_PTR)tls.tables, tables, sizeof(*tables))
            && tables->mark == OLE_TLS_MARK && tables->layout == LAYOUT;
    CloseHandle(thread);
    return found;
}

static BOOL process_tables(HANDLE process, DWORD process_id, struct decode_tables *tables)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    HANDLE threads;
    BOOL more, found = FALSE;

    *tables = decode_tables;
    if (!process)
        return TRUE;
    if ((threads = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0)) == INVALID_HANDLE_VALUE)
        return FALSE;
    for (more = Thread32First(threads, &entry); more && !found;
            more = Thread32Next(threads, &entry))
        found = entry.th32OwnerProcessID == process_id
                && thread_tables(process, entry.th32ThreadID, tables);
    CloseHandle(threads);
    return found;
}

/* S_OK, with NULL for this process; E_ACCESSDENIED, E_INVALIDARG (there is no such process);
 * E_NOTIMPL: a process of the other word size. */
static HRESULT process_open(DWORD process_id, HANDLE *process)
{
    WINBOOL own = FALSE, other = FALSE;

    *process = NULL;
    if (process_id == GetCurrentProcessId())
        return S_OK;
    if (!(*process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, process_id)))
        return HRESULT_FROM_WIN32(GetLastError());
    IsWow64Process(GetCurrentProcess(), &own);
    IsWow64Process(*process, &other);
    if (own == other)
        return S_OK;
    CloseHandle(*process);
    *process = NULL;
    return NOT_IMPLEMENTED();
}

/* --- tables --- */

/* Looks at one element, at `link`. TRUE: it is the one, and nothing more is looked at. */
typedef BOOL (*decode_visit)(HANDLE process, const struct hash_link *link, void *context);

static BOOL table_walk(HANDLE process, const struct hash_table *address, decode_visit visit,
        void *context)
{
    const struct hash_link *at, *link;
    struct hash_table table;
    ULONG steps = 0;

    if (!memory_read(process, address, &table, sizeof(table)) || table.bucket_count > BUCKETS_MAX)
        return FALSE;
    for (size_t i = 0; i < table.bucket_count; i++)
    {
        struct hash_link next;

        if (!memory_read(process, &table.buckets[i], &at, sizeof(at)))
            return FALSE;
        for (link = at; link && steps < CHAIN_MAX; link = next.next, steps++)
        {
            if (!memory_read(process, link, &next, sizeof(next)))
                return FALSE;
            if (visit(process, link, context))
                return TRUE;
        }
    }
    return FALSE;
}

/* --- the client's side --- */

struct proxy_search
{
    UINT64 address;
    /* What was found. */
    IPID ipid;
    OXID_VALUE oxid;
    BOOL local;    /* the object is in the proxy's process */
    BOOL identity; /* the interface is IUnknown */
};

/* Any interface of an object leads to its identity. */
static BOOL proxy_visit(HANDLE process, const struct hash_link *link, void *context)
{
    struct proxy_search *search = context;
    const struct interface_proxy *next;
    struct interface_proxy proxy;
    struct proxy_manager manager;
    ULONG steps = 0;

    if (!memory_read(process, (const BYTE *)link - offsetof(struct proxy_manager, object_link),
                &manager, sizeof(manager)))
        return FALSE;
    search->oxid = manager.oxid;
    search->local = manager.stub != NULL;
    search->identity = (UINT_PTR)manager.outer == search->address;
    for (next = manager.interfaces; next && steps < CHAIN_MAX; next = proxy.next, steps++)
    {
        if (!memory_read(process, next, &proxy, sizeof(proxy)))
            return FALSE;
        search->ipid = proxy.ipid;
        if (search->identity || (UINT_PTR)proxy.iface == search->address)
            return TRUE;
    }
    return FALSE;
}

/* --- the server's side --- */

struct stub_search
{
    const struct proxy_search *proxy;
    struct apartment apartment;
    UINT64 address;
};

static BOOL stub_visit(HANDLE process, const struct hash_link *link, void *context)
{
    struct stub_search *search = context;
    struct stub_manager manager;
    struct interface_stub stub;

    if (!memory_read(process, (const BYTE *)link - offsetof(struct interface_stub, ipid_link),
                &stub, sizeof(stub))
            || !IsEqualGUID(&stub.ipid, &search->proxy->ipid))
        return FALSE;
    if (!memory_read(process, stub.manager, &manager, sizeof(manager))
            || !memory_read(process, manager.apartment, &search->apartment,
                    sizeof(search->apartment)))
        return FALSE;
    search->address = (UINT_PTR)(search->proxy->identity ? manager.identity : stub.object);
    return search->address != 0;
}

/* --- both --- */

/* Looks through the proxies of a process, or its stubs. `missing`: nothing was found. */
static HRESULT process_walk(DWORD process_id, BOOL stubs, decode_visit visit, void *context,
        HRESULT missing)
{
    SRWLOCK *lock = stubs ? &stub_lock : &import_lock;
    struct decode_tables tables;
    HANDLE process;
    HRESULT hr = process_open(process_id, &process);
    BOOL found;

    if (FAILED(hr))
        return hr;
    if (!process)
        AcquireSRWLockShared(lock);
    found = process_tables(process, process_id, &tables)
            && table_walk(process, stubs ? tables.stubs : tables.proxies, visit, context);
    if (!process)
        ReleaseSRWLockShared(lock);
    else
        CloseHandle(process);
    return found ? S_OK : missing;
}

/*
 * CoDecodeProxy: the process, the thread (0: the MTA, 0xffff: the NTA) and the address of the
 * interface behind the one at `address` in a client process, both of this process's word size.
 * S_OK; RPC_E_INVALID_IPID: there is no proxy; RPC_E_DISCONNECTED: its object is gone;
 * E_INVALIDARG, E_ACCESSDENIED; E_NOTIMPL: the other word size.
 * combaseapi/nf-combaseapi-codecodeproxy
 */
HRESULT WINAPI CoDecodeProxy(DWORD process_id, UINT64 address, PServerInformation server)
{
    struct proxy_search proxy = {.address = address};
    struct stub_search stub = {.proxy = &proxy};
    HRESULT hr;

    if (!server)
        return E_INVALIDARG;
    memset(server, 0, sizeof(*server));
    if (!address)
        return RPC_E_INVALID_IPID;
    hr = process_walk(process_id, FALSE, proxy_visit, &proxy, RPC_E_INVALID_IPID);
    if (FAILED(hr))
        return hr;
    if (!proxy.local)
        process_id = process_of_oxid(proxy.oxid);
    hr = process_walk(process_id, TRUE, stub_visit, &stub, RPC_E_DISCONNECTED);
    if (FAILED(hr))
        return hr;
    server->dwServerPid = process_id;
    server->dwServerTid =
            stub.apartment.kind == APARTMENT_NTA ? THREAD_OF_NTA : stub.apartment.thread_id;
    server->ui64ServerAddress = stub.address;
    return S_OK;
}
