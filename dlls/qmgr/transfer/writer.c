/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing beside reading: for large bodies a thread writes one half of the buffer while the other
 * is filled from the network. One write is under way at a time; both sides wait on an address.
 */
#include "transfer_private.h"

#include <string.h>

enum writer_state
{
    WRITER_IDLE,
    WRITER_BUSY,
    WRITER_QUIT,
};

static void writer_set(struct writer *writer, LONG state)
{
    InterlockedExchange(&writer->state, state);
    WakeByAddressAll((void *)&writer->state);
}

/* Returns the first state that is not `state`. */
static LONG writer_wait_change(struct writer *writer, LONG state)
{
    LONG now;

    while ((now = load_acquire(&writer->state)) == state)
        WaitOnAddress(&writer->state, &state, sizeof(state), INFINITE);
    return now;
}

static DWORD WINAPI writer_main(void *context)
{
    struct writer *writer = context;

    while (writer_wait_change(writer, WRITER_IDLE) == WRITER_BUSY)
    {
        writer->result = output_write(writer->output, writer->position, writer->data, writer->size,
                &writer->error);
        writer_set(writer, WRITER_IDLE);
    }
    return 0;
}

void writer_start(struct writer *writer, struct output *output)
{
    memset(writer, 0, sizeof(*writer));
    writer->output = output;
    writer->thread = CreateThread(NULL, 0, writer_main, writer, 0, NULL);
}

HRESULT writer_drain(struct writer *writer, UINT64 *done, struct transfer_error *error)
{
    if (!writer->size)
        return S_OK;
    writer_wait_change(writer, WRITER_BUSY);
    if (FAILED(writer->result))
        *error = writer->error;
    else
        *done += writer->size;
    writer->size = 0;
    return writer->result;
}

HRESULT writer_write(struct writer *writer, UINT64 position, const void *data, DWORD size,
        UINT64 *done, struct transfer_error *error)
{
    HRESULT hr;

    if (!writer->thread)
    {
        if (SUCCEEDED(hr = output_write(writer->output, position, data, size, error)))
            *done += size;
        return hr;
    }
    if (FAILED(hr = writer_drain(writer, done, error)))
        return hr;
    writer->position = position;
    writer->data = data;
    writer->size = size;
    writer_set(writer, WRITER_BUSY);
    return S_OK;
}

void writer_stop(struct writer *writer)
{
    if (!writer->thread)
        return;
    writer_wait_change(writer, WRITER_BUSY);
    writer_set(writer, WRITER_QUIT);
    WaitForSingleObject(writer->thread, INFINITE);
    CloseHandle(writer->thread);
    writer->thread = NULL;
}
