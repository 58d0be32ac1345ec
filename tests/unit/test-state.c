/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parse.h"
#include "state.h"

static void test_documents(void **state _unused_)
{
        static struct oci_pair pairs[] = { { "org.example/k", "v\n" }, { "b", "" } };
        static const struct {
                struct oci_state state;
                const char *text;
        } rows[] = {
                { { .oci_version = "1.0.2", .id = "a", .status = OCI_CREATING, .bundle = "/b" },
                  "{\"ociVersion\":\"1.0.2\",\"id\":\"a\",\"status\":\"creating\",\"bundle\":\"/b\"}" },
                { { .oci_version = "1.0.2", .id = "a", .status = OCI_CREATING, .pid = 12, .bundle = "/b" },
                  "{\"ociVersion\":\"1.0.2\",\"id\":\"a\",\"status\":\"creating\",\"pid\":12,\"bundle\":\"/b\"}" },
                { { .oci_version = "1.3.0", .id = "a", .status = OCI_STOPPED, .bundle = "/b", .rootfs = "", .created = "2024-01-02T03:04:05.000006Z" },
                  "{\"ociVersion\":\"1.3.0\",\"id\":\"a\",\"status\":\"stopped\",\"pid\":0,\"bundle\":\"/b\",\"created\":\"2024-01-02T03:04:05.000006Z\"}" },
                /* A status that needs a pid has one, even a wrong one: a missing member would be read as 0 anyway. */
                { { .oci_version = "1.3.0", .id = "a", .status = OCI_RUNNING, .bundle = "/b" },
                  "{\"ociVersion\":\"1.3.0\",\"id\":\"a\",\"status\":\"running\",\"pid\":0,\"bundle\":\"/b\"}" },
                { { .oci_version = "1.3.0", .id = "a\"b", .status = OCI_PAUSED, .pid = 4194304, .bundle = "/b", .annotations = { pairs, 2 },
                    .rootfs = "/b/rootfs", .created = "x", .owner = "root" },
                  "{\"ociVersion\":\"1.3.0\",\"id\":\"a\\\"b\",\"status\":\"paused\",\"pid\":4194304,\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
                  "\"created\":\"x\",\"owner\":\"root\",\"annotations\":{\"org.example/k\":\"v\\n\",\"b\":\"\"}}" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf out = { 0 };

                oci_state_write(&rows[i].state, OCI_WRITE_COMPACT, &out);
                assert_string_equal(out.text, rows[i].text);
        }
}

static void test_pretty(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        struct oci_state s = { .oci_version = "1.3.0", .id = "a", .status = OCI_CREATED, .pid = 1, .bundle = "/b" };

        oci_state_write(&s, OCI_WRITE_PRETTY, &out);
        assert_string_equal(out.text, "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"a\",\n  \"status\": \"created\",\n  \"pid\": 1,\n  \"bundle\": \"/b\"\n}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_documents),
                cmocka_unit_test(test_pretty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
