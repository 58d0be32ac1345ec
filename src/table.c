/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of commands and options.  A new option is a row here and a member of struct cmd_args; help follows from
 * it, and tests/check-help.sh holds the manual page and the shell completion to it. */
#include "cli.h"

#define ARG(member) offsetof(struct cmd_args, member)
#define OPTIONS(array) (array), ARRAY_SIZE(array)
#define NO_OPTIONS NULL, 0

const struct cli_option cli_global_options[] = {
        { "root", 0, CLI_TEXT, ARG(root), "DIR", "where containers' state lives (default: /run/berth, or $XDG_RUNTIME_DIR/berth)" },
        { "log", 0, CLI_TEXT, ARG(log), "TARGET", "log to a file, journald:ID or syslog:ID" },
        { "log-format", 0, CLI_TEXT, ARG(log_format), "FORMAT", "text or json" },
        { "log-level", 0, CLI_TEXT, ARG(log_level), "LEVEL", "error, warning, info or debug (default: error)" },
        { "debug", 0, CLI_FLAG, ARG(debug), NULL, "same as --log-level=debug" },
        { "cgroup-manager", 0, CLI_TEXT, ARG(cgroup_manager), "NAME", "cgroupfs, systemd or disabled (default: cgroupfs)" },
        { "systemd-cgroup", 0, CLI_FLAG, ARG(systemd_cgroup), NULL, "same as --cgroup-manager=systemd" },
        { "rootless", 0, CLI_TEXT, ARG(rootless), "BOOL", "accepted for callers of other runtimes; berth finds out by itself" },
        { "criu", 0, CLI_TEXT, ARG(ignored_text), "PATH", NULL },
        { "version", 'v', CLI_FLAG, ARG(version), NULL, "show the version" },
        { "version", 'V', CLI_FLAG, ARG(version), NULL, NULL },
        { "help", 'h', CLI_FLAG, ARG(help), NULL, "show this help" },
};
const size_t cli_n_global_options = ARRAY_SIZE(cli_global_options);

#define BUNDLE_OPTIONS                                                                                                 \
        { "bundle", 'b', CLI_TEXT, ARG(bundle), "DIR", "the bundle (default: the working directory)" },                \
        { "config", 'f', CLI_TEXT, ARG(config), "FILE", "the configuration (default: config.json of the bundle)" }
#define CREATE_OPTIONS                                                                                                 \
        BUNDLE_OPTIONS,                                                                                                \
        { "console-socket", 0, CLI_TEXT, ARG(console_socket), "SOCK", "send the terminal's master to this socket" },   \
        { "pid-file", 0, CLI_TEXT, ARG(pid_file), "FILE", "write the container's pid to FILE" },                       \
        { "pidfd-socket", 0, CLI_TEXT, ARG(pidfd_socket), "SOCK", "send a pidfd of the container to this socket" },    \
        { "preserve-fds", 0, CLI_NUMBER, ARG(preserve_fds), "N", "pass file descriptors 3 to N+2 to the container" },  \
        { "no-pivot", 0, CLI_FLAG, ARG(no_pivot), NULL, "do not use pivot_root, for a root on a ramdisk" },            \
        { "no-new-keyring", 0, CLI_FLAG, ARG(no_new_keyring), NULL, "stay in the session keyring of the caller" },     \
        { "strict", 0, CLI_FLAG, ARG(strict), NULL, "unknown keys of the configuration are errors" }

static const struct cli_option create_options[] = {
        CREATE_OPTIONS,
        { "timing", 0, CLI_FLAG, ARG(timing), NULL, "show how long each step took" },
        { "no-subreaper", 0, CLI_FLAG, ARG(no_subreaper), NULL, "accepted for callers of other runtimes; no effect" },
        { "detach", 'd', CLI_FLAG, ARG(detach), NULL, NULL },
        { "fault-at", 0, CLI_TEXT, ARG(fault_at), "[+]ROW[:ERRNO]", NULL },
};
static const struct cli_option convert_options[] = {
        { "output", 'o', CLI_TEXT, ARG(output), "DIR", "the bundle to make (default: config.json to standard output)" },
        { "name", 'n', CLI_TEXT, ARG(name), "NAME", "the container's name (default: from CONFIG)" },
        { "era", 0, CLI_TEXT, ARG(era), "VERSION", "the LXC that CONFIG is for (default: find out)" },
        { "system", 0, CLI_FLAG, ARG(system), NULL, "a system container, as lxc-start makes it" },
        { "app", 0, CLI_FLAG, ARG(app), NULL, "an application container, as lxc-execute makes it" },
        { "execute", 0, CLI_FLAG, ARG(app), NULL, "same as --app" },
        { "portable", 0, CLI_FLAG, ARG(portable), NULL, "the best bundle for runc and crun, not for berth" },
        { "strict", 0, CLI_FLAG, ARG(strict), NULL, "any loss is an error" },
        { "force", 'f', CLI_FLAG, ARG(force), NULL, "leave out lines that are in error, and go on" },
        { "overwrite", 0, CLI_FLAG, ARG(overwrite), NULL, "replace the files of a bundle that exists" },
        { "report", 0, CLI_TEXT, ARG(report_file), "FILE", "write the report to FILE" },
        { "report-format", 0, CLI_TEXT, ARG(report_format), "FORMAT", "text or json (default: text)" },
        { "quiet", 'q', CLI_FLAG, ARG(quiet), NULL, "show warnings and errors only" },
        { "lxcpath", 'P', CLI_TEXT, ARG(lxcpath), "DIR", "where LXC keeps containers (default: /var/lib/lxc)" },
        { "helper", 0, CLI_TEXT, ARG(helper), "PATH", "the berth that the bundle's hooks run (default: this)" },
        { "legacy-cgroups", 0, CLI_FLAG, ARG(cgroup_v1), NULL, "for a host with cgroups of version 1" },
        { "to-lxc", 0, CLI_FLAG, ARG(to_lxc), NULL, "CONFIG is an OCI bundle: make an lxc.conf of it" },
        { "list-keys", 0, CLI_FLAG, ARG(list_keys), NULL, "show the table of all keys" },
        { "roff", 0, CLI_FLAG, ARG(roff), NULL, NULL },
};
static const struct cli_option run_options[] = {
        CREATE_OPTIONS,
        { "timing", 0, CLI_FLAG, ARG(timing), NULL, "show how long each step took" },
        { "detach", 'd', CLI_FLAG, ARG(detach), NULL, "do not wait for the container" },
        { "keep", 0, CLI_FLAG, ARG(keep), NULL, "do not delete the container when it exits" },
        { "no-subreaper", 0, CLI_FLAG, ARG(no_subreaper), NULL, "do not adopt the container's orphans" },
        { "fault-at", 0, CLI_TEXT, ARG(fault_at), "[+]ROW[:ERRNO]", NULL },
};
static const struct cli_option plan_options[] = {
        CREATE_OPTIONS,
        { "format", 0, CLI_TEXT, ARG(format), "FORMAT", "text or json (default: text)" },
};
static const struct cli_option validate_options[] = {
        BUNDLE_OPTIONS,
        { "strict", 0, CLI_FLAG, ARG(strict), NULL, "unknown keys of the configuration are errors" },
};
static const struct cli_option kill_options[] = {
        { "all", 'a', CLI_FLAG, ARG(all), NULL, "signal every process of the container, not only its first" },
        { "regex", 'r', CLI_FLAG, ARG(regex), NULL, "ID is a regular expression: signal every container that it matches" },
};
static const struct cli_option delete_options[] = {
        { "force", 'f', CLI_FLAG, ARG(force), NULL, "kill the container if it is not stopped; an unknown ID is no error" },
        { "regex", 'r', CLI_FLAG, ARG(regex), NULL, "ID is a regular expression: delete every container that it matches" },
};
static const struct cli_option list_options[] = {
        { "format", 'f', CLI_TEXT, ARG(format), "FORMAT", "table or json (default: table)" },
        { "quiet", 'q', CLI_FLAG, ARG(quiet), NULL, "show the ids only" },
};
static const struct cli_option lxc_hook_options[] = {
        { "type", 0, CLI_TEXT, ARG(hook_type), "TYPE", "pre-start, mount, post-stop, …" },
        { "section", 0, CLI_TEXT, ARG(section), "NAME", "lxc or net (default: lxc)" },
        { "hook-version", 0, CLI_NUMBER, ARG(hook_version), "N", "lxc.hook.version (default: 0)" },
        { "era", 0, CLI_TEXT, ARG(era), "VERSION", "whose environment the hook gets (default: 3.0)" },
        { "name", 0, CLI_TEXT, ARG(name), "NAME", "the container's name in LXC" },
        { "config", 0, CLI_TEXT, ARG(config), "FILE", "LXC_CONFIG_FILE" },
        { "rootfs-path", 0, CLI_TEXT, ARG(rootfs_path), "PATH", "LXC_ROOTFS_PATH" },
        { "rootfs-mount", 0, CLI_TEXT, ARG(rootfs_mount), "PATH", "LXC_ROOTFS_MOUNT" },
};
static const struct cli_option lxc_net_options[] = {
        { "config", 0, CLI_TEXT, ARG(config), "FILE", "the network configuration, lxc-net.json" },
};
static const struct cli_option spec_options[] = {
        { "bundle", 'b', CLI_TEXT, ARG(bundle), "DIR", "where config.json is written (default: the working directory)" },
        { "file", 'f', CLI_TEXT, ARG(file), "FILE", "write FILE instead; '-' is standard output" },
        { "rootless", 0, CLI_FLAG, ARG(spec_rootless), NULL, "for a user without privileges: a user namespace with one id" },
};

const struct cli_command cli_commands[] = {
        { "convert", "CONFIG... [-- COMMAND...]", 0, SIZE_MAX, "make a bundle from an LXC configuration",
          "Reads LXC configurations of any version, makes an OCI bundle of each, and reports what became of each line. The "
          "exit status is 0 if nothing was lost, 2 if something was, 1 if there are errors and nothing was written.",
          OPTIONS(convert_options), cmd_convert },
        { "create", "ID", 1, 1, "make a container, ready to be started",
          "Makes container ID from a bundle: namespaces, mounts, cgroup and all else of config.json. "
          "Its program does not run before 'berth start'.",
          OPTIONS(create_options), cmd_create },
        { "delete", "ID", 1, 1, "delete a stopped container",
          "Removes what create made and runs the poststop hooks. A container that was created but never started is "
          "killed first, a running one only with --force.",
          OPTIONS(delete_options), cmd_delete },
        { "features", "", 0, 0, "show what this runtime can do, as JSON", NULL, NO_OPTIONS, cmd_features },
        { "kill", "ID [SIGNAL]", 1, 2, "send a signal to a container",
          "Sends SIGNAL to the first process of container ID. A signal is a name in any case, with or without SIG, or a "
          "number; the default is TERM.",
          OPTIONS(kill_options), cmd_kill },
        { "list", "", 0, 0, "list containers", NULL, OPTIONS(list_options), cmd_list },
        { "lxc-hook", "[--] COMMAND [WORD...]", 1, SIZE_MAX, "run a hook of an LXC configuration as an OCI hook",
          "Reads a container's state from standard input, as OCI hooks get it, and becomes the shell that runs COMMAND as "
          "LXC would: with LXC's arguments, environment and standard input. Bundles that 'berth convert' makes call it.",
          OPTIONS(lxc_hook_options), cmd_lxc_hook },
        { "lxc-net", "up|down", 1, 1, "make the network of an LXC configuration (a hook)",
          "The hook that 'berth convert' writes into a bundle: 'up' as createRuntime makes the network interfaces of "
          "FILE and sets them up in the container, 'down' as poststop takes them away. Both get the container's state "
          "on standard input, from any OCI runtime.",
          OPTIONS(lxc_net_options), cmd_lxc_net },
        { "plan", "[ID]", 0, 1, "show the steps that create would take",
          "Prints the table of steps that 'berth create' with the same options would run, and makes nothing.",
          OPTIONS(plan_options), cmd_plan },
        { "run", "ID", 1, 1, "create and start a container, and wait for it",
          "Creates container ID, starts it, passes signals on to it, and deletes it when it has exited. The exit status "
          "is the container's own, or 128 and the number of the signal that killed it.",
          OPTIONS(run_options), cmd_run },
        { "spec", "", 0, 0, "write a config.json to start from",
          "Writes a configuration that runs a shell in the directory 'rootfs' of the bundle.", OPTIONS(spec_options), cmd_spec },
        { "start", "ID", 1, 1, "run the program of a created container", NULL, NO_OPTIONS, cmd_start },
        { "state", "ID", 1, 1, "show the state of a container, as JSON", NULL, NO_OPTIONS, cmd_state },
        { "validate", "", 0, 0, "check a config.json",
          "Prints everything that is wrong with the configuration, each with its line and column. The exit status is 1 if "
          "there are errors, 0 if there are only warnings.",
          OPTIONS(validate_options), cmd_validate },
        { "version", "", 0, 0, "show the version", NULL, NO_OPTIONS, cmd_version },
};
const size_t cli_n_commands = ARRAY_SIZE(cli_commands);
