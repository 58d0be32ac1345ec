/* SPDX-License-Identifier: Apache-2.0 */
/* The message table between the processes of a create: who may say what, and what is heard of a peer that has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "cleanup.h"
#include "proto.h"

static const enum proto_side sides[] = { PROTO_PARENT, PROTO_MID, PROTO_INIT, PROTO_START };

/* Who sends and who receives each message, as runtime and init speak; written out once more, so that a slip in the table
 * shows. */
static const struct { enum proto_message message; unsigned from, to; } allowed[] = {
        { MSG_USERNS, PROTO_MID, PROTO_PARENT },
        { MSG_INIT_PID, PROTO_MID, PROTO_PARENT },
        { MSG_PROCEED, PROTO_PARENT, PROTO_MID | PROTO_INIT },
        { MSG_READY, PROTO_INIT, PROTO_PARENT },
        { MSG_HANDOVER, PROTO_PARENT, PROTO_INIT },
        { MSG_START, PROTO_START, PROTO_INIT },
        { MSG_EXECUTING, PROTO_INIT, PROTO_START },
        { MSG_ERROR, PROTO_MID | PROTO_INIT, PROTO_PARENT | PROTO_START },
};

static void make_pair(int pair[2])
{
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static void test_table(void **state)
{
        static struct proto_packet payload, got;

        (void) state;
        for (size_t m = 0; m < ARRAY_SIZE(allowed); m++)
                for (size_t from = 0; from < ARRAY_SIZE(sides); from++)
                        for (size_t to = 0; to < ARRAY_SIZE(sides); to++) {
                                int pair[2];

                                make_pair(pair);
                                assert_int_equal(proto_send(pair[0], sides[from], allowed[m].message, &payload.u, -EBADF),
                                                 allowed[m].from & sides[from] ? 0 : -EPROTO);
                                if (allowed[m].from & sides[from])
                                        assert_int_equal(proto_receive(pair[1], sides[to], &got, NULL),
                                                         allowed[m].to & sides[to] ? 1 : -EPROTO);
                                close(pair[0]);
                                close(pair[1]);
                        }
}

static void test_sizes(void **state)
{
        static const struct { uint32_t words[3]; size_t size; int expected; } table[] = {
                { { MSG_READY }, 4, 1 },           { { MSG_READY }, 8, -EPROTO }, { { MSG_READY }, 3, -EPROTO },
                { { MSG_USERNS }, 4, 1 },          { { MSG_INIT_PID, 7 }, 8, 1 }, { { MSG_INIT_PID, 7 }, 4, -EPROTO },
                { { MSG_INIT_PID, 7 }, 12, -EPROTO }, { { MSG_COUNT }, 4, -EPROTO }, { { UINT32_MAX }, 4, -EPROTO },
        };
        static struct proto_packet got;

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                int pair[2];

                make_pair(pair);
                assert_int_equal(send(pair[0], table[i].words, table[i].size, 0), (ssize_t) table[i].size);
                assert_int_equal(proto_receive(pair[1], PROTO_PARENT, &got, NULL), table[i].expected);
                close(pair[0]);
                close(pair[1]);
        }
}

static void count_warning(void *arg, const char *text)
{
        assert_string_equal(text, "mind the gap");
        ++*(int *) arg;
}

static void test_expect(void **state)
{
        static struct proto_packet got;
        char warning[PROTO_TEXT_BYTES] = "mind the gap";
        struct err e = ERR_INIT;
        int pair[2], warnings = 0;
        const struct proto_listener listener = { .warn = count_warning, .arg = &warnings };

        (void) state;
        make_pair(pair);
        proto_send(pair[1], PROTO_INIT, MSG_WARNING, warning, -EBADF);
        proto_send(pair[1], PROTO_INIT, MSG_READY, NULL, -EBADF);
        proto_send(pair[1], PROTO_INIT, MSG_MOUNTED, NULL, -EBADF);
        close(pair[1]);
        assert_int_equal(proto_expect(pair[0], PROTO_PARENT, MSG_READY, &got, NULL, &listener, &e), 0);
        assert_int_equal(warnings, 1);
        assert_int_equal(proto_expect(pair[0], PROTO_PARENT, MSG_READY, &got, NULL, NULL, &e), -EPROTO);
        assert_string_equal(e.text, "waited for message 'ready' and got 'mounted'");
        e = ERR_INIT;
        assert_int_equal(proto_expect(pair[0], PROTO_PARENT, MSG_READY, &got, NULL, NULL, &e), -EPIPE);
        assert_int_equal(e.num, 0); /* the caller knows better why a peer died */
        close(pair[0]);
}

/* The kernel resets the connection of who ends with something unread, and tells that before what it has sent. */
static void test_last_word(void **state)
{
        static struct proto_packet got;
        static struct err sent;
        struct err e = ERR_INIT;
        int pair[2];

        (void) state;
        sent = ERR_INIT;
        err_set(&sent, ERR_HOST, EIO, "the last word");
        make_pair(pair);
        assert_int_equal(proto_send(pair[0], PROTO_PARENT, MSG_HANDOVER, NULL, -EBADF), 0);
        assert_int_equal(proto_send(pair[1], PROTO_INIT, MSG_ERROR, &sent, -EBADF), 0);
        close(pair[1]);
        assert_int_equal(proto_expect(pair[0], PROTO_START, MSG_EXECUTING, &got, NULL, NULL, &e), -EIO);
        assert_string_equal(e.text, "the last word");
        close(pair[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_sizes),
                cmocka_unit_test(test_expect),
                cmocka_unit_test(test_last_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
