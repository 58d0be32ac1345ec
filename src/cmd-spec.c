/* SPDX-License-Identifier: Apache-2.0 */
/* spec: a config.json to start from.  A shell in a read-only root, with the mounts and masks that every container should
 * have; three capabilities, no new privileges, all namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cmd.h"
#include "err.h"
#include "str.h"

#define CAPABILITIES "[\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]"

static const char head[] =
        "{\n"
        "  \"ociVersion\": \"%s\",\n"
        "  \"process\": {\n"
        "    \"terminal\": true,\n"
        "    \"user\": { \"uid\": 0, \"gid\": 0 },\n"
        "    \"args\": [\"sh\"],\n"
        "    \"env\": [\n"
        "      \"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
        "      \"TERM=xterm\"\n"
        "    ],\n"
        "    \"cwd\": \"/\",\n"
        "    \"capabilities\": {\n"
        "      \"bounding\": " CAPABILITIES ",\n"
        "      \"effective\": " CAPABILITIES ",\n"
        "      \"permitted\": " CAPABILITIES "\n"
        "    },\n"
        "    \"rlimits\": [{ \"type\": \"RLIMIT_NOFILE\", \"hard\": 1024, \"soft\": 1024 }],\n"
        "    \"noNewPrivileges\": true\n"
        "  },\n"
        "  \"root\": { \"path\": \"rootfs\", \"readonly\": true },\n"
        "  \"hostname\": \"berth\",\n";

/* %s: the group of terminals, which only a mapping of many ids has. */
static const char mounts[] =
        "  \"mounts\": [\n"
        "    { \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" },\n"
        "    { \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\",\n"
        "      \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"] },\n"
        "    { \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n"
        "      \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"%s] },\n"
        "    { \"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\",\n"
        "      \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"mode=1777\", \"size=65536k\"] },\n"
        "    { \"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\",\n"
        "      \"options\": [\"nosuid\", \"noexec\", \"nodev\"] },\n"
        "    { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\",\n"
        "      \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"] },\n"
        "    { \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\",\n"
        "      \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"relatime\", \"ro\"] }\n"
        "  ],\n";

static const char linux_resources[] = "    \"resources\": { \"devices\": [{ \"allow\": false, \"access\": \"rwm\" }] },\n";

static const char linux_mappings[] =
        "    \"uidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }],\n"
        "    \"gidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }],\n";

static const char linux_namespaces[] =
        "    \"namespaces\": [\n"
        "%s"
        "      { \"type\": \"pid\" },\n"
        "      { \"type\": \"network\" },\n"
        "      { \"type\": \"mount\" },\n"
        "      { \"type\": \"ipc\" },\n"
        "      { \"type\": \"uts\" },\n"
        "      { \"type\": \"cgroup\" }\n"
        "    ],\n";

static const char tail[] =
        "    \"maskedPaths\": [\n"
        "      \"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", \"/proc/keys\", \"/proc/latency_stats\",\n"
        "      \"/proc/timer_list\", \"/proc/timer_stats\", \"/proc/sched_debug\", \"/proc/scsi\", \"/sys/firmware\",\n"
        "      \"/sys/devices/virtual/powercap\"\n"
        "    ],\n"
        "    \"readonlyPaths\": [\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"]\n"
        "  }\n"
        "}\n";

static void write_spec(struct strbuf *out, bool rootless)
{
        strbuf_printf(out, head, berth_spec_version());
        strbuf_printf(out, mounts, rootless ? "" : ", \"gid=5\"");
        strbuf_adds(out, "  \"linux\": {\n");
        if (rootless)
                strbuf_printf(out, linux_mappings, geteuid(), getegid());
        else
                strbuf_adds(out, linux_resources);
        strbuf_printf(out, linux_namespaces, rootless ? "      { \"type\": \"user\" },\n" : "");
        strbuf_adds(out, tail);
}

static int fail(struct berth_error *error, int num, const char *path)
{
        cmd_usage(error, num == EEXIST ? "remove it first, or write another with --file" : NULL, "cannot write '%s': %s (%s)", path,
                  errno_text(num), errno_name(num));
        error->cls = BERTH_ERROR_HOST;
        error->num = num;
        return -num;
}

static int write_file(const char *path, const struct strbuf *text, struct berth_error *error)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        size_t done = 0;

        if (fd < 0)
                return fail(error, errno, path);
        while (done < text->len) {
                ssize_t n = write(fd, text->text + done, text->len - done);

                if (n < 0 && errno != EINTR) {
                        int num = errno;

                        unlink(path);
                        return fail(error, num, path);
                }
                done += n > 0 ? (size_t) n : 0;
        }
        return 0;
}

int cmd_spec(const struct cmd_env *env)
{
        const struct cmd_args *args = env->args;
        _cleanup_(strbuf_done) struct strbuf text = { 0 }, path = { 0 };
        struct berth_error error;
        int r;

        write_spec(&text, args->spec_rootless);
        if (args->file && streq(args->file, "-"))
                return cmd_print_buffer(env, &text);
        if (args->file && (args->file[0] == '/' || !args->bundle))
                strbuf_adds(&path, args->file);
        else
                strbuf_printf(&path, "%s/%s", args->bundle ? args->bundle : ".", args->file ? args->file : "config.json");
        r = text.failed || path.failed ? cmd_usage(&error, NULL, "out of memory") : write_file(path.text, &text, &error);
        return r < 0 ? report_error(env->report, &error, "spec") : EXIT_SUCCESS;
}
