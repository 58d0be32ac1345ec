/* SPDX-License-Identifier: Apache-2.0 */
/* plan/rootfs.c, plan/devices.c and plan/terminal.c: config and host in, rows in words out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/tree.h"
#include "parse.h"
#include "plan/devices.h"
#include "plan/hooks.h"
#include "plan/ns.h"
#include "plan/rootfs.h"
#include "plan/terminal.h"

static const struct host host_root = { .privileged = true };
static const struct host host_rootless = { .euid = 1000 };
static const struct host host_nested = { .in_user_ns = true, .privileged = true };

static const struct plan_request request_run = { .id = "c", .bundle = "/bundle", .run = true };
static const struct plan_request request_create = { .id = "c", .bundle = "/bundle" };
static const struct plan_request request_socket = { .id = "c", .bundle = "/bundle", .console_socket = "/run/con.sock" };
static const struct plan_request request_no_pivot = { .id = "c", .bundle = "/bundle", .run = true, .no_pivot = true };

typedef int (*add_rows)(struct planner *p, struct err *e);
static const add_rows rootfs_rows[] = { plan_add_rootfs_source, plan_add_rootfs_bind, plan_add_rootfs_pivot,
                                        plan_add_rootfs_confine, NULL };
static const add_rows device_rows[] = { plan_add_device_sources, plan_add_devices, NULL };
static const add_rows terminal_rows[] = { plan_add_terminal_connect, plan_add_terminal, NULL };

struct row {
        const char *what;
        const struct host *host;
        const struct plan_request *request;
        const char *config;   /* members beside ociVersion */
        const char *expected; /* rows; of an error, its sentence */
        int r;
        const char *pointer;  /* of an error; NULL: none */
};

#define NS "\"namespaces\":[{\"type\":\"mount\"}]"
#define NS_USER "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]"
#define ROOT "\"root\":{\"path\":\"rootfs\"},"
#define PROCESS(more) "\"process\":{\"user\":{\"uid\":7,\"gid\":8},\"cwd\":\"/\",\"args\":[\"sh\"]" more "},"

static const struct row rootfs_table[] = {
        { "default", &host_root, &request_run, ROOT "\"linux\":{" NS "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "LXC's pre-mount hooks may mount it", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.lxc.hook.pre-mount\":\"[{\\\"path\\\":\\\"/h\\\",\\\"args\\\":[\\\"h\\\",\\\"x y\\\"]}]\"},\"linux\":{" NS_USER "}",
          "init rootfs.propagation '/' rslave -\n"
          "init hook.pre-mount #0 '/h' 'x y' /annotations/berth.lxc.hook.pre-mount\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "attributes of the root's mount", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"nosuid,rnodev,noatime\"},"
          "\"linux\":{" NS "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.options '/' nosuid,noatime,rnodev /annotations/berth.rootfs.options\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "its owners mapped", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"ridmap\"},\"linux\":{" NS_USER ","
          "\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":9}],\"gidMappings\":[{\"containerID\":0,\"hostID\":6,\"size\":9}]}",
          "parent source.open '/bundle/rootfs' ridmap: uid 0->5 x9, gid 0->6 x9 /root/path\n"
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private from #0 /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "as in another user namespace, without one of its own", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"idmap=/proc/7/ns/user\"},\"linux\":{" NS "}",
          "parent source.open '/bundle/rootfs' ridmap of '/proc/7/ns/user' /root/path\n"
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private from #0 /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "no ids to map", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"idmap\"},\"linux\":{" NS "}",
          "mount '/bundle/rootfs' on '/': 'idmap' has no ids to map: neither the mount nor the container has any", -EINVAL,
          "/annotations/berth.rootfs.options" },
        { "mapped, and made by a pre-mount hook", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"idmap=/p\",\"berth.lxc.hook.pre-mount\":\"[{\\\"path\\\":\\\"/h\\\"}]\"},\"linux\":{" NS "}",
          "a root file system that a pre-mount hook may mount cannot have its ids mapped before", -EINVAL,
          "/annotations/berth.rootfs.options" },
        { "attributes on the host", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.options\":\"nosuid\"},\"linux\":{\"namespaces\":[]}",
          "options of the root file system need a mount namespace of the container's own", -EINVAL,
          "/annotations/berth.rootfs.options" },
        { "absolute path, read-only", &host_root, &request_run, "\"root\":{\"path\":\"/r\",\"readonly\":true},\"linux\":{" NS "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/r' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init rootfs.readonly '/' /root/readonly" },
        { "shared", &host_root, &request_run, ROOT "\"linux\":{" NS ",\"rootfsPropagation\":\"shared\"}",
          "init rootfs.propagation '/' shared /linux/rootfsPropagation\n"
          "init rootfs.bind '/bundle/rootfs' slave /root/path\n"
          "init rootfs.pivot pivot_root, old root shared /root/path\n"
          "init rootfs.propagation '/' shared /linux/rootfsPropagation" },
        { "slave by annotation", &host_root, &request_run, ROOT "\"annotations\":{\"berth.rootfs.propagation\":\"rslave\"},\"linux\":{" NS "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' slave /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init rootfs.propagation '/' rslave -" },
        { "a field goes before the annotation", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.rootfs.propagation\":\"rslave\"},\"linux\":{" NS ",\"rootfsPropagation\":\"shared\"}",
          "init rootfs.propagation '/' shared /linux/rootfsPropagation\n"
          "init rootfs.bind '/bundle/rootfs' slave /root/path\n"
          "init rootfs.pivot pivot_root, old root shared /root/path\n"
          "init rootfs.propagation '/' shared /linux/rootfsPropagation" },
        { "slave", &host_root, &request_run, ROOT "\"linux\":{" NS ",\"rootfsPropagation\":\"rslave\"}",
          "init rootfs.propagation '/' rslave /linux/rootfsPropagation\n"
          "init rootfs.bind '/bundle/rootfs' slave /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init rootfs.propagation '/' rslave /linux/rootfsPropagation" },
        { "unbindable would forbid our own binds", &host_root, &request_run,
          ROOT "\"linux\":{" NS ",\"rootfsPropagation\":\"runbindable\"}",
          "init rootfs.propagation '/' rprivate /linux/rootfsPropagation\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init rootfs.propagation '/' runbindable /linux/rootfsPropagation" },
        { "private, this mount only", &host_root, &request_run, ROOT "\"linux\":{" NS ",\"rootfsPropagation\":\"private\"}",
          "init rootfs.propagation '/' private /linux/rootfsPropagation\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root, old root shared /root/path\n"
          "init rootfs.propagation '/' private /linux/rootfsPropagation" },
        { "another user namespace", &host_root, &request_run, ROOT "\"linux\":{" NS_USER "}",
          "parent source.open '/bundle/rootfs' /root/path\n"
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private from #0 /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "another user namespace, no privilege", &host_rootless, &request_run, ROOT "\"linux\":{" NS_USER "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path" },
        { "no pivot", &host_root, &request_no_pivot, ROOT "\"linux\":{" NS "}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot move and chroot /root/path" },
        { "paths, each with its place", &host_root, &request_run,
          ROOT "\"linux\":{" NS ",\"maskedPaths\":[\"/proc/kcore\",\"/sys/firmware\"],\"readonlyPaths\":[\"/proc/sys\",\"//\"]}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init path.readonly '/proc/sys' /linux/readonlyPaths/0\n"
          "init rootfs.readonly '/' /linux/readonlyPaths/1\n"
          "init path.mask '/proc/kcore' /linux/maskedPaths/0\n"
          "init path.mask '/sys/firmware' /linux/maskedPaths/1" },
        { "exceptions by annotation", &host_root, &request_run,
          ROOT "\"annotations\":{\"berth.paths.writable\":\"/proc/sys/net:/x\"},\"linux\":{" NS ",\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[\"/proc/sys\"]}",
          "init rootfs.propagation '/' rslave -\n"
          "init rootfs.bind '/bundle/rootfs' private /root/path\n"
          "init rootfs.pivot pivot_root /root/path\n"
          "init path.readonly '/proc/sys' /linux/readonlyPaths/0\n"
          "init path.writable '/proc/sys/net' /annotations/berth.paths.writable\n"
          "init path.writable '/x' /annotations/berth.paths.writable\n"
          "init path.mask '/proc/kcore' /linux/maskedPaths/0" },
        { "the root masked", &host_root, &request_run, ROOT "\"linux\":{" NS ",\"maskedPaths\":[\"/a\",\"/\"]}",
          "the root '/' cannot be masked", -EINVAL, "/linux/maskedPaths/1" },
        { "no mount namespace", &host_root, &request_run, ROOT "\"linux\":{}",
          "init rootfs.bind '/bundle/rootfs' /root/path\n"
          "init rootfs.pivot chroot /root/path" },
        { "no mount namespace, masks", &host_root, &request_run, ROOT "\"linux\":{\"maskedPaths\":[\"/a\"]}",
          "masked paths need a mount namespace of the container's own", -EINVAL, "/linux/maskedPaths" },
        { "no mount namespace, read-only paths", &host_root, &request_run, ROOT "\"linux\":{\"readonlyPaths\":[\"/a\"]}",
          "read-only paths need a mount namespace of the container's own", -EINVAL, "/linux/readonlyPaths" },
        { "no mount namespace, read-only root", &host_root, &request_run, "\"root\":{\"path\":\"r\",\"readonly\":true},\"linux\":{}",
          "a read-only root needs a mount namespace of the container's own", -EINVAL, "/root/readonly" },
        { "no root", &host_root, &request_run, "\"linux\":{" NS "}",
          "the config names no root file system: 'root.path' is missing", -EINVAL, "" },
};

#define DEFAULTS                                                                                                       \
        "init device.create '/dev/null' char 1:3 mode=0666 -\n"                                                        \
        "init device.create '/dev/zero' char 1:5 mode=0666 -\n"                                                        \
        "init device.create '/dev/full' char 1:7 mode=0666 -\n"                                                        \
        "init device.create '/dev/random' char 1:8 mode=0666 -\n"                                                      \
        "init device.create '/dev/urandom' char 1:9 mode=0666 -\n"                                                     \
        "init device.create '/dev/tty' char 5:0 mode=0666 -\n"
#define BOUND                                                                                                          \
        "init device.create '/dev/null' char 1:3 bound from the host -\n"                                              \
        "init device.create '/dev/zero' char 1:5 bound from the host -\n"                                              \
        "init device.create '/dev/full' char 1:7 bound from the host -\n"                                              \
        "init device.create '/dev/random' char 1:8 bound from the host -\n"                                            \
        "init device.create '/dev/urandom' char 1:9 bound from the host -\n"                                           \
        "init device.create '/dev/tty' char 5:0 bound from the host -\n"
#define LINKS                                                                                                          \
        "init device.link '/dev/fd' -> /proc/self/fd -\n"                                                              \
        "init device.link '/dev/stdin' -> /proc/self/fd/0 -\n"                                                         \
        "init device.link '/dev/stdout' -> /proc/self/fd/1 -\n"                                                        \
        "init device.link '/dev/stderr' -> /proc/self/fd/2 -\n"                                                        \
        "init device.link '/dev/core' -> /proc/kcore -\n"                                                              \
        "init device.link '/dev/ptmx' -> pts/ptmx -"
#define DEVICE(path, type, more) "{\"path\":\"" path "\",\"type\":\"" type "\"" more "}"
#define NUMBER(major, minor) ",\"major\":" #major ",\"minor\":" #minor
#define BIND_DEV "\"mounts\":[{\"destination\":\"/dev/\",\"source\":\"/dev\",\"type\":\"none\",\"options\":[\"rbind\"]}],"

static const struct row device_table[] = {
        { "default", &host_root, &request_run, ROOT "\"linux\":{" NS "}", DEFAULTS LINKS },
        { "configured ones come first, and instead of a default", &host_root, &request_run,
          ROOT "\"linux\":{" NS ",\"devices\":[" DEVICE("//dev/./tty/", "u", NUMBER(5, 0) ",\"fileMode\":384,\"uid\":1,\"gid\":2") ","
          DEVICE("/opt/disk", "b", NUMBER(7, 1)) "," DEVICE("/run/queue", "p", "") "]}",
          "init device.create '/dev/tty' char 5:0 mode=0600 owner=1:2 /linux/devices/0\n"
          "init device.create '/opt/disk' block 7:1 mode=0666 /linux/devices/1\n"
          "init device.create '/run/queue' fifo mode=0666 /linux/devices/2\n"
          "init device.create '/dev/null' char 1:3 mode=0666 -\n"
          "init device.create '/dev/zero' char 1:5 mode=0666 -\n"
          "init device.create '/dev/full' char 1:7 mode=0666 -\n"
          "init device.create '/dev/random' char 1:8 mode=0666 -\n"
          "init device.create '/dev/urandom' char 1:9 mode=0666 -\n" LINKS },
        { "a bind over /dev is not ours to fill; what lies elsewhere is", &host_root, &request_run,
          ROOT BIND_DEV PROCESS(",\"terminal\":true") "\"linux\":{" NS ",\"devices\":[" DEVICE("/dev/fuse", "c", NUMBER(10, 229)) ","
          DEVICE("/opt/fuse", "c", NUMBER(10, 229)) "]}",
          "init device.create '/opt/fuse' char 10:229 mode=0666 /linux/devices/1" },
        { "annotation berth.devices.default: the configured ones, and where the terminal goes", &host_root, &request_run,
          ROOT PROCESS(",\"terminal\":true") "\"annotations\":{\"berth.devices.default\":\"none\"},\"linux\":{" NS
          ",\"devices\":[" DEVICE("/dev/fuse", "c", NUMBER(10, 229)) "]}",
          "init device.create '/dev/fuse' char 10:229 mode=0666 /linux/devices/0\n"
          "init device.create '/dev/console' mount point -" },
        { "a terminal", &host_root, &request_run, ROOT PROCESS(",\"terminal\":true") "\"linux\":{" NS "}",
          DEFAULTS LINKS "\ninit device.create '/dev/console' mount point -" },
        { "user namespace of a root", &host_root, &request_run,
          ROOT "\"linux\":{" NS_USER ",\"devices\":[" DEVICE("/dev/fuse", "c", NUMBER(10, 229)) "," DEVICE("/q", "p", "") "]}",
          "parent source.open '/dev/fuse' char 10:229 /linux/devices/0\n"
          "parent source.open '/dev/null' char 1:3 -\n"
          "parent source.open '/dev/zero' char 1:5 -\n"
          "parent source.open '/dev/full' char 1:7 -\n"
          "parent source.open '/dev/random' char 1:8 -\n"
          "parent source.open '/dev/urandom' char 1:9 -\n"
          "parent source.open '/dev/tty' char 5:0 -\n"
          "init device.create '/dev/fuse' char 10:229 bound from the host from #0 /linux/devices/0\n"
          "init device.create '/q' fifo mode=0666 /linux/devices/1\n"
          "init device.create '/dev/null' char 1:3 bound from the host from #1 -\n"
          "init device.create '/dev/zero' char 1:5 bound from the host from #2 -\n"
          "init device.create '/dev/full' char 1:7 bound from the host from #3 -\n"
          "init device.create '/dev/random' char 1:8 bound from the host from #4 -\n"
          "init device.create '/dev/urandom' char 1:9 bound from the host from #5 -\n"
          "init device.create '/dev/tty' char 5:0 bound from the host from #6 -\n" LINKS },
        { "user namespace without privilege", &host_rootless, &request_run, ROOT "\"linux\":{" NS_USER "}", BOUND LINKS },
        { "a runtime in a user namespace itself", &host_nested, &request_run, ROOT "\"linux\":{" NS "}", BOUND LINKS },
};

static const struct row terminal_table[] = {
        { "none", &host_root, &request_create, ROOT PROCESS("") "\"linux\":{" NS "}", "init stdio.chown uid=7 /process/user" },
        { "no process", &host_root, &request_create, ROOT "\"linux\":{" NS "}", "" },
        { "console socket", &host_root, &request_socket,
          ROOT PROCESS(",\"terminal\":true,\"consoleSize\":{\"height\":25,\"width\":80}") "\"linux\":{" NS "}",
          "parent terminal.connect '/run/con.sock' /process/terminal\n"
          "init terminal.open '/dev/console' uid=7 80x25 /process/terminal\n"
          "init stdio.chown uid=7 /process/user" },
        { "served by run; a size beyond 16 bits", &host_root, &request_run,
          ROOT PROCESS(",\"terminal\":true,\"consoleSize\":{\"height\":70000,\"width\":1}") "\"linux\":{" NS "}",
          "parent terminal.connect served here /process/terminal\n"
          "init terminal.open '/dev/console' uid=7 1x65535 /process/terminal\n"
          "init stdio.chown uid=7 /process/user" },
        { "nobody serves it", &host_root, &request_create, ROOT PROCESS(",\"terminal\":true") "\"linux\":{" NS "}",
          "the config asks for a terminal, but nobody is there to serve it", -EINVAL, "/process/terminal" },
        { "a socket for nothing", &host_root, &request_socket, ROOT PROCESS(",\"terminal\":false") "\"linux\":{" NS "}",
          "a console socket was given, but the config asks for no terminal", -EINVAL, "" },
};

static void describe(const struct step *s, struct strbuf *out)
{
        if (s->op == PLAN_DEVICE_CREATE || s->op == PLAN_DEVICE_LINK || (s->op == PLAN_SOURCE_OPEN && streq(s->kind, "device")))
                plan_devices_describe(s, out);
        else if (s->op == PLAN_TERMINAL_CONNECT || s->op == PLAN_TERMINAL_OPEN || s->op == PLAN_STDIO_CHOWN)
                plan_terminal_describe(s, out);
        else if (s->op == PLAN_HOOK_RUN)
                plan_hooks_describe(s, out);
        else
                plan_rootfs_describe(s, out);
}

static void print_rows(const struct planner *p, struct strbuf *out)
{
        char name[64], pointer[192];
        for (size_t i = 0; i < p->n_steps; i++) {
                const struct step *s = &p->steps[i];
                strbuf_printf(out, "%s%s %s ", i ? "\n" : "", plan_ctx_name(s->ctx), plan_step_name(s, name, sizeof name));
                describe(s, out);
                if (s->origin)
                        json_pointer(s->origin, pointer, sizeof pointer);
                strbuf_printf(out, " %s", s->origin ? pointer : "-");
        }
        if (p->n_steps == 0)
                strbuf_adds(out, "");
}

static void check_row(const struct row *row, const add_rows *add)
{
        struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = "config.json" };
        struct err e = ERR_INIT;
        struct strbuf out = { 0 };
        struct oci_spec *spec;
        char *text = arena_printf(arena, "{%s,\"ociVersion\":\"1.3.0\"}", row->config);
        assert_int_equal(oci_spec_parse(arena, text, strlen(text), &faults, &spec, &e), 0);
        struct plan plan = { .spec = spec, .host = row->host, .request = row->request, .config_name = "config.json" };
        struct planner p = { .arena = arena, .plan = &plan };
        int r = 0;
        plan_decide_ns(&plan);
        for (; *add && r == 0; add++)
                r = (*add)(&p, &e);
        if (r != row->r)
                print_message("%s: %s\n", row->what, e.text);
        assert_int_equal(r, row->r);
        if (r == 0)
                print_rows(&p, &out);
        if (strcmp(r < 0 ? e.text : out.text ?: "", row->expected) != 0)
                print_message("%s:\n%s\n", row->what, r < 0 ? e.text : out.text ?: "");
        assert_string_equal(r < 0 ? e.text : out.text ?: "", row->expected);
        if (r < 0)
                assert_string_equal(e.pointer, row->pointer);
        strbuf_done(&out);
        arena_free(arena);
}

static void test_rootfs(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(rootfs_table); i++)
                check_row(&rootfs_table[i], rootfs_rows);
}

static void test_devices(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(device_table); i++)
                check_row(&device_table[i], device_rows);
}

static void test_terminal(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(terminal_table); i++)
                check_row(&terminal_table[i], terminal_rows);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rootfs), cmocka_unit_test(test_devices), cmocka_unit_test(test_terminal),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
