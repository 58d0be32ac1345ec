#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare runtimes in one run: per scenario the median of each one's time and peak memory, and the ratio to crun and to the
floor.  The runtimes take turns, so that a noisy neighbour hits all of them alike.  Nothing here asserts anything.

    bench.py --berth PATH --floor PATH [--crun PATH] [--runc PATH] [--rounds N] [--only SCENARIO]

Runs itself in a private mount namespace without the hybrid cgroup2, because crun refuses hybrid hosts."""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))


def rootfs(path):
    subprocess.run(["sh", "-c", '. "$0"; make_busybox_rootfs "$1"', os.path.join(HERE, "../../contrib/lib.sh"), path],
                   check=True, cwd=os.path.join(HERE, "../../contrib"))


def timed(argv, log):
    """Wall milliseconds, peak KiB of the command itself and its children; the command must succeed."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
               (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    begin = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    took = (time.perf_counter() - begin) * 1000
    if status != 0:
        sys.exit(f"{' '.join(argv)}: status {status}: {open(log).read()}")
    return took, usage.ru_maxrss


class Runtime:
    def __init__(self, name, path, work):
        self.name, self.path, self.root, self.log = name, path, os.path.join(work, "root-" + name), os.path.join(work, "log-" + name)
        self.count = 0

    def call(self, *words):
        return timed([self.path, "--root", self.root, *words], self.log)

    def fresh_id(self):
        self.count += 1
        return f"bench-{self.name}-{os.getpid()}-{self.count}"


def scenario_run(runtime, bundle):
    return runtime.call("run", "--bundle", bundle, runtime.fresh_id())


def scenario_life(runtime, bundle):
    """create + start + state + delete, each a command of its own, as engines do."""
    name, total, peak = runtime.fresh_id(), 0.0, 0
    for words in (["create", "--bundle", bundle, name], ["start", name], ["state", name], ["delete", "--force", name]):
        took, memory = runtime.call(*words)
        total, peak = total + took, max(peak, memory)
    return total, peak


def scenario_state(runtime, bundle):
    if not getattr(runtime, "parked", None):
        runtime.parked = runtime.fresh_id()
        runtime.call("create", "--bundle", bundle, runtime.parked)
    return runtime.call("state", runtime.parked)


def scenario_version(runtime, _bundle):
    return timed([runtime.path, "--version"], runtime.log)


def seccomp_profile():
    names = subprocess.run(["sh", "-c", "ausyscall --dump 2>/dev/null | awk 'NR>1{print $2}'"], capture_output=True, text=True).stdout.split()
    names = names[:350] or ["read", "write", "openat", "close", "mmap", "munmap", "brk", "execve", "exit_group", "arch_prctl",
                            "rt_sigaction", "rt_sigprocmask", "ioctl", "fstat", "newfstatat", "getuid", "getgid", "setuid",
                            "mprotect", "prctl", "capset", "prlimit64", "set_tid_address", "set_robust_list", "rseq",
                            "getrandom", "readlink", "exit", "futex", "access", "faccessat", "faccessat2", "statx"]
    return {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": [{"names": names, "action": "SCMP_ACT_ALLOW"},
                         {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                          "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]}]}


def bundles(work):
    plain = os.path.join(work, "plain")
    os.makedirs(plain)
    rootfs(os.path.join(plain, "rootfs"))
    config = json.loads(subprocess.run(["bash", "-c", 'source "$0/bats/helpers.bash" 2>/dev/null; default_config', os.path.join(HERE, "..")],
                                       capture_output=True, text=True, env={**os.environ, "BATS_TEST_DIRNAME": os.path.join(HERE, "../bats")}).stdout)
    json.dump(config, open(os.path.join(plain, "config.json"), "w"))
    variants = {"plain": plain}

    def variant(name, change):
        path = os.path.join(work, name)
        os.makedirs(path)
        os.symlink(os.path.join(plain, "rootfs"), os.path.join(path, "rootfs"))
        changed = json.loads(json.dumps(config))
        changed["root"]["path"] = os.path.join(plain, "rootfs")
        change(changed)
        json.dump(changed, open(os.path.join(path, "config.json"), "w"))
        variants[name] = path

    variant("seccomp", lambda c: c["linux"].update(seccomp=seccomp_profile()))
    variant("masks", lambda c: c["linux"].update(
        maskedPaths=[f"/sys/devices/system/cpu/cpu{i}/{d}" for i in range(2) for d in ("topology", "cache", "power")] * 16))
    variant("binds", lambda c: c["mounts"].extend(
        {"destination": f"/mnt/{i}", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]} for i in range(20)))
    return variants


SCENARIOS = [("version", scenario_version, "plain"), ("run", scenario_run, "plain"), ("life", scenario_life, "plain"),
             ("state", scenario_state, "plain"), ("run, seccomp", scenario_run, "seccomp"),
             ("run, 96 masks", scenario_run, "masks"), ("run, 20 binds", scenario_run, "binds")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--berth", required=True)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--crun", default=shutil.which("crun"))
    parser.add_argument("--runc", default=shutil.which("runc", path=os.environ["PATH"] + ":/usr/sbin"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only")
    args = parser.parse_args()
    if os.path.exists("/sys/fs/cgroup/unified") and "BENCH_INSIDE" not in os.environ:
        os.environ["BENCH_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c",
                              'umount /sys/fs/cgroup/unified; exec "$0" "$@"', sys.executable, *sys.argv])
    work = tempfile.mkdtemp(prefix="berth-bench.")
    runtimes = [Runtime(n, os.path.abspath(p), work) for n, p in (("berth", args.berth), ("crun", args.crun), ("runc", args.runc)) if p]
    try:
        paths = bundles(work)
        for title, scenario, bundle in SCENARIOS:
            if args.only and args.only not in title:
                continue
            times = {r.name: [] for r in runtimes} | {"floor": []}
            peaks = {r.name: 0 for r in runtimes} | {"floor": 0}
            for turn in range(args.rounds + 3):
                sample = {r.name: scenario(r, paths[bundle]) for r in runtimes}
                if scenario is scenario_run and bundle == "plain":
                    sample["floor"] = timed([args.floor, os.path.join(paths["plain"], "rootfs")], os.path.join(work, "log"))
                for name, (took, peak) in sample.items() if turn >= 3 else ():
                    times[name].append(took)
                    peaks[name] = max(peaks[name], peak)
            report(title, times, peaks)
        for r in runtimes:
            if getattr(r, "parked", None):
                r.call("delete", "--force", r.parked)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def report(title, times, peaks):
    mid = {name: statistics.median(values) for name, values in times.items() if values}
    parts = [f"{name} {mid[name]:6.2f} ms {peaks[name] / 1024:5.1f} MB" for name in mid]
    ratios = [f"berth/{other} {mid['berth'] / mid[other]:.2f}" for other in mid if other != "berth"]
    print(f"{title:14} " + " | ".join(parts) + "   " + "  ".join(ratios), flush=True)


if __name__ == "__main__":
    main()
