#!/usr/bin/env python3
"""tamper - changes one bit of what a process is about to send, as a fault of memory or code would.

    tamper.py PID PROGRAM FUNCTION

FUNCTION takes the bytes as its third argument.  Every thread of the process is traced and a breakpoint stands at its
first instruction; `ready` is printed then.  The thread that comes there has the lowest bit of its eighth byte flipped and
everything goes on as if nobody had been there.  x86-64 only, as the programs are.
"""

import ctypes
import errno
import os
import re
import subprocess
import sys

PEEK, POKE, GETREGS, SETREGS, CONTINUE, DETACH, SEIZE, INTERRUPT = 1, 4, 12, 13, 7, 17, 0x4206, 0x4207
WALL = 0x40000000
RDX, RIP, REGISTER_COUNT = 12, 16, 27  # places in user_regs_struct
BREAKPOINT = 0xCC
BYTE = 8                               # of an Enter Order of OUCH 5.0: within its quantity

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace(request, thread, address=0, data=0):
    ctypes.set_errno(0)
    result = libc.ptrace(request, thread, address, data)
    if ctypes.get_errno() == errno.EPERM:
        print("denied", flush=True)
    if ctypes.get_errno() != 0:
        sys.exit(f"found {os.strerror(ctypes.get_errno())} of ptrace, expected the right to trace process {thread}")
    return result & (1 << 64) - 1


def peek(thread, address):
    """glibc's own ptrace gives the word back."""
    return trace(PEEK, thread, address)


def poke_byte(thread, address, value):
    word = peek(thread, address) & ~0xFF | value
    trace(POKE, thread, address, word)


def place_of(pid, program, function):
    """The address of a function in a running process."""
    names = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^([0-9a-f]+) [Tt] {function}$", names, re.M)
    if found is None:
        sys.exit(f"found no function {function} in {program}, expected one that is not inlined")
    offset = int(found[1], 16)
    with open(f"/proc/{pid}/maps") as file:
        maps = [line for line in file if line.rstrip().endswith(os.path.realpath(program))]
    base = int(maps[0].split("-")[0], 16)
    return base + offset if offset < base else offset


def hold(threads):
    for thread in threads:
        trace(INTERRUPT, thread)
        os.waitpid(thread, WALL)


def main():
    pid, program, function = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    place = place_of(pid, program, function)
    threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    for thread in threads:
        trace(SEIZE, thread)
    hold(threads)
    kept = peek(pid, place) & 0xFF
    poke_byte(pid, place, BREAKPOINT)
    for thread in threads:
        trace(CONTINUE, thread)
    print("ready", flush=True)
    caught = os.waitpid(-1, WALL)[0]
    registers = (ctypes.c_ulonglong * REGISTER_COUNT)()
    trace(GETREGS, caught, 0, ctypes.addressof(registers))
    if registers[RIP] != place + 1:
        sys.exit(f"found thread {caught} stopped at {registers[RIP]:#x}, expected the breakpoint at {place:#x}")
    poke_byte(caught, registers[RDX] + BYTE, peek(caught, registers[RDX] + BYTE) & 0xFF ^ 1)
    poke_byte(caught, place, kept)
    registers[RIP] = place
    trace(SETREGS, caught, 0, ctypes.addressof(registers))
    hold([thread for thread in threads if thread != caught])
    for thread in threads:
        trace(DETACH, thread)


if __name__ == "__main__":
    main()
