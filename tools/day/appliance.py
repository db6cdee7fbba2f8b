"""appliance - a whole Sluice on one machine, for people and for system tests.

Makes a site's directory from config/examples/simulation, a network of its own (a namespace with two veth
pairs, so that nothing leaves the box), and starts exchange, dataplane, control and clients in it as real
processes.  Whatever was started is ended by pid when the appliance is closed.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = os.path.join(ROOT, "config", "examples", "simulation")
AAPL = os.path.join(ROOT, "tests", "data", "nasdaq_aapl", "aapl_20190130.itch")
BUILD = os.environ.get("SLUICE_BUILD") or os.path.join(ROOT, "build", "release")
READY_SECONDS = 60.0  # a bound, not a wait: a busy machine boots slowly
NAP = None  # of stages with nothing to do, such as "200 us"; None: what the example says, in which they are awake half of the time


class NotReady(Exception):
    """Something did not come up; says what was found, what was expected, and where to look."""


class OneUid(Exception):
    """A network made without being root knows one uid only: nobody else can be asked to act."""


CLONE_NEWNET = 0x40000000


def own_network():
    """Puts this program into a network namespace of its own, where it may make veth pairs; who is not root begins anew there."""
    if os.environ.get("SLUICE_OWN_NETWORK") == "1":
        return
    if os.geteuid() == 0 and ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        os.environ["SLUICE_OWN_NETWORK"], os.environ["SLUICE_ROOTLESS"] = "1", "0"
        return
    words = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    tried = subprocess.run(words + ["true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise NotReady(f"found no right to make a network of our own ({tried.stderr.strip()}), expected it: run as root, or "
                       "allow user namespaces (sysctl -w kernel.unprivileged_userns_clone=1)")
    os.environ["SLUICE_OWN_NETWORK"] = "1"
    os.environ["SLUICE_ROOTLESS"] = "0" if os.geteuid() == 0 else "1"
    os.execvp(words[0], words + [sys.executable] + sys.argv)


def is_rootless():
    """True in the network of a person who is root nowhere but there."""
    return os.environ.get("SLUICE_ROOTLESS") == "1"


def make_wires():
    """Two veth pairs: the exchange sends into one end of each, the dataplane's ports listen at the other."""
    lines = ["link set lo up"]
    for line, address in (("a", "10.77.1.1/24"), ("b", "10.77.2.1/24")):
        lines += [f"link add slsend{line} type veth peer name slfeed{line}", f"address add {address} dev slsend{line}",
                  f"link set slsend{line} up", f"link set slfeed{line} up"]
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True)
    if done.returncode != 0:
        raise NotReady(f"ip: found {done.stderr.strip()}, expected a network namespace of our own: "
                       "run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)")


def wait_for(what, is_there, seconds=READY_SECONDS, every=0.01):
    """Polls until is_there() is true; NotReady names what was waited for."""
    began = time.monotonic()
    while not is_there():
        waited = time.monotonic() - began
        if waited > seconds:
            raise NotReady(f"{what}: found nothing after {seconds:.0f} s")
        # To look is often a process: who has waited long looks seldom, and leaves the core to what is waited for.
        time.sleep(max(every, min(waited / 8, 0.1)))


def die_with_parent():
    """In the child: end when the parent does, so that no process is left behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Appliance:
    def __init__(self, directory, build=None, edit=None, keep=False):
        self.directory = os.path.abspath(directory)
        self.build = build or BUILD
        self.keep = keep
        self.processes = {}
        self.config = os.path.join(self.directory, "config")
        self.run = os.path.join(self.config, "run")
        self.journal = os.path.join(self.config, "journal")
        self.logs = os.path.join(self.directory, "logs")
        os.makedirs(self.logs, exist_ok=True)
        shutil.copytree(EXAMPLE, self.config, dirs_exist_ok=True)
        if edit:
            self.edit(edit)
        if NAP:
            self.calm()

    def calm(self):
        """Stages with nothing to do nap for longer, so that whoever runs beside them has the cores."""
        path = os.path.join(self.config, "site.yaml")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(re.sub(r"idle: nap [25]0 us", f"idle: nap {NAP}", text))

    def edit(self, changes):
        """changes: {file: [(old, new), ...]}; what is not found is a mistake of the caller."""
        for name, pairs in changes.items():
            path = os.path.join(self.config, name)
            with open(path) as file:
                text = file.read()
            for old, new in pairs:
                if old not in text:
                    raise NotReady(f"{name}: found no `{old}` to change")
                text = text.replace(old, new)
            with open(path, "w") as file:
                file.write(text)

    def program(self, name):
        return os.path.join(self.build, name)

    def for_others(self, name):
        """A copy of a program that every uid may run: the build may stand in a home closed to others."""
        copy = os.path.join(self.directory, name)
        if not os.path.exists(copy):
            shutil.copy(self.program(name), copy)
            os.chmod(copy, 0o755)
        return copy

    def log(self, name):
        return os.path.join(self.logs, name + ".log")

    def start(self, name, *words, stdin=subprocess.DEVNULL, uid=None):
        log = open(self.log(name), "ab")

        def child():
            if not self.keep:
                die_with_parent()
            else:
                os.setsid()

        process = subprocess.Popen(words, stdin=stdin, stdout=log, stderr=log, preexec_fn=child, user=uid)
        log.close()
        self.processes[name] = process
        return process

    def is_alive(self, name):
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    def tail(self, name, lines=5):
        with open(self.log(name), errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def wait_log(self, name, pattern, seconds=READY_SECONDS, since=0):
        """Waits until a process has said something; returns the match."""
        found = []

        def look():
            with open(self.log(name), errors="replace") as file:
                file.seek(since)
                match = re.search(pattern, file.read())
            if match:
                found.append(match)
            elif not self.is_alive(name):
                raise NotReady(f"{name} ended with {self.processes[name].poll()}: {self.tail(name)}")
            return bool(match)

        wait_for(f"{name} to say `{pattern}` (see {self.log(name)})", look, seconds)
        return found[0]

    def exchange(self, *more, start="login", itch=AAPL):
        """Starts the venue on the site's address; the day on its feed begins as `start` says."""
        words = [self.program("sluice-exchange"), "--listen", "127.0.0.1:26000", "--user", "sluice:test-venue",
                 "--session", "SIM0000001", "--mold-session", "SIM0000001", "--symbols", "ZVZZT,MSFT,INTC,CSCO" if itch else "AAPL,ZVZZT,MSFT,INTC,CSCO",
                 "--feed-a", "239.1.1.1:26477", "--interface-a", "10.77.1.1",
                 "--feed-b", "239.1.1.2:26478", "--interface-b", "10.77.2.1",
                 "--rewind", "127.0.0.1:26010", "--glimpse", "127.0.0.1:26020", "--glimpse-user", "feed:test-feed",
                 "--start", start, "--stats-file", os.path.join(self.directory, "exchange.json"),
                 "--orders-file", os.path.join(self.directory, "exchange-orders.jsonl")]
        if itch:
            words += ["--itch", itch]
        self.start("exchange", *words, *more, stdin=subprocess.PIPE if "--commands" in more else subprocess.DEVNULL)
        self.wait_log("exchange", r"ready port=(\d+)")

    def second(self, protocol):
        """Starts another venue, with a book of its own and no feed, on 26100 (FIX on 26101)."""
        self.start("second", self.program("sluice-exchange"), "--listen", "127.0.0.1:26100", "--fix", "127.0.0.1:26101",
                   "--comp-id", "SECOND", "--user", "sluice:test-venue", "--speaks", f"sluice:{protocol}", "--symbols",
                   "AAPL,ZVZZT,MSFT,INTC,CSCO", "--commands", stdin=subprocess.PIPE)
        self.wait_log("second", r"ready port=(\d+)")

    def exchange_say(self, line, name="exchange"):
        """Does a command of a venue's console; returns its answer, NotReady if it could not be done."""
        since = os.path.getsize(self.log(name))
        self.processes[name].stdin.write((line + "\n").encode())
        self.processes[name].stdin.flush()
        answer = self.wait_log(name, r"(?m)^(ok|error)\b.*\n", since=since)[0].strip()
        if answer.startswith("error"):
            raise NotReady(f"the venue: found `{answer}` to `{line}`")
        return answer

    def exchange_report(self):
        """The venue's counts now."""
        self.exchange_say("report")
        with open(os.path.join(self.directory, "exchange.json")) as file:
            return json.load(file)

    def dataplane(self, wait="waiting for sluice-control"):
        since = os.path.getsize(self.log("dataplane")) if os.path.exists(self.log("dataplane")) else 0
        self.dataplane_since = since
        self.start("dataplane", self.program("sluice-dataplane"), "--config", self.config)
        if wait:
            self.wait_log("dataplane", wait, since=since)

    def control(self):
        self.start("control", self.program("sluice-control"), "--config", self.config)
        wait_for("control's socket", lambda: os.path.exists(os.path.join(self.run, "control.sock")) or
                 not self.is_alive("control"))
        if not self.is_alive("control"):
            raise NotReady(f"control ended: {self.tail('control')}")

    def up(self, *exchange, **options):
        """Exchange, dataplane and control, until orders could pass."""
        self.exchange(*exchange, **options)
        self.dataplane()
        self.control()
        self.wait_open()

    def wait_open(self):
        self.wait_log("dataplane", "open: clients on", since=self.dataplane_since)
        wait_for("limits and venue", lambda: self.limits_are_in_force() and self.venue_is_up())

    def limits_are_in_force(self):
        """At every gate."""
        epochs = [value for name, value in self.metrics().items() if name.startswith("sluice_gate_limits_epoch")]
        return epochs != [] and min(epochs) > 0

    def venue_is_up(self):
        rows = self.ctl_json("show", "sessions").get("rows", [])
        return any(row.get("peer") == "venue" and row.get("up") for row in rows)

    def ctl(self, *words, check=False, uid=None, timeout=30):
        if uid and is_rootless():
            raise OneUid(f"found no right to act as uid {uid}, expected to be root")
        program = self.program("sluicectl") if uid is None else self.for_others("sluicectl")
        done = subprocess.run([program, "--config", self.config, *words], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=timeout, user=uid)
        if check and done.returncode != 0:
            raise NotReady(f"sluicectl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done

    def ctl_json(self, *words, **options):
        done = self.ctl("--json", *words, **options)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"code": -1, "text": done.stdout + done.stderr}

    def ctl_lines(self, *words, **options):
        """Answers of a script, one JSON object each."""
        done = self.ctl("--json", *words, **options)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def metrics(self):
        values = {}
        for line in self.ctl("metrics").stdout.splitlines():
            match = re.match(r"(sluice_\w+(?:\{[^}]*\})?) ([-0-9.e+]+)$", line)
            if match:
                values[match.group(1)] = float(match.group(2))
        return values

    def metric(self, name):
        return self.metrics().get(name, -1.0)

    def client(self, session, script, *more, timeout=60):
        """Runs a scripted strategy to its end; returns the finished process."""
        user, password = {1: ("quote1", "test-one"), 2: ("take2", "test-two")}[session]
        return subprocess.run([self.program("sluice-client"), "--connect", "127.0.0.1:25000", "--user", user,
                               "--password", password, "--script", "-", *more],
                              input=script, capture_output=True, text=True, timeout=timeout)

    def client_start(self, name, session, script_path, *more):
        user, password = {1: ("quote1", "test-one"), 2: ("take2", "test-two")}[session]
        return self.start(name, self.program("sluice-client"), "--connect", "127.0.0.1:25000", "--user", user,
                          "--password", password, "--script", script_path, *more)

    def replay(self, gate=None):
        words = ["--replay", self.journal] if gate is None else ["--replay", os.path.join(self.journal, gate), "--gate", gate]
        done = subprocess.run([self.program("sluice-dataplane"), "--config", self.config, *words, "--json"],
                              capture_output=True, text=True, timeout=120)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"verdict": "none", "text": done.stdout + done.stderr}

    def records(self, start=1, gate=None):
        """The journal as JSON objects from record `start` on, read from its directory, whole."""
        words = [] if gate is None else ["--gate", gate]
        done = self.ctl("--socket", "none", "journal", "export", str(start), *words, timeout=120)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def kill9(self, name):
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def stop(self, name, seconds=10.0):
        """Ends a process in order; after `seconds` by force."""
        process = self.processes.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin:
            process.stdin.close()
        return process.returncode

    def close(self):
        for name in [n for n in self.processes if n not in ("control", "dataplane", "exchange")]:
            self.stop(name)
        for name in ("dataplane", "control", "exchange"):
            self.stop(name)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


