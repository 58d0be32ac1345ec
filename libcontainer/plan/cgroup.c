/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <string.h>

#include "cgroup-settings.h"
#include "ns.h"

/* ------------------------------------------------------------------------------------------------------------------
 * Where */

static const struct json_node *path_origin(const struct planner *p)
{
        return cgroup_origin(p->plan->spec->linux_->at, "cgroupsPath");
}

/* Not root on the host: what is not delegated to us is out of reach. */
static bool is_limited(const struct host *host) { return host->in_user_ns || host->euid != 0; }

/* "slice:prefix:name" */
static bool is_systemd_form(const char *path)
{
        const char *first = strchr(path, ':');
        const char *second = first ? strchr(first + 1, ':') : NULL;

        return path[0] != '/' && second && !strchr(second + 1, ':');
}

/* PATH with single slashes and without ".", appended to OUT. */
static void add_clean(struct strbuf *out, const char *path)
{
        for (const char *at = path; *at;) {
                size_t len = strcspn(at, "/");

                if (len > 0 && !(len == 1 && at[0] == '.'))
                        strbuf_printf(out, "/%.*s", (int) len, at);
                at += len + (at[len] == '/');
        }
}

/* The parent of our own cgroup: its siblings are what an unprivileged user can make with controllers, since a cgroup that
 * has processes, as our own has, passes none down. */
static void add_own_parent(struct strbuf *out, const struct host *host)
{
        const char *own = host->v2_own ? host->v2_own : host->n_v1 > 0 ? host->v1[0].own : "/";
        const char *slash = strrchr(own, '/');

        if (slash && slash > own && !str_after(own, "/.."))
                strbuf_add(out, own, (size_t) (slash - own));
}

static bool has_dot_dot(const char *path)
{
        for (const char *at = path; (at = strstr(at, "..")); at += 2)
                if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
                        return true;
        return false;
}

static int decide_path(struct planner *p, const char **ret, struct err *e)
{
        const char *path = p->plan->spec->linux_->cgroups_path;
        _cleanup_(strbuf_done) struct strbuf out = { 0 };

        if (!str_empty(path) && is_systemd_form(path)) {
                cgroup_fault(p, path_origin(p), ERR_CONFIG, EINVAL, e, "cgroupsPath '%s' is meant for the systemd cgroup driver", path);
                err_hint(e, "it has the form slice:prefix:name; with the cgroupfs driver write a path such as '/berth/%s', or "
                            "configure the engine for cgroupfs", p->plan->request->id);
                return -EINVAL;
        }
        if (!str_empty(path) && has_dot_dot(path))
                return cgroup_fault(p, path_origin(p), ERR_CONFIG, EINVAL, e, "cgroupsPath '%s' leads upwards", path);
        if (str_empty(path) || path[0] != '/') {
                if (is_limited(p->plan->host))
                        add_own_parent(&out, p->plan->host);
                strbuf_adds(&out, "/berth");
        }
        add_clean(&out, str_empty(path) ? p->plan->request->id : path);
        if (out.failed)
                return err_nomem(e);
        if (out.len == 0)
                return cgroup_fault(p, path_origin(p), ERR_CONFIG, EINVAL, e, "cgroupsPath '%s' is the root of all cgroups", path);
        *ret = arena_strdup(p->arena, out.text);
        return *ret ? 0 : err_nomem(e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * create */

/* The controllers of the settings on cgroup2, or on v1, each once. */
static const char *needs(struct planner *p, const struct step_cgroup *c, bool v2)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        const char *last = "";

        for (size_t i = 0; i < c->n_settings; i++) {
                const struct cgroup_setting *s = &c->settings[i].setting;

                if ((s->hierarchy == CGROUP_V2) != v2 || streq(s->controller, last) || streq(s->controller, "cgroup"))
                        continue;
                last = s->controller;
                strbuf_printf(&out, "%s%s", out.len > 0 ? " " : "", last);
        }
        return out.failed ? NULL : arena_strdup(p->arena, out.text ? out.text : "");
}

/* Nothing is mounted, or nothing for us: fine, unless the config counts on it. */
static int check_without(struct planner *p, const struct oci_resources *res, struct err *e)
{
        struct step_cgroup_set *settings;
        size_t n;
        int r;

        if (!res)
                return 0;
        r = plan_cgroup_settings(p, res, &settings, &n, e);
        for (size_t i = 0; r == 0 && !p->plan->host->in_user_ns && i < res->devices.n; i++)
                if (!res->devices.items[i].allow.value) {
                        cgroup_fault(p, res->devices.items[i].at.node, ERR_HOST, ENOTSUP, e,
                                     "devices cannot be denied: the host has no cgroups");
                        err_hint(e, "mount cgroup2 on /sys/fs/cgroup; or let the container have every device with "
                                    "--cgroup-manager=disabled");
                        return -ENOTSUP;
                }
        return r;
}

int plan_add_cgroup_create(struct planner *p, struct err *e)
{
        const struct oci_resources *res = p->plan->spec->linux_->resources;
        struct step_cgroup *c = arena_alloc(p->arena, sizeof *c);
        struct step *step;
        int r = 0;

        if (!c)
                return err_nomem(e);
        if (p->plan->request->no_cgroups)
                return 0;
        if (p->plan->request->systemd_cgroup) {
                err_set(e, ERR_USAGE, ENOTSUP, "the systemd cgroup driver is not built into this version");
                err_hint(e, "use --cgroup-manager=cgroupfs");
                return -ENOTSUP;
        }
        if (p->plan->host->cgroup == HOST_CGROUP_NONE)
                return check_without(p, res, e);
        r = decide_path(p, &c->path, e);
        if (r == 0 && res)
                r = plan_cgroup_settings(p, res, &c->settings, &c->n_settings, e);
        if (r < 0)
                return r;
        c->needs_v1 = needs(p, c, false);
        c->needs_v2 = needs(p, c, true);
        c->optional = is_limited(p->plan->host) && str_empty(p->plan->spec->linux_->cgroups_path) && c->n_settings == 0;
        step = planner_add(p, PLAN_PARENT, PLAN_PHASE_CGROUP, PLAN_CGROUP_CREATE, path_origin(p));
        if (!step || !c->needs_v1 || !c->needs_v2)
                return err_nomem(e);
        step->u.cgroup = c;
        p->plan->cgroup_path = c->path;
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * attach, limits */

static const struct step_cgroup *created(const struct planner *p)
{
        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].op == PLAN_CGROUP_CREATE)
                        return p->steps[i].u.cgroup;
        return NULL;
}

static int add_row(struct planner *p, enum plan_op op, const struct json_node *origin, const struct step_cgroup *c, struct err *e)
{
        struct step *step = planner_add(p, PLAN_PARENT, PLAN_PHASE_CGROUP, op, origin);

        if (!step)
                return err_nomem(e);
        step->u.cgroup = c;
        return 0;
}

int plan_add_cgroup_attach(struct planner *p, struct err *e)
{
        const struct step_cgroup *c = created(p);

        return c ? add_row(p, PLAN_CGROUP_ATTACH, path_origin(p), c, e) : 0;
}

static int add_settings(struct planner *p, const struct step_cgroup *c, struct err *e)
{
        for (size_t i = 0; i < c->n_settings; i++) {
                struct step *step = planner_add(p, PLAN_PARENT, PLAN_PHASE_CGROUP, PLAN_CGROUP_SET, c->settings[i].origin);

                if (!step)
                        return err_nomem(e);
                step->u.cgroup_set = &c->settings[i];
        }
        return 0;
}

static bool has_v1_devices(const struct host *host)
{
        for (unsigned h = 0; h < host->n_v1; h++)
                if (streq(host->v1[h].controllers, "devices"))
                        return true;
        return false;
}

/* When the filter is put in place, so that init cannot meet one half-written: v1 takes it rule by rule, so it is complete
 * before init is in the cgroup; on cgroup2 it comes as one program, beside init.  A list that is taken as it is may deny what
 * init has to make or open: it comes, as LXC's, when init has done all that and stands still. */
static enum plan_filter_moment filter_moment(const struct planner *p)
{
        if (p->plan->spec->extensions.strict_device_rules)
                return PLAN_FILTER_LAST;
        return has_v1_devices(p->plan->host) ? PLAN_FILTER_BEFORE_INIT : PLAN_FILTER_BESIDE_INIT;
}

int plan_add_cgroup_filter(struct planner *p, enum plan_filter_moment moment, struct err *e)
{
        const struct oci_resources *res = p->plan->spec->linux_->resources;
        const struct json_node *origin = res ? cgroup_origin(res->at, "devices") : NULL;
        const struct cgroup_device_policy *policy;
        struct step *step;
        int r;

        if (!created(p) || moment != filter_moment(p) ||
            (p->plan->spec->extensions.strict_device_rules && (!res || res->devices.n == 0)))
                return 0;
        r = plan_cgroup_devices(p, res, has_v1_devices(p->plan->host), &policy, e);
        if (r < 0)
                return r;
        step = planner_add(p, PLAN_PARENT, PLAN_PHASE_CGROUP, PLAN_CGROUP_DEVICES, origin);
        if (!step)
                return err_nomem(e);
        step->u.device_policy = policy;
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Ownership.  spec: config-linux.md "Cgroup ownership" */

static const struct oci_mount *writable_cgroup_mount(const struct oci_spec *spec)
{
        for (size_t i = 0; i < spec->mounts.n; i++) {
                const struct oci_mount *m = &spec->mounts.items[i];
                bool ro = false;

                for (size_t o = 0; o < m->options.n; o++)
                        ro = ro || streq(m->options.items[o], "ro");
                if (streq_ptr(m->source, "cgroup") && streq_ptr(m->destination, "/sys/fs/cgroup"))
                        return ro ? NULL : m;
        }
        return NULL;
}

/* The host's uid of the container's user; false where the config does not tell (a joined user namespace). */
static bool host_uid(const struct plan *plan, uid_t *ret)
{
        const oci_id_mappings *maps = &plan->spec->linux_->uid_mappings;
        uint32_t uid = plan->spec->process ? plan->spec->process->user.uid.value : 0;

        *ret = uid;
        if (!plan->user_ns)
                return true;
        return plan_host_id(maps, uid, 1, ret);
}

/* Only on cgroup2, since v1 cannot delegate safely, and only with a cgroup namespace of its own. */
static int add_delegate(struct planner *p, const struct step_cgroup *c, struct err *e)
{
        const struct oci_mount *mount = writable_cgroup_mount(p->plan->spec);
        struct step_cgroup *d;
        uid_t uid;

        if (p->plan->host->cgroup != HOST_CGROUP_V2 || !plan_ns_is_new(p->plan, OCI_NS_CGROUP) || !mount)
                return 0;
        if (!host_uid(p->plan, &uid) || uid == p->plan->host->euid)
                return 0;
        d = arena_alloc(p->arena, sizeof *d);
        if (!d)
                return err_nomem(e);
        *d = (struct step_cgroup) { .path = c->path, .owner = uid };
        return add_row(p, PLAN_CGROUP_DELEGATE, mount->at.node, d, e);
}

int plan_add_cgroup_limits(struct planner *p, struct err *e)
{
        const struct step_cgroup *c = created(p);
        int r;

        if (!c)
                return 0;
        r = add_settings(p, c, e);
        if (r == 0)
                r = plan_add_cgroup_filter(p, PLAN_FILTER_BESIDE_INIT, e);
        return r < 0 ? r : add_delegate(p, c, e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * describe */

/* Values of several lines on one. */
static void add_value(struct strbuf *out, const char *value)
{
        for (; *value; value++) {
                if (*value == '\n')
                        strbuf_adds(out, "\\n");
                else
                        strbuf_addc(out, *value);
        }
}

static void describe_setting(const struct cgroup_setting *s, struct strbuf *out)
{
        strbuf_printf(out, "%s = ", s->file);
        add_value(out, s->value);
        if (s->other_file)
                strbuf_printf(out, ", or %s = %s", s->other_file, s->other_value);
        if (s->if_exists)
                strbuf_adds(out, " (if there)");
        if (s->not_below_usage)
                strbuf_adds(out, " (if above usage)");
}

static void add_number(struct strbuf *out, int32_t number)
{
        if (number == CGROUP_DEV_ANY)
                strbuf_addc(out, '*');
        else
                strbuf_printf(out, "%d", number);
}

static void describe_devices(const struct cgroup_device_policy *policy, struct strbuf *out)
{
        strbuf_adds(out, policy->allow_others ? "allow all" : "deny all");
        for (size_t i = 0; i < policy->n; i++) {
                const struct cgroup_device_rule *rule = &policy->rules[i];

                strbuf_printf(out, "; %s %c ", rule->allow ? "allow" : "deny", rule->type);
                add_number(out, rule->major);
                strbuf_addc(out, ':');
                add_number(out, rule->minor);
                strbuf_printf(out, " %s%s%s", rule->access & CGROUP_DEV_READ ? "r" : "", rule->access & CGROUP_DEV_WRITE ? "w" : "",
                              rule->access & CGROUP_DEV_MKNOD ? "m" : "");
        }
        if (policy->optional)
                strbuf_adds(out, " (if permitted)");
}

static void describe_create(const struct step_cgroup *c, struct strbuf *out)
{
        const char *both = c->needs_v1[0] && c->needs_v2[0] ? " " : "";

        strbuf_printf(out, "'%s'", c->path);
        if (c->needs_v1[0] || c->needs_v2[0])
                strbuf_printf(out, " with %s%s%s", c->needs_v1, both, c->needs_v2);
        if (c->optional)
                strbuf_adds(out, " (if permitted)");
}

void plan_cgroup_describe(const struct step *step, struct strbuf *out)
{
        switch (step->op) {
        case PLAN_CGROUP_CREATE:
                describe_create(step->u.cgroup, out);
                break;
        case PLAN_CGROUP_SET:
                describe_setting(&step->u.cgroup_set->setting, out);
                break;
        case PLAN_CGROUP_DEVICES:
                describe_devices(step->u.device_policy, out);
                break;
        case PLAN_CGROUP_DELEGATE:
                strbuf_printf(out, "'%s' to uid %u", step->u.cgroup->path, step->u.cgroup->owner);
                break;
        default:
                strbuf_printf(out, "'%s'", step->u.cgroup->path);
        }
}
