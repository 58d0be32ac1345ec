/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "num.h"

#define RECORD_NAME "state"
#define RECORD_NEW_NAME "state.new"
#define RECORD_HEAD "berth-record "

enum field_type { FIELD_TEXT, FIELD_U64, FIELD_UID, FIELD_BOOL, FIELD_WORD, FIELD_PROCESS, FIELD_STRINGS, FIELD_PAIRS };

static const char *const phase_words[] = { [STATE_CREATING] = "creating", [STATE_CREATED] = "created", NULL };
static const char *const manager_words[] = {
        [STATE_CGROUP_CGROUPFS] = "cgroupfs",
        [STATE_CGROUP_SYSTEMD] = "systemd",
        [STATE_CGROUP_DISABLED] = "disabled",
        NULL,
};

/* One table for both directions: a new field is a row here and a member in record.h. */
static const struct field {
        const char *key;
        enum field_type type;
        size_t offset;
        bool required;
        const char *const *words; /* FIELD_WORD: by value, NULL-terminated */
} fields[] = {
#define FIELD(key, type, member, ...) { key, FIELD_##type, offsetof(struct state_record, member), ##__VA_ARGS__ }
        FIELD("phase", WORD, phase, true, phase_words),
        FIELD("id", TEXT, id, true),
        FIELD("bundle", TEXT, bundle, true),
        FIELD("rootfs", TEXT, rootfs),
        FIELD("oci-version", TEXT, oci_version, true),
        FIELD("created-usec", U64, created_usec, true),
        FIELD("owner-uid", UID, owner_uid, true),
        FIELD("boot-id", TEXT, boot_id, true),
        FIELD("creator", PROCESS, creator, true),
        FIELD("init", PROCESS, init),
        FIELD("cgroup.manager", WORD, cgroup_manager, true, manager_words),
        FIELD("cgroup.path", TEXT, cgroup_path),
        FIELD("rdt.dir", STRINGS, rdt_dirs),
        FIELD("net.device", PAIRS, net_devices),
        FIELD("annotation", PAIRS, annotations),
        FIELD("private-pid-ns", BOOL, private_pid_ns),
#undef FIELD
};

static const struct {
        const char *kind;
        size_t offset;
} hook_lists[] = {
        { "start-host", offsetof(struct state_record, start_host) },
        { "poststart", offsetof(struct state_record, poststart) },
        { "stop", offsetof(struct state_record, stop) },
        { "poststop", offsetof(struct state_record, poststop) },
};
_Static_assert(ARRAY_SIZE(fields) <= 64, "struct reader counts fields in a 64-bit mask");

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void add_escaped(struct strbuf *out, const char *text)
{
        for (const unsigned char *s = (const unsigned char *) text; *s; s++) {
                if (*s == '\\')
                        strbuf_adds(out, "\\\\");
                else if (*s == '\n')
                        strbuf_adds(out, "\\n");
                else if (*s == '\t')
                        strbuf_adds(out, "\\t");
                else if (*s == '\r')
                        strbuf_adds(out, "\\r");
                else if (*s < 0x20 || *s == 0x7f)
                        strbuf_printf(out, "\\x%02x", *s);
                else
                        strbuf_addc(out, (char) *s);
        }
}

static void add_line(struct strbuf *out, const char *key, const char *value)
{
        strbuf_adds(out, key);
        strbuf_addc(out, '=');
        add_escaped(out, value);
        strbuf_addc(out, '\n');
}

static void add_strings(struct strbuf *out, const char *key, const oci_strings *list)
{
        for (size_t i = 0; i < list->n; i++)
                add_line(out, key, list->items[i]);
}

static void add_pairs(struct strbuf *out, const char *key, const oci_pairs *list)
{
        for (size_t i = 0; i < list->n; i++) {
                strbuf_printf(out, "%s=", key);
                add_escaped(out, list->items[i].key);
                strbuf_addc(out, '\t');
                add_escaped(out, list->items[i].value);
                strbuf_addc(out, '\n');
        }
}

static void add_process(struct strbuf *out, const char *key, const struct state_process *process)
{
        if (process->pid > 0)
                strbuf_printf(out, "%s=%d %llu\n", key, (int) process->pid, (unsigned long long) process->start_ticks);
}

static void add_field(struct strbuf *out, const struct field *field, const void *member)
{
        switch (field->type) {
        case FIELD_TEXT:
                if (*(const char *const *) member)
                        add_line(out, field->key, *(const char *const *) member);
                break;
        case FIELD_U64:
                strbuf_printf(out, "%s=%llu\n", field->key, (unsigned long long) *(const uint64_t *) member);
                break;
        case FIELD_UID:
                strbuf_printf(out, "%s=%u\n", field->key, *(const uid_t *) member);
                break;
        case FIELD_BOOL:
                if (*(const bool *) member)
                        add_line(out, field->key, "yes");
                break;
        case FIELD_WORD:
                add_line(out, field->key, field->words[*(const unsigned *) member]);
                break;
        case FIELD_PROCESS:
                add_process(out, field->key, member);
                break;
        case FIELD_STRINGS:
                add_strings(out, field->key, member);
                break;
        case FIELD_PAIRS:
                add_pairs(out, field->key, member);
                break;
        }
}

static void add_hooks(struct strbuf *out, const char *kind, const oci_hook_list *hooks)
{
        for (size_t i = 0; i < hooks->n; i++) {
                const struct oci_hook *hook = &hooks->items[i];

                add_line(out, "hook", kind);
                add_line(out, "hook.path", hook->path);
                add_strings(out, "hook.arg", &hook->args);
                add_strings(out, "hook.env", &hook->env);
                if (hook->timeout.set)
                        strbuf_printf(out, "hook.timeout=%lld\n", (long long) hook->timeout.value);
        }
}

void state_record_format(const struct state_record *record, struct strbuf *out)
{
        strbuf_printf(out, RECORD_HEAD "%d\n", STATE_RECORD_FORMAT);
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                add_field(out, &fields[i], (const char *) record + fields[i].offset);
        for (size_t i = 0; i < ARRAY_SIZE(hook_lists); i++)
                add_hooks(out, hook_lists[i].kind, (const oci_hook_list *) ((const char *) record + hook_lists[i].offset));
        strbuf_adds(out, "end\n");
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct reader {
        struct arena *arena;
        const char *name;
        unsigned line;
        uint64_t seen; /* bit n: row n of fields came */
        struct oci_hook *hook; /* the one that hook.* keys belong to */
        unsigned hook_line;
        struct err *e;
};

static int damaged(const struct reader *r, const char *fmt, ...) _printf_(2, 3);
static int damaged(const struct reader *r, const char *fmt, ...)
{
        va_list ap;
        int ret;

        va_start(ap, fmt);
        ret = err_setv(r->e, ERR_CONFIG, EINVAL, fmt, ap);
        va_end(ap);
        err_at(r->e, r->name, r->line, 1, NULL);
        err_hint(r->e, "the record of this container is damaged; 'berth delete --force' removes what it still can");
        return ret;
}

static int hex_digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape, its backslash read already.  Returns the bytes consumed, or 0. */
static size_t unescape_one(const char *s, size_t len, char *ret)
{
        static const char letters[] = { ['\\'] = '\\', ['n'] = '\n', ['t'] = '\t', ['r'] = '\r' };
        int value;

        if (len >= 1 && (unsigned char) s[0] < sizeof letters && letters[(unsigned char) s[0]]) {
                *ret = letters[(unsigned char) s[0]];
                return 1;
        }
        if (len < 3 || s[0] != 'x' || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
                return 0;
        value = hex_digit(s[1]) << 4 | hex_digit(s[2]);
        *ret = (char) value;
        return value ? 3 : 0;
}

static int unescape(const struct reader *r, const char *s, size_t len, const char **ret)
{
        char *text = arena_alloc(r->arena, len + 1), *out = text;

        if (!text)
                return err_nomem(r->e);
        for (size_t i = 0; i < len; i++) {
                size_t n;

                if (s[i] != '\\') {
                        *out++ = s[i];
                        continue;
                }
                n = unescape_one(s + i + 1, len - i - 1, out);
                if (n == 0)
                        return damaged(r, "bad escape in a value");
                out++;
                i += n;
        }
        *ret = text;
        return 0;
}

static int append_string(const struct reader *r, oci_strings *list, const char *value, size_t len)
{
        const char *text;
        void *items;
        int ret = unescape(r, value, len, &text);

        if (ret < 0)
                return ret;
        items = arena_grow_array(r->arena, list->items, list->n, sizeof *list->items);
        if (!items)
                return err_nomem(r->e);
        list->items = items;
        list->items[list->n++] = text;
        return 0;
}

static int append_pair(const struct reader *r, const char *key, oci_pairs *list, const char *value, size_t len)
{
        const char *tab = memchr(value, '\t', len);
        size_t half = tab ? (size_t) (tab - value) : 0;
        struct oci_pair pair;
        void *items;
        int ret;

        if (!tab || memchr(tab + 1, '\t', len - half - 1))
                return damaged(r, "'%s' needs two halves with one tab between", key);
        ret = unescape(r, value, half, &pair.key);
        if (ret >= 0)
                ret = unescape(r, tab + 1, len - half - 1, &pair.value);
        if (ret < 0)
                return ret;
        items = arena_grow_array(r->arena, list->items, list->n, sizeof *list->items);
        if (!items)
                return err_nomem(r->e);
        list->items = items;
        list->items[list->n++] = pair;
        return 0;
}

static int read_number(const struct reader *r, const char *key, const char *value, size_t len, uint64_t max, uint64_t *ret)
{
        uint64_t number;

        if (num_parse_u64(value, len, 10, &number) < 0 || number > max)
                return damaged(r, "'%s' is no number up to %llu", key, (unsigned long long) max);
        *ret = number;
        return 0;
}

static int read_process(const struct reader *r, const char *key, const char *value, size_t len, struct state_process *ret)
{
        const char *space = memchr(value, ' ', len);
        size_t half = space ? (size_t) (space - value) : 0;
        uint64_t pid;

        if (!space || num_parse_u64(value, half, 10, &pid) < 0 || pid < 1 || pid > INT_MAX ||
            num_parse_u64(space + 1, len - half - 1, 10, &ret->start_ticks) < 0)
                return damaged(r, "'%s' is no pid with its start time", key);
        ret->pid = (pid_t) pid;
        return 0;
}

static int read_word(const struct reader *r, const struct field *field, const char *value, size_t len, unsigned *ret)
{
        for (unsigned i = 0; field->words[i]; i++)
                if (strlen(field->words[i]) == len && memcmp(field->words[i], value, len) == 0) {
                        *ret = i;
                        return 0;
                }
        return damaged(r, "'%s' has an unknown value", field->key);
}

static int read_field(const struct reader *r, const struct field *field, const char *value, size_t len, void *member)
{
        uint64_t number = 0;
        int ret;

        switch (field->type) {
        case FIELD_TEXT:
                return unescape(r, value, len, member);
        case FIELD_U64:
                return read_number(r, field->key, value, len, UINT64_MAX, member);
        case FIELD_UID:
                ret = read_number(r, field->key, value, len, UINT32_MAX, &number);
                *(uid_t *) member = (uid_t) number;
                return ret;
        case FIELD_BOOL:
                if (len != 3 || memcmp(value, "yes", 3) != 0)
                        return damaged(r, "'%s' is not 'yes'", field->key);
                *(bool *) member = true;
                return 0;
        case FIELD_WORD:
                return read_word(r, field, value, len, member);
        case FIELD_PROCESS:
                return read_process(r, field->key, value, len, member);
        case FIELD_STRINGS:
                return append_string(r, member, value, len);
        case FIELD_PAIRS:
                return append_pair(r, field->key, member, value, len);
        }
        return 0;
}

/* A hook ends where the next begins or the record does; then it must have had its path. */
static int finish_hook(struct reader *r)
{
        if (r->hook && !r->hook->path) {
                r->line = r->hook_line;
                return damaged(r, "a hook without 'hook.path'");
        }
        return 0;
}

static oci_hook_list *list_of_kind(struct state_record *record, const char *kind, size_t len)
{
        for (size_t i = 0; i < ARRAY_SIZE(hook_lists); i++)
                if (strlen(hook_lists[i].kind) == len && memcmp(hook_lists[i].kind, kind, len) == 0)
                        return (oci_hook_list *) ((char *) record + hook_lists[i].offset);
        return NULL;
}

static int begin_hook(struct reader *r, const char *value, size_t len, struct state_record *record)
{
        oci_hook_list *list = list_of_kind(record, value, len);
        int ret = finish_hook(r);
        void *items;

        if (ret < 0)
                return ret;
        if (!list)
                return damaged(r, "'hook' has an unknown value");
        items = arena_grow_array(r->arena, list->items, list->n, sizeof *list->items);
        if (!items)
                return err_nomem(r->e);
        list->items = items;
        r->hook = &list->items[list->n++];
        r->hook_line = r->line;
        *r->hook = (struct oci_hook) { 0 };
        return 0;
}

static int read_hook_key(struct reader *r, const char *key, const char *value, size_t len)
{
        uint64_t number = 0;
        int ret;

        if (!r->hook)
                return damaged(r, "'%s' before any 'hook'", key);
        if (streq(key, "hook.arg"))
                return append_string(r, &r->hook->args, value, len);
        if (streq(key, "hook.env"))
                return append_string(r, &r->hook->env, value, len);
        if (streq(key, "hook.path"))
                return r->hook->path ? damaged(r, "'%s' comes twice", key) : unescape(r, value, len, &r->hook->path);
        if (!streq(key, "hook.timeout"))
                return 0;
        ret = read_number(r, key, value, len, INT64_MAX, &number);
        if (ret >= 0)
                r->hook->timeout = (struct opt_i64) { true, (int64_t) number };
        return ret;
}

static int read_line(struct reader *r, const char *line, size_t len, struct state_record *record)
{
        const char *equals = memchr(line, '=', len);
        size_t key_len = equals ? (size_t) (equals - line) : len;
        char key[64];

        if (!equals || key_len == 0 || key_len >= sizeof key)
                return damaged(r, "a line that is no 'key=value'");
        memcpy(key, line, key_len);
        key[key_len] = '\0';
        len -= key_len + 1;
        if (streq(key, "hook"))
                return begin_hook(r, equals + 1, len, record);
        if (str_after(key, "hook."))
                return read_hook_key(r, key, equals + 1, len);
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                bool list = fields[i].type == FIELD_STRINGS || fields[i].type == FIELD_PAIRS;

                if (!streq(fields[i].key, key))
                        continue;
                if (!list && (r->seen & UINT64_C(1) << i))
                        return damaged(r, "'%s' comes twice", key);
                r->seen |= UINT64_C(1) << i;
                return read_field(r, &fields[i], equals + 1, len, (char *) record + fields[i].offset);
        }
        return 0;
}

static int read_head(struct reader *r, const char *line, size_t len)
{
        const size_t head = strlen(RECORD_HEAD);
        uint64_t format;
        int ret;

        if (len <= head || memcmp(line, RECORD_HEAD, head) != 0 || num_parse_u64(line + head, len - head, 10, &format) < 0)
                return damaged(r, "this is no record of a container");
        if (format == STATE_RECORD_FORMAT)
                return 0;
        ret = err_set(r->e, ERR_CONFIG, ENOTSUP, "record format %llu is not understood, only %d", (unsigned long long) format,
                      STATE_RECORD_FORMAT);
        err_at(r->e, r->name, r->line, 1, NULL);
        err_hint(r->e, "a newer berth made this container: use that one");
        return ret;
}

static int finish(struct reader *r)
{
        int ret = finish_hook(r);

        for (size_t i = 0; ret >= 0 && i < ARRAY_SIZE(fields); i++)
                if (fields[i].required && !(r->seen & UINT64_C(1) << i))
                        return damaged(r, "'%s' is missing", fields[i].key);
        return ret;
}

int state_record_parse(struct arena *arena, const char *text, size_t len, const char *name, struct state_record *ret,
                       struct err *e)
{
        struct reader r = { .arena = arena, .name = name, .e = e };
        struct state_record record = STATE_RECORD_INIT;
        const char *stop = text + len;

        for (const char *line = text; line < stop;) {
                const char *newline = memchr(line, '\n', (size_t) (stop - line));
                size_t line_len = newline ? (size_t) (newline - line) : (size_t) (stop - line);
                int result;

                r.line++;
                if (!newline || memchr(line, '\0', line_len))
                        return damaged(&r, "%s", newline ? "a NUL byte" : "the last line has no end");
                if (r.line > 1 && line_len == 3 && memcmp(line, "end", 3) == 0) {
                        result = newline + 1 == stop ? finish(&r) : damaged(&r, "something follows 'end'");
                        if (result >= 0)
                                *ret = record;
                        return result;
                }
                result = r.line == 1 ? read_head(&r, line, line_len) : read_line(&r, line, line_len, &record);
                if (result < 0)
                        return result;
                line = newline + 1;
        }
        r.line++;
        return damaged(&r, "the record has no 'end'");
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, text, len);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        text += n;
                        len -= (size_t) n;
                }
        }
        return 0;
}

int state_record_write(int dir_fd, const struct state_record *record, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        _cleanup_close_ int fd = -EBADF;
        int r;

        state_record_format(record, &text);
        if (text.failed)
                return err_nomem(e);
        if (text.len > STATE_RECORD_MAX_BYTES)
                return err_set(e, ERR_CONFIG, E2BIG, "the annotations and hooks of '%s' are more than the %d MiB that its record may hold",
                               record->id, STATE_RECORD_MAX_BYTES >> 20);
        fd = openat(dir_fd, RECORD_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return err_sys(e, errno, "openat", "cannot create the record of '%s'", record->id);
        r = write_all(fd, text.text, text.len);
        if (r < 0) {
                unlinkat(dir_fd, RECORD_NEW_NAME, 0);
                return err_sys(e, -r, "write", "cannot write the record of '%s'", record->id);
        }
        if (renameat(dir_fd, RECORD_NEW_NAME, dir_fd, RECORD_NAME) < 0)
                return err_sys(e, errno, "renameat", "cannot replace the record of '%s'", record->id);
        return 0;
}

static int read_all(int fd, char *text, size_t size, size_t *ret_len)
{
        size_t len = 0;

        while (len < size) {
                ssize_t n = read(fd, text + len, size - len);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        break;
                if (n > 0)
                        len += (size_t) n;
        }
        *ret_len = len;
        return 0;
}

int state_record_read(struct arena *arena, int dir_fd, const char *id, struct state_record *ret, struct err *e)
{
        _cleanup_close_ int fd = openat(dir_fd, RECORD_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        char name[NAME_MAX + 8];
        struct stat st;
        size_t len = 0;
        char *text;
        int r;

        if (fd < 0 && errno == ENOENT)
                return -ENOENT;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_sys(e, errno, "openat", "cannot open the record of '%s'", id);
        snprintf(name, sizeof name, "%s/" RECORD_NAME, id);
        if (!S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > STATE_RECORD_MAX_BYTES)
                return err_set(e, ERR_CONFIG, EINVAL, "'%s' is no file of at most %d MiB", name, STATE_RECORD_MAX_BYTES >> 20);
        text = arena_alloc(arena, (size_t) st.st_size + 1);
        if (!text)
                return err_nomem(e);
        r = read_all(fd, text, (size_t) st.st_size, &len);
        if (r < 0)
                return err_sys(e, -r, "read", "cannot read the record of '%s'", id);
        r = state_record_parse(arena, text, len, name, ret, e);
        if (r >= 0 && !streq(ret->id, id))
                return err_set(e, ERR_CONFIG, EINVAL, "the record in '%s' is that of container '%s'", name, ret->id);
        return r;
}

int state_boot_id(char buf[37], struct err *e)
{
        _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        size_t len = 0;
        int r = fd < 0 ? -errno : read_all(fd, buf, 36, &len);

        if (r < 0)
                return err_sys(e, -r, "open", "cannot read '/proc/sys/kernel/random/boot_id'");
        buf[len] = '\0';
        return 0;
}
