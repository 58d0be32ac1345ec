#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare runtimes in one run: per scenario the median of each one's time and peak memory, and the ratio to crun and to the
floor.  The runtimes take turns, so that a noisy neighbour hits all of them alike.  Nothing here asserts anything.

    bench.py --berth PATH --floor PATH --timed PATH [--crun PATH] [--runc PATH] [--rounds N] [--only SCENARIO]

Runs itself in a private mount namespace without the hybrid cgroup2, because crun refuses hybrid hosts."""
import argparse, json, os, re, shutil, statistics, subprocess, sys, tempfile, time

TIMED = ""
WARM_UP = 3
HERE = os.path.dirname(os.path.abspath(__file__))


def rootfs(path):
    subprocess.run(["sh", "-c", '. "$0"; make_busybox_rootfs "$1"', os.path.join(HERE, "../../contrib/lib.sh"), path],
                   check=True, cwd=os.path.join(HERE, "../../contrib"))


def timed(argv, log):
    """Wall milliseconds, peak KiB of the command itself and its children; the command must succeed."""
    out = subprocess.run([TIMED, log, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    usec, peak, status = map(int, out.split())
    if status != 0:
        sys.exit(f"{' '.join(argv)}: status {status}: {open(log).read()}")
    return usec / 1000, peak


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


def scenario_bare(runtime, bundle):
    """run without a cgroup: what is compared with the floor, which makes none.  runc cannot."""
    if runtime.name == "runc":
        return None
    return runtime.call("--cgroup-manager", "disabled", "run", "--bundle", bundle, runtime.fresh_id())


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


def scenario_kill(runtime, bundle):
    """kill alone; the create before it and the delete after it are not counted."""
    name = runtime.fresh_id()
    runtime.call("create", "--bundle", bundle, name)
    result = runtime.call("kill", name, "KILL")
    runtime.call("delete", "--force", name)
    return result


def scenario_version(runtime, _bundle):
    return timed([runtime.path, "--version"], runtime.log)


def seccomp_profile():
    # A profile of an engine's size: all that the C library's headers know, less a few.
    text = open("/usr/include/" + os.uname().machine + "-linux-gnu/asm/unistd_64.h").read()
    names = [n for n in re.findall(r"#define __NR_(\w+)", text) if n not in ("personality", "kexec_load", "reboot", "swapon")]
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
    config["ociVersion"] = "1.0.2"  # what older peers know
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
        {"destination": f"/mnt/{i}", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]} for i in range(100)))
    return variants


SCENARIOS = [("version", scenario_version, "plain"), ("run, no cgroup", scenario_bare, "plain"), ("run", scenario_run, "plain"),
             ("life", scenario_life, "plain"),
             ("state", scenario_state, "plain"), ("kill", scenario_kill, "plain"), ("run, seccomp", scenario_run, "seccomp"),
             ("run, 96 masks", scenario_run, "masks"), ("run, 100 binds", scenario_run, "binds")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--berth", required=True)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--timed", required=True, help="what tests/bench/timed.c became")
    parser.add_argument("--crun", default=shutil.which("crun"))
    parser.add_argument("--runc", default=shutil.which("runc", path=os.environ["PATH"] + ":/usr/sbin"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only")
    args = parser.parse_args()
    global TIMED
    TIMED = os.path.abspath(args.timed)
    if os.path.exists("/sys/fs/cgroup/unified") and "BENCH_INSIDE" not in os.environ:
        os.environ["BENCH_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c",
                              'umount /sys/fs/cgroup/unified; exec "$0" "$@"', sys.executable, *sys.argv])
    # State lives on a tmpfs wherever runtimes are used: /run.
    work = tempfile.mkdtemp(prefix="berth-bench.", dir="/dev/shm")
    runtimes = [Runtime(n, os.path.abspath(p), work) for n, p in (("berth", args.berth), ("crun", args.crun), ("runc", args.runc)) if p]
    try:
        paths = bundles(work)
        for title, scenario, bundle in SCENARIOS:
            if args.only and args.only not in title:
                continue
            times = {r.name: [] for r in runtimes} | {"floor": []}
            peaks = {r.name: 0 for r in runtimes} | {"floor": 0}
            for turn in range(args.rounds + WARM_UP):
                taken = {r.name: scenario(r, paths[bundle]) for r in runtimes}
                sample = {name: result for name, result in taken.items() if result}
                if scenario is scenario_bare:
                    sample["floor"] = timed([args.floor, os.path.join(paths["plain"], "rootfs")], os.path.join(work, "log"))
                for name, (took, peak) in sample.items() if turn >= WARM_UP else ():
                    times[name].append(took)
                    peaks[name] = max(peaks[name], peak)
            report(title, times, peaks)
    finally:
        for r in runtimes:
            if getattr(r, "parked", None):
                subprocess.run([r.path, "--root", r.root, "delete", "--force", r.parked], check=False)
        shutil.rmtree(work, ignore_errors=True)


def report(title, times, peaks):
    """The median, and in parentheses the least: what a quiet machine would give."""
    mid = {name: statistics.median(values) for name, values in times.items() if values}
    low = {name: min(times[name]) for name in mid}
    parts = [f"{name} {mid[name]:6.2f} ({low[name]:5.2f}) ms {peaks[name] / 1024:4.1f} MB" for name in mid]
    ratios = [f"berth/{other} {mid['berth'] / mid[other]:.2f} ({low['berth'] / low[other]:.2f})" for other in mid if other != "berth"]
    print(f"{title:15}" + " | ".join(parts) + "   " + "  ".join(ratios), flush=True)


if __name__ == "__main__":
    main()
