#!/usr/bin/env python3
"""bringup_test - the bare-metal path on a real PCI driver: a guest with a network card behind an IOMMU.

QEMU (no hardware virtualisation needed) boots Debian's kernel with a root of its own in memory: busybox, vfio-pci,
the guest program and the libraries it needs.  The card is bound to vfio-pci as on bare metal, huge pages are taken, and
DPDK's poll-mode driver drives it.  The card's wire is a TCP connection on loopback, each frame behind its length, so that
what the card does not get was lost by the card.

Skipped with a reason where QEMU, the kernel's package or busybox are not here: `apt-get install qemu-system-x86
busybox-static cpio` mends it; the kernel is fetched with `apt-get download` and unpacked, never installed.
"""

import glob
import gzip
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

SKIP = 77
WANTED, OTHERS = 500, 200
GROUP, OTHER_GROUP = (0xE9, 0x36, 0x0C, 0x01), (0xE9, 0x36, 0x0C, 0x77)
PATIENCE_S = 120
CARDS = {
    "e1000e": ["-device", "e1000e,netdev=wire,mac=52:54:00:00:00:07,addr=05.0"],
    "virtio": ["-device", "virtio-net-pci,netdev=wire,mac=52:54:00:00:00:07,addr=05.0,disable-legacy=on,"
                          "iommu_platform=on,ats=on"],
}
MODULES = ["irqbypass", "vfio_virqfd", "vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"]
INIT = """#!/bin/sh
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mkdir -p /dev/hugepages /run /tmp
mount -t hugetlbfs none /dev/hugepages
for module in %(modules)s; do insmod /modules/$module.ko || echo "error: module $module"; done
echo vfio-pci > /sys/bus/pci/devices/0000:00:05.0/driver_override
echo 0000:00:05.0 > /sys/bus/pci/drivers_probe
echo "driver: $(basename $(readlink /sys/bus/pci/devices/0000:00:05.0/driver))"
echo "huge: $(grep -c . /proc/meminfo) $(grep HugePages_Total /proc/meminfo | tr -s ' ')"
XDG_RUNTIME_DIR=/run /guest 0000:00:05.0
echo "status: $?"
poweroff -f
"""


class Unavailable(Exception):
    pass


def need(program):
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"found no {program}, expected it: apt-get install qemu-system-x86 busybox-static cpio")
    return path


def kernel(scratch):
    """The newest Debian kernel: one that is unpacked in the cache already, or its package fetched and unpacked."""
    cache = os.environ.get("SLUICE_GUEST_CACHE", os.path.join(os.environ["SLUICE_BUILD"], "guest"))
    os.makedirs(cache, exist_ok=True)
    if not glob.glob(f"{cache}/boot/vmlinuz-*"):
        depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True)
        names = re.findall(r"Depends: (linux-image-\S+)", depends.stdout)
        if not names:
            raise Unavailable("found no package linux-image-amd64, expected Debian's package lists: apt-get update")
        fetched = subprocess.run(["apt-get", "download", names[0]], cwd=scratch, capture_output=True, text=True)
        packages = glob.glob(f"{scratch}/linux-image-*.deb")
        if fetched.returncode != 0 or not packages:
            raise Unavailable(f"apt-get download {names[0]}: {fetched.stderr.strip()[-200:]}")
        subprocess.run(["dpkg-deb", "-x", packages[0], cache], check=True)
    image = sorted(glob.glob(f"{cache}/boot/vmlinuz-*"))[-1]
    release = image.rsplit("vmlinuz-", 1)[1]
    return image, f"{cache}/lib/modules/{release}"


def libraries(path, found):
    """Every library that a program needs, by ldd."""
    for line in subprocess.run(["ldd", path], capture_output=True, text=True).stdout.splitlines():
        match = re.search(r"(/\S+) \(0x", line)
        if match and match.group(1) not in found:
            found.add(match.group(1))


def root_make(scratch, modules):
    """The guest's root as a compressed cpio archive."""
    root = os.path.join(scratch, "root")
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "proc", "sys", "dev", "modules", "etc"):
        os.makedirs(os.path.join(root, folder))
    for name in ("bin", "sbin", "lib", "lib64"):
        os.symlink(f"usr/{name}", os.path.join(root, name))
    shutil.copy(need("busybox"), os.path.join(root, "usr/bin/busybox"))
    for applet in ("sh", "mount", "mkdir", "insmod", "echo", "readlink", "basename", "grep", "tr", "poweroff"):
        os.symlink("busybox", os.path.join(root, "usr/bin", applet))
    guest = os.path.join(os.environ["SLUICE_BUILD"], "tests", "guest")
    shutil.copy(guest, os.path.join(root, "guest"))
    needed = set()
    libraries(guest, needed)
    # The C library loads it by name when a thread is cancelled, so no list of needs has it.
    needed.update(glob.glob("/lib/x86_64-linux-gnu/libgcc_s.so.1"))
    for path in sorted(needed):
        # One file under all its names, as here.
        real = os.path.realpath(path)
        place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        for target in (root + real, root + place):
            os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(root + real):
            shutil.copy(real, root + real)
        if place != real and not os.path.lexists(root + place):
            os.symlink(real, root + place)
    for name in MODULES:
        # The kernel spells its modules' files with dashes or underscores as it likes.
        files = [os.path.join(folder, file) for folder, _, all in os.walk(modules) for file in all
                 if re.fullmatch(re.sub(r"[-_]", "[-_]", name) + r"\.ko", file)]
        if not files:
            raise Unavailable(f"found no module {name} in {modules}, expected Debian's kernel")
        shutil.copy(files[0], os.path.join(root, "modules", name + ".ko"))
    with open(os.path.join(root, "init"), "w", encoding="utf-8") as file:
        file.write(INIT % {"modules": " ".join(MODULES)})
    os.chmod(os.path.join(root, "init"), 0o755)
    archive = os.path.join(scratch, "root.cpio.gz")
    names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
    cpio = subprocess.run([need("cpio"), "-o", "-H", "newc", "--quiet"], cwd=root, input=names, capture_output=True,
                          check=True)
    with gzip.open(archive, "wb", compresslevel=1) as file:
        file.write(cpio.stdout)
    return archive


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(group, number):
    payload = struct.pack(">I", number) + bytes(60)
    udp = struct.pack(">HHHH", 40000, 26477, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0x4000, 32, 17, 0, bytes((10, 0, 0, 1)), bytes(group))
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    mac = bytes((1, 0, 0x5E, group[1] & 0x7F, group[2], group[3]))
    return mac + bytes((2, 0, 0, 0, 0, 9)) + b"\x08\x00" + head + udp


class Guest:
    def __init__(self, card, image, archive):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE_S)
        self.facts, self.said, self.rest = {}, [], b""
        self.process = subprocess.Popen(
            [need("qemu-system-x86_64"), "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "768",
             "-machine", "q35,kernel-irqchip=split", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
             "-serial", "stdio",
             "-device", "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on",
             "-netdev", f"socket,id=wire,connect=127.0.0.1:{self.listener.getsockname()[1]}",
             *CARDS[card], "-kernel", image, "-initrd", archive,
             "-append", "console=ttyS0 quiet intel_iommu=on iommu=pt hugepages=128 panic=-1 mitigations=off no_timer_check"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.wire = self.listener.accept()[0]

    def read(self):
        self.rest += self.process.stdout.read() or b""
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").strip()
            self.said.append(text)
            match = re.fullmatch(r"(\w+): (.*)", text)
            if match:
                self.facts[match.group(1)] = match.group(2)

    def wait(self, fact, until):
        while fact not in self.facts and time.monotonic() < until and self.process.poll() is None:
            self.read()
            time.sleep(0.01)
        self.read()
        return fact in self.facts

    def send(self, group, number):
        bytes_of = frame(group, number)
        self.wire.sendall(struct.pack(">I", len(bytes_of)) + bytes_of)

    def heard(self):
        stream, frames = b"", []
        self.wire.settimeout(1)
        try:
            while piece := self.wire.recv(65536):
                stream += piece
        except OSError:
            pass  # silence, or the guest is gone
        while len(stream) >= 4:
            size = struct.unpack_from(">I", stream)[0]
            frames.append(stream[4:4 + size])
            stream = stream[4 + size:]
        return frames

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.wire.close()
        self.listener.close()


def expect(truth, what, guest):
    if not truth:
        tail = "\n    ".join(guest.said[-25:])
        raise AssertionError(f"{what}; the guest said:\n    {tail}")


def bring_up(card, image, archive):
    started = time.monotonic()
    guest = Guest(card, image, archive)
    try:
        until = started + PATIENCE_S
        expect(guest.wait("ready", until), f"{card}: found no port, expected one on the PCI device", guest)
        ready_s = time.monotonic() - started
        for number in range(WANTED):
            if number < OTHERS:
                guest.send(OTHER_GROUP, number)
            guest.send(GROUP, number)
            if number % 8 == 7:
                time.sleep(0.02)  # an emulated card has no hurry
        expect(guest.wait("status", until), f"{card}: found no end, expected one", guest)
        facts = guest.facts
        expect(facts.get("driver") == "vfio-pci", f"{card}: found driver {facts.get('driver')}, expected vfio-pci", guest)
        expect(facts.get("status") == "0" and facts.get("end") == "yes", f"{card}: the program failed", guest)
        for fact, value in {"wanted": str(WANTED), "disorder": "0", "mac": "its own", "link": "up", "report": "sent",
                            "errors": "0", "no_buffer": "0", "missed": "0", "sent": "1"}.items():
            expect(facts.get(fact) == value, f"{card}: found {fact} {facts.get(fact)}, expected {value}", guest)
        reports = [f for f in guest.heard() if f[:6] == b"\x01\x00\x5e\x00\x00\x16" and f[6:12] == b"\x52\x54\0\0\0\x07"]
        expect(len(reports) == 1, f"{card}: found {len(reports)} reports on the wire, expected 1 from the card", guest)
        print(f"bringup: {card}: ready after {ready_s:.1f} s, {WANTED} frames in order, {facts['others']} of {OTHERS} "
              f"of another group passed the card's filter, {time.monotonic() - started:.1f} s in all", flush=True)
        print("    " + next((s for s in guest.said if "multicast" in s), "no word about the filter"))
    finally:
        guest.end()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        try:
            need("qemu-system-x86_64")
            image, modules = kernel(scratch)
            archive = root_make(scratch, modules)
        except Unavailable as reason:
            print(f"SKIP: {reason}")
            return SKIP
        for card in os.environ.get("SLUICE_CARDS", " ".join(CARDS)).split():
            bring_up(card, image, archive)
    return 0


if __name__ == "__main__":
    sys.exit(main())
