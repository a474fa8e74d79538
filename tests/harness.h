/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The C side of the server harness (tests/harness.py): servers of every temper on loopback, and
 * what can be done to processes only from outside Wine. tests/README.md lists the requests.
 *
 * All functions may be called from any thread. Those that return nothing end the program with a
 * failed test if the harness refuses, for nothing sensible could follow.
 */

#ifndef CONCIERGE_TESTS_HARNESS_H
#define CONCIERGE_TESTS_HARNESS_H

#include "tap.h"

/* Hexadecimal SHA-256 with its terminating zero. */
#define HARNESS_SHA256 65

/* Skips the whole program where there is no harness, as on Windows. To be called first. */
void harness_require(void);

/* Requests */

struct harness_reply
{
    bool ok;                 /* the reply began with "ok" */
    char *text;              /* what came after "ok " or "err " */
    unsigned int line_count; /* lines that follow, as of a log */
    char **lines;
};

/* Sends one request line and reads the reply, which the caller frees. Never NULL: trouble with the
 * connection gives a reply that is not ok. A value with spaces needs quotes: name=\"a b\". */
struct harness_reply *harness_request(const char *fmt, ...) TAP_PRINTF(1, 2);
void harness_reply_free(struct harness_reply *reply);

/* As harness_request(), for requests that cannot sensibly fail. */
struct harness_reply *harness_demand(const char *fmt, ...) TAP_PRINTF(1, 2);

/* As harness_demand(), when the reply does not matter. */
void harness_do(const char *fmt, ...) TAP_PRINTF(1, 2);

/* The value of a key in "key=value key2=\"value 2\"" text, such as a reply's or a log line's; ""
 * if it is not there. Good for the next 15 calls on the same thread. */
const char *harness_text_value(const char *text, const char *key);
const char *harness_value(const struct harness_reply *reply, const char *key);
long long harness_number(const struct harness_reply *reply, const char *key);

/* Servers */

struct harness_server
{
    int id;
    int port;
    bool is_nginx;
    bool is_secure;
    WCHAR root[MAX_PATH];        /* nginx: the folder it serves, as a Windows path */
    char sha256[HARNESS_SHA256]; /* others: of the content they serve */
};

/* Options such as "ranges=off rate=1000000 tls=1 auth=user:password"; "" for none. */
void harness_nginx_start(struct harness_server *server, const char *options);

/* Options such as "kind=die_mid_body after=1000 size=1000000". */
void harness_server_start(struct harness_server *server, const char *options);

void harness_server_stop(const struct harness_server *server);

/* SIGKILL, for an nginx; the others just stop. */
void harness_server_kill(const struct harness_server *server);

/* Stops it if it runs and starts it on its old port, an nginx with further options. */
void harness_server_restart(const struct harness_server *server, const char *options);

/* The lines of finished requests, after waiting at most 10 s until there are min_lines. */
struct harness_reply *harness_server_log(const struct harness_server *server,
        unsigned int min_lines);
void harness_server_log_clear(const struct harness_server *server);
unsigned int harness_server_requests(const struct harness_server *server);
unsigned int harness_server_connections(const struct harness_server *server);

/* http://127.0.0.1:PORT/name, or https://localhost:PORT/name. Good for the next 15 calls on the
 * same thread. */
const WCHAR *harness_url(const struct harness_server *server, const WCHAR *name);

/* Files */

/* Makes or replaces a file below the root of an nginx. The same size and seed give the same bytes.
 * sha256 may be NULL. */
void harness_make_file(const struct harness_server *server, const char *name,
        unsigned long long size, const char *seed, char sha256[HARNESS_SHA256]);

/* Gives such a file new content of the same size, hence a new ETag and a later Last-Modified. */
void harness_rewrite_file(const struct harness_server *server, const char *name,
        char sha256[HARNESS_SHA256]);

/* SHA-256 of any file, computed here. Returns false if it cannot be read. */
bool harness_sha256_file(const WCHAR *path, char sha256[HARNESS_SHA256]);

/* The file has this SHA-256: one test. */
#define is_file_sha256(path, sha256, ...)                                                          \
    harness_is_file_sha256(__FILE__, __LINE__, (path), (sha256), __VA_ARGS__)
bool harness_is_file_sha256(const char *file, int line, const WCHAR *path, const char *sha256,
        const char *fmt, ...) TAP_PRINTF(5, 6);

/* An absolute path below the test's own empty folder (the current directory at the start), and one
 * beside the program. Good for the next 15 calls on the same thread. */
const WCHAR *harness_scratch(const WCHAR *name);
const WCHAR *harness_sibling(const WCHAR *name);

/* Puts the harness's certification authority among the trusted roots of the current user or of the
 * machine. Returns whether that worked. */
bool harness_trust_ca(bool machine);

/* Processes */

struct harness_process
{
    HANDLE process;
    HANDLE main_thread;
    DWORD id;        /* as Windows counts */
    HANDLE output;   /* reading end of its standard output, or NULL */
    char marker[48]; /* what finds it from the Unix side */
};

/* CreateProcess, tried again when Wine's could not make the host's process (ERROR_INTERNAL_ERROR,
 * seen once in some thousands of times on a busy machine). */
BOOL harness_create_process(const WCHAR *path, WCHAR *command, BOOL inherit, STARTUPINFOW *startup,
        PROCESS_INFORMATION *information);

/* Starts a program, by name beside this one or by path, with arguments as on a command line.
 * With capture its standard output can be read by harness_process_read_line(). Its argv[0] is the
 * program's name followed by a marker. Returns false, with GetLastError(), if it cannot start. */
bool harness_spawn(struct harness_process *process, const WCHAR *program, const WCHAR *arguments,
        bool capture);

/* Reads a line of captured output without its end. Returns false at the end of output, or when
 * milliseconds have passed. */
bool harness_process_read_line(struct harness_process *process, char *line, size_t size,
        DWORD milliseconds);

/* A real SIGKILL: the process has no chance to run another instruction. Without harness,
 * TerminateProcess(). */
void harness_kill9(struct harness_process *process);

/* SIGSTOP and SIGCONT: a process that hangs. */
void harness_freeze(struct harness_process *process, bool frozen);

/* Waits for the end of the process. Returns false when milliseconds have passed. */
bool harness_process_wait(struct harness_process *process, DWORD milliseconds, DWORD *code);

void harness_process_close(struct harness_process *process);

/* The service process: the svchost of this prefix which has qmgr.dll loaded. */

int harness_service_pid(void);           /* of Unix; 0 if there is none */
unsigned int harness_service_kill(void); /* SIGKILL; the number of processes killed, gone now */
unsigned long long harness_service_memory(void); /* resident bytes; 0 if there is none */

/* The Unix path of the qmgr.dll which the service process has loaded. Returns false if there is no
 * such process. */
bool harness_service_path(char *path, size_t size);

#endif
