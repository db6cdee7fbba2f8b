#!/usr/bin/env python3
"""A real PTP daemon says how far the clock is off: two of linuxptp's ptp4l on a veth pair, software timestamps, one
following the other without touching the machine's clock.  Control asks the follower on its Unix socket.

A daemon that only watches never locks its port, so the appliance reads its offset and says that nobody keeps the clock;
when the master dies the grandmaster is gone, when the daemon dies nobody answers.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

CONFIG = """[global]
free_running 1
time_stamping software
network_transport L2
uds_address {socket}
logSyncInterval -3
logAnnounceInterval -2
logMinDelayReqInterval -3
{role}
"""


def ptp4l(site, name, device, role):
    path = os.path.join(site.directory, name)
    with open(path + ".cfg", "w") as file:
        file.write(CONFIG.format(socket=path + ".sock", role=role))
    site.start(name, "ptp4l", "-f", path + ".cfg", "-i", device, "-m")
    appliance.wait_for(name, lambda: os.path.exists(path + ".sock"))


def clock(site):
    return site.ctl_json("show", "clock")


def the_clock_is_watched(test, directory):
    subprocess.run(("ip", "link", "add", "slptpa", "type", "veth", "peer", "name", "slptpb"), check=True)
    for device in ("slptpa", "slptpb"):
        subprocess.run(("ip", "link", "set", device, "up"), check=True)
    where = os.path.join(os.path.abspath(directory), "follower.sock")
    edit = {"site.yaml": [("book: {orders: 131072}",
                           f"book: {{orders: 131072}}\nclock: {{source: ptp, max_offset: 1 ms, socket: {where}}}")]}
    with appliance.Appliance(directory, edit=edit) as site:
        site.control()
        appliance.wait_for("a clock nobody answers for", lambda: "cannot be asked" in str(clock(site)))
        test.true("an_absent_daemon_is_named", "ptp4l cannot be asked" in str(clock(site)), clock(site), "its sentence")
        ptp4l(site, "master", "slptpa", "priority1 10")
        ptp4l(site, "follower", "slptpb", "slaveOnly 1")
        appliance.wait_for("a grandmaster", lambda: "UNCALIBRATED" in str(clock(site)), seconds=20, every=0.2)
        found = clock(site)
        test.note(f"follower: {found}")
        test.true("the_port_that_is_not_locked_is_said", "has a grandmaster, its port is UNCALIBRATED" in str(found), found,
                  "the port's state")
        site.stop("master")
        appliance.wait_for("the loss", lambda: "LISTENING" in str(clock(site)), seconds=20, every=0.2)
        test.true("a_dead_master_is_said", "LISTENING" in str(clock(site)), clock(site), "LISTENING")
        site.stop("follower")
        appliance.wait_for("nobody", lambda: "cannot be asked" in str(clock(site)), every=0.2)
        test.true("a_dead_daemon_is_said", "cannot be asked" in str(clock(site)), clock(site), "its sentence")


if __name__ == "__main__":
    cases.run("system.clock", the_clock_is_watched)
