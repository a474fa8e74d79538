/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the transfer engine share; nobody else includes this. */
#ifndef CONCIERGE_QMGR_TRANSFER_PRIVATE_H
#define CONCIERGE_QMGR_TRANSFER_PRIVATE_H

#include "transfer.h"

#include "bitsmsg.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* A file that changes under us is begun again this often in one run. */
#define TRANSFER_MAX_RESTARTS 3
/* Hops of one redirected request. */
#define TRANSFER_MAX_REDIRECTS 10
/* Milliseconds between two reports of progress, and the longest that bytes wait to be written. */
#define TRANSFER_PROGRESS_INTERVAL 250
/* When the request names none, milliseconds. */
#define TRANSFER_DEFAULT_STALL_TIMEOUT 120000
/* Response headers larger than this (in characters) are refused. */
#define TRANSFER_MAX_HEADERS (256 * 1024)
/* Characters of an ETag or a Last-Modified that is made use of. */
#define TRANSFER_MAX_VALIDATOR 1024

/* ---- signal.c: what a running transfer sleeps on ---- */

/* Outlives its transfer when a network operation that was given up still runs. */
struct transfer_signal
{
    LONG references;
    LONG value; /* changes with everything that may end a wait */
    LONG aborted;
};

struct transfer_signal *signal_create(void);
void signal_addref(struct transfer_signal *signal);
void signal_release(struct transfer_signal *signal);
void signal_raise(struct transfer_signal *signal);

static inline LONG load_acquire(const LONG *value)
{
    return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

/* ---- errors ---- */

/* Fills *error (which may be NULL) and returns `code`. */
HRESULT transfer_fail(struct transfer_error *error, BG_ERROR_CONTEXT context, HRESULT code,
        BOOL transient);

/* http_errors.c: the error of a failed WinINet call, and of an HTTP status that is no success. */
HRESULT http_fail_internet(struct transfer_error *error, DWORD code);
HRESULT http_fail_status(struct transfer_error *error, unsigned int status, DWORD retry_after);
/* A response that makes no sense. */
HRESULT http_fail_response(struct transfer_error *error);

/* ---- url.c ---- */

enum url_scheme
{
    URL_HTTP,
    URL_HTTPS,
    URL_FILE,
};

struct url
{
    enum url_scheme scheme;
    WCHAR *host; /* without the brackets of an IPv6 address; NULL for files */
    WORD port;
    WCHAR *path; /* HTTP: path and query, escaped; files: a path for CreateFileW */
};

/* S_OK, E_INVALIDARG, BG_E_PROTOCOL_NOT_AVAILABLE, E_OUTOFMEMORY. Free with url_free. */
HRESULT url_parse(const WCHAR *text, struct url *url);
void url_free(struct url *url);
BOOL url_same_origin(const struct url *a, const struct url *b);
/* The absolute form of an HTTP URL, malloc. */
WCHAR *url_format(const struct url *url);
/* Resolves the Location `reference` against `base` to a new absolute HTTP URL in *out. */
HRESULT url_resolve(const struct url *base, const WCHAR *reference, struct url *out);

/* ---- ranges.c: what to fetch, as a run of parts ---- */

struct range_plan
{
    const struct transfer_request *request;
    const BG_FILE_RANGE *ranges;
    UINT32 count;
    BG_FILE_RANGE whole; /* when the request names no ranges */
    UINT64 size;         /* of the remote file, BG_SIZE_UNKNOWN at first */
};

struct range_cursor
{
    UINT32 index;     /* which part */
    UINT64 remote;    /* next byte of the remote file */
    UINT64 remaining; /* of this part; BG_LENGTH_TO_EOF when its end is not known */
    UINT64 position;  /* where it goes in the temporary file */
};

void range_plan_init(struct range_plan *plan, const struct transfer_request *request);
/* The size is known now: S_OK, or BG_E_INVALID_RANGE when a part lies outside. */
HRESULT range_plan_set_size(struct range_plan *plan, UINT64 size);
/* Sum of the lengths; BG_SIZE_UNKNOWN as long as that depends on the size. */
UINT64 range_plan_total(const struct range_plan *plan);
/* Finds the place after `done` bytes. FALSE: all parts are done. */
BOOL range_plan_seek(const struct range_plan *plan, UINT64 done, struct range_cursor *cursor);

/* ---- output.c: the temporary file ---- */

struct output
{
    HANDLE file;
    UINT64 position;
};

/* Opens or creates the temporary file under the owner's token. */
HRESULT output_open(struct output *output, const struct transfer_request *request, UINT64 *size,
        struct transfer_error *error);
HRESULT output_truncate(struct output *output, UINT64 size, struct transfer_error *error);
HRESULT output_write(struct output *output, UINT64 position, const void *data, DWORD size,
        struct transfer_error *error);
void output_close(struct output *output);

/* ---- http_response.c ---- */

struct http_response
{
    unsigned int status;
    BOOL http10;
    WCHAR *headers;     /* whole, CRLF separated, with the status line */
    UINT64 length;      /* Content-Length; BG_SIZE_UNKNOWN: none sent */
    BOOL has_range;     /* Content-Range with a range in it */
    UINT64 first, last; /* of it, inclusive */
    UINT64 size;        /* of the whole file, from Content-Range or a 200's length, or unknown */
    BOOL chunked;
    BOOL connection_close;
    DWORD retry_after;
    WCHAR *etag, *last_modified, *location;
};

/* Takes over `headers`. S_OK; ERROR_HTTP_INVALID_SERVER_RESPONSE for what is no HTTP at all, and
 * BG_E_INVALID_SERVER_RESPONSE for lengths and ranges that make no sense. */
HRESULT http_response_parse(struct http_response *response, WCHAR *headers);
void http_response_free(struct http_response *response);
/* The `index`th header line of that name, malloc, trimmed; NULL: none. */
WCHAR *http_response_header(const WCHAR *headers, const WCHAR *name, unsigned int index);
/* Decimal digits and nothing else, within 64 bits and below BG_SIZE_UNKNOWN. */
BOOL http_parse_uint64(const WCHAR *text, size_t length, UINT64 *value);

/* Are both certainly of the same version of the file? Strong ETag, else Last-Modified; and the
 * size where both know it. FALSE when neither says. */
BOOL validator_matches(const struct transfer_validator *a, const struct transfer_validator *b);
/* The value for If-Range, or NULL when there is none that a range may rely on. */
const WCHAR *validator_condition(const struct transfer_validator *validator);

/* ---- writer.c: writes on a thread of its own ---- */

struct writer
{
    struct output *output;
    HANDLE thread; /* NULL: writes happen at once, on the caller's */
    LONG state;
    /* the write under way */
    UINT64 position;
    const void *data;
    DWORD size; /* 0: none, or it has been accounted for */
    HRESULT result;
    struct transfer_error error;
};

/* Zero-initialize a writer that is to have no thread, but for `output`. */
void writer_start(struct writer *writer, struct output *output);
void writer_stop(struct writer *writer);
/* Writes `data`, which stays as it is until the next call here. What has been written is added to
 * *done. Fails when this or the previous write does. */
HRESULT writer_write(struct writer *writer, UINT64 position, const void *data, DWORD size,
        UINT64 *done, struct transfer_error *error);
/* Waits for the write under way. */
HRESULT writer_drain(struct writer *writer, UINT64 *done, struct transfer_error *error);

/* ---- http_connection.c: WinINet, asynchronously ---- */

struct http_call; /* one request at a time; survives being given up */

struct http_connection
{
    struct transfer_signal *signal;
    void *session, *connect;
    struct http_call *call;
    /* what session and connect were made for */
    BG_JOB_PROXY_USAGE proxy_usage;
    WCHAR *proxy_list, *proxy_bypass, *user_agent;
    struct url origin;
    BOOL reused; /* the current request is not the first one to this origin */
};

void http_connection_init(struct http_connection *connection, struct transfer_signal *signal);
void http_connection_close(struct http_connection *connection);

/* `stall` in ms. Credentials are for WinINet's own authentication schemes; NULL user: none. */
struct http_send
{
    const struct url *url;
    const WCHAR *headers;
    ULONG security_flags;
    DWORD stall;
    const WCHAR *user, *password;
    const WCHAR *proxy_user, *proxy_password;
    BOOL automatic_authentication;
    void (*on_its_way)(void *context); /* called while the server has the request; may be NULL */
    void *context;
};

/* Each returns S_OK, E_ABORT, or E_FAIL with *code set to WinINet's error. */
HRESULT http_send(struct http_connection *connection, const struct transfer_request *request,
        const struct http_send *send, DWORD *code);
/* The same in two halves: http_send_begin returns when the request is on its way. */
HRESULT http_send_begin(struct http_connection *connection, const struct transfer_request *request,
        const struct http_send *send, DWORD *code);
HRESULT http_send_end(struct http_connection *connection, const struct http_send *send,
        DWORD *code);
HRESULT http_headers(struct http_connection *connection, WCHAR **headers, DWORD *code);
/* Reads what is there into `data`. *got 0: the body has ended. S_FALSE: nothing came until
 * `timeout` ms were over; the next call waits on. */
HRESULT http_read(struct http_connection *connection, void *data, DWORD size, DWORD timeout,
        DWORD *got, DWORD *code);
/* Ends the request. FALSE: the connection was closed, and a chunked body was cut short. */
BOOL http_finish(struct http_connection *connection);

/* Closes the network connection too: the next request begins on a new one. */
void http_connection_drop(struct http_connection *connection);

/* The buffer of the current call: lives as long as a read may go on. NULL: out of memory. */
BYTE *http_buffer(struct http_connection *connection, DWORD wanted, DWORD *size);

/* ---- http_auth.c ---- */

/* How a server or proxy wants its requests authenticated. */
struct http_challenge
{
    BG_AUTH_SCHEME scheme; /* 0: no challenge */
    BOOL accepted;         /* an answer to it has been good once */
    BOOL sha256;           /* Digest, RFC 7616; else MD5 */
    BOOL session;          /* its "-sess" */
    BOOL qop;              /* it has quality of protection "auth" */
    UINT32 count;          /* requests made with the nonce */
    char *realm, *nonce, *opaque;
};

/* Challenges answered before are answered unasked, which saves a round trip a file. */
struct http_auth
{
    struct http_challenge server, proxy;
    struct url origin; /* whose challenge `server` is */
};

void http_auth_free(struct http_auth *auth);
/* After a 401 or 407. TRUE: there are credentials for it that were not refused yet; send again.
 * `own_server`: the URL is on the job's server, not where a redirect led. */
BOOL http_auth_answer(struct http_auth *auth, const struct transfer_request *request,
        const struct url *url, BOOL own_server, unsigned int status, const WCHAR *headers);
/* The header lines to send (malloc, "" if none), and WinINet's part into *send. */
HRESULT http_auth_apply(struct http_auth *auth, const struct transfer_request *request,
        const struct url *url, BOOL own_server, struct http_send *send, WCHAR **headers);
/* The answers sent were good. */
void http_auth_accepted(struct http_auth *auth);

/* ---- http_exchange.c: one request with all that belongs to it: authentication, redirects ---- */

struct http_exchange
{
    struct transfer *transfer;
    const struct transfer_request *request;
    struct url *url;   /* replaced by where redirects lead */
    struct url origin; /* of the URL that the job named */
    BOOL redirected;
    void (*on_its_way)(void *context); /* as in http_send */
    void *context;
};

/* Sends GET with a Range header when `range` is not NULL, and gets the final response's headers. */
HRESULT http_exchange_get(struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, struct http_response *response, struct transfer_error *error);

/* What a request says: headers and authentication, for http_send. Free both texts with
 * http_secret_free. */
HRESULT http_exchange_prepare(const struct http_exchange *exchange, const WCHAR *range,
        const WCHAR *condition, struct http_send *send, WCHAR **headers, WCHAR **authorization);
void http_secret_free(WCHAR *text);

/* ---- http_ahead.c: the files that come next are asked for before it is their turn ---- */

struct http_ahead
{
    struct http_connection connection;
    struct url url; /* of the request that is on its way; path NULL: none is */
    WCHAR *headers;
    ULONG security_flags;
};

void http_ahead_init(struct transfer *transfer);
void http_ahead_close(struct transfer *transfer);
/* Sends the requests for request->next_names; those under way for other names are given up. */
void http_ahead_start(struct transfer *transfer, const struct transfer_request *request);
/* Gives up all requests: what comes now takes its time, and servers do not wait. */
void http_ahead_drop(struct transfer *transfer);
/* Is this request under way already? Then it is now that of transfer->connection, for
 * http_send_end. */
BOOL http_ahead_take(struct transfer *transfer, const struct transfer_request *request,
        const struct http_send *send);

/* ---- http.c, local.c ---- */

struct transfer
{
    struct transfer_signal *signal;
    struct http_connection connection;
    struct http_auth auth;
    struct http_ahead ahead[TRANSFER_AHEAD_MAX];
    BYTE *buffer; /* for local files */
};

HRESULT http_transfer(struct transfer *transfer, const struct transfer_request *request,
        struct url *url, struct transfer_error *error);
HRESULT local_transfer(struct transfer *transfer, const struct transfer_request *request,
        const struct url *url, struct transfer_error *error);
/* Time stamps, attributes, and what request->acl_flags says of the security, from the source to the
 * temporary file. */
HRESULT local_copy_properties(const struct transfer_request *request, const struct url *url,
        HANDLE source, HANDLE output, struct transfer_error *error);

#define LOCAL_BUFFER_SIZE (1024 * 1024)

#endif
