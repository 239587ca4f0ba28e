#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A full disk, and signals in the middle of the work: what was there before stays, byte for byte, or the new
result is there as a whole. Nothing half-written is left, and, but for a kill that cannot be caught, no
temporary file.

    interrupted.py PROGRAM SCRATCH

The disk is a small tmpfs where this may be mounted (root), else a limit on the size of files.
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import results

program, scratch = os.path.abspath(sys.argv[1]), pathlib.Path(os.path.abspath(sys.argv[2]))
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
findings = results.Findings()
check = findings.check
random.seed(1959)

SMALL = ["--states", 2, "--municipalities", 24, "--persons", 16000, "--quiet"]
for seed in (1, 2):
    results.run(program, "simulate", scratch / f"country-{seed}", *SMALL, "--seed", seed)
    results.run(program, "cube", scratch / f"country-{seed}/mirti-persons.yaml", "--output", scratch / f"part-{seed}.cube",
                "--quiet")
# Each command as it is given: `seed` chooses the inputs, so that a new result differs from the former.
COMMANDS = {
    "run": lambda seed, out: ["run", scratch / f"country-{seed}/mirti.yaml", "--output", out],
    "cube": lambda seed, out: ["cube", scratch / f"country-{seed}/mirti-persons.yaml", "--output", out / "census.cube"],
    "merge": lambda seed, out: ["merge"] + [scratch / f"part-{seed}.cube"] * 3 + ["--output", out / "sum.cube"],
    "fit": lambda seed, out: ["fit", scratch / f"country-{seed}/mirti.yaml", "--output", out / "model.json"],
    "simulate": lambda seed, out: ["simulate", out / "land", *SMALL[:-1], "--seed", seed],
}


def arguments(name, seed, out):
    return [program, *map(str, COMMANDS[name](seed, out)), "--overwrite", "--quiet"]


def contents(folder):
    """Every file below the folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def call(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


# What each command makes of each input, and how long that takes.
made, seconds = {}, {}
for name in COMMANDS:
    for seed in (1, 2):
        folder = scratch / f"made-{name}-{seed}"
        folder.mkdir()
        begun = time.monotonic()
        done = call(arguments(name, seed, folder))
        seconds[name] = time.monotonic() - begun
        if done.returncode != 0:
            sys.exit(f"{name} ended with {done.returncode}: {done.stderr}")
        made[name, seed] = contents(folder)
    check(made[name, 1] != made[name, 2], f"{name}: other inputs, another result")


# ------------------------------------------------------------------------------------ a full disk --

def on_full_disk(name, former, room):
    """Runs the command where only `room` bytes can be written beside what is there; None: not possible."""
    disk = scratch / "disk"
    disk.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", disk], capture_output=True, check=False).returncode:
        return None
    try:
        out = disk / "out"
        out.mkdir()
        if former:
            shutil.copytree(scratch / f"made-{name}-1", out, dirs_exist_ok=True)
        state = os.statvfs(disk)
        with open(disk / "filler", "wb") as filler:
            filler.write(bytes(max(0, state.f_bavail * state.f_frsize - room)))
        before = contents(out)
        done = call(arguments(name, 2, out))
        return done, before, contents(out)
    finally:
        subprocess.run(["umount", disk], check=True)


def with_short_files(name, former, room):
    """The same by a limit on the size of a file."""
    out = scratch / "short"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    if former:
        shutil.copytree(scratch / f"made-{name}-1", out, dirs_exist_ok=True)
    before = contents(out)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = call(arguments(name, 2, out), preexec_fn=limit)
    return done, before, contents(out)


disks = 0
for name in COMMANDS:
    largest = max(len(b) for b in made[name, 2].values())
    whole = sum(len(b) for b in made[name, 2].values())
    for former in (False, True):
        for way, rooms in ((on_full_disk, (0, whole // 2)), (with_short_files, (largest // 2,))):
            for room in rooms:
                outcome = way(name, former, room)
                if outcome is None:
                    continue
                disks += way is on_full_disk
                done, before, after = outcome
                where = f"{name}, {way.__name__} of {room} bytes, {'with' if former else 'without'} a former result"
                check(done.returncode == 5, f"{where}: ended with {done.returncode}: {done.stderr}")
                check(done.stderr.startswith("mirti: ") and len(done.stderr.splitlines()) <= 3, f"{where}: said {done.stderr!r}")
                check(before == after, f"{where}: there is now {sorted(set(after) ^ set(before))}")


# ---------------------------------------------------------------------------------------- signals --

stopped = {}
for name in COMMANDS:
    for what in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for part in (0.05, 0.3, 0.6, 0.8, 0.95):
            former = part != 0.3 # once there is nothing there before
            out = scratch / "stopped"
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            if former:
                shutil.copytree(scratch / f"made-{name}-1", out, dirs_exist_ok=True)
            before = contents(out)
            with subprocess.Popen(arguments(name, 2, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
                time.sleep(seconds[name] * part * random.uniform(0.8, 1.2))
                process.send_signal(what)
                said = process.communicate()[1]
            where = f"{name}, {what.name} at {part:.0%} of its time"
            after = {k: v for k, v in contents(out).items() if what != signal.SIGKILL or "/." not in f"/{k}"}
            # In its first moments a program has not begun to listen; it has not begun to write either.
            allowed = (0, -9) if what == signal.SIGKILL else (0, 130, -what)
            check(process.returncode in allowed, f"{where}: ended with {process.returncode}: {said}")
            check(after == (made[name, 2] if process.returncode == 0 else before) or after == made[name, 2],
                  f"{where}: neither the former result nor the new one: {sorted(set(after) ^ set(before))}")
            stopped[what.name] = stopped.get(what.name, 0) + (process.returncode in (130, -9))
            if what == signal.SIGKILL and process.returncode != 0:
                # What the killed one left does not stop the next.
                done = call(arguments(name, 2, out))
                check(done.returncode == 0, f"{where}: the next ended with {done.returncode}: {done.stderr}")
                check({k: v for k, v in contents(out).items() if "/." not in f"/{k}"} == made[name, 2], f"{where}: the next is whole")
check(all(n > 0 for n in stopped.values()), f"some were stopped in the middle: {stopped}")
print(f"{disks} runs on a full disk; stopped in the middle: {stopped}")
findings.finish()
