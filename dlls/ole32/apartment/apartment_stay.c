/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apartment_stay.h"

/* The thread's struct goes after this: where it executes does not matter any more. */
static void stay_thread_ended(struct thread_duty *duty)
{
    struct apartment_stay *stay = CONTAINING_RECORD(duty, struct apartment_stay, duty);

    stay->thread->executing = stay->before;
    apartment_release(stay->apartment);
}

void apartment_stay_begin(struct apartment_stay *stay, struct com_thread *thread,
        struct apartment *apartment)
{
    stay->duty.ended = stay_thread_ended;
    stay->thread = thread;
    stay->apartment = apartment;
    stay->before = thread->executing;
    apartment_addref(apartment);
    thread->executing = apartment;
    thread_duty_begin(thread, &stay->duty);
}

void apartment_stay_end(struct apartment_stay *stay)
{
    thread_duty_end(stay->thread, &stay->duty);
    stay->thread->executing = stay->before;
    apartment_release(stay->apartment);
}
