"""Logs under a filter of the kernel's that ends the process at its first system call, of any kind
but three.

The three are not the handler's: logging asks for the process's id, clocks may be a call on some
machines, and the process has to end. Linux only.
"""

import ctypes
import logging
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
ALLOWED = {  # getpid, clock_gettime, exit_group
    "x86_64": (39, 228, 231),
    "aarch64": (172, 113, 94),
}


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_system_calls() -> None:
    instruction = struct.Struct("HBBI").pack
    allowed = ALLOWED[platform.machine()]
    code = instruction(LOAD, 0, 0, 0)
    for position, number in enumerate(allowed):
        code += instruction(JUMP_IF_EQUAL, len(allowed) - position, 0, number)
    code += instruction(RETURN, 0, 0, KILL) + instruction(RETURN, 0, 0, ALLOW)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    program = Program(len(code) // 8, code)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter for system calls")


def main() -> None:
    import cloudwatch_spool

    logger = logging.Logger("x")
    logger.addHandler(cloudwatch_spool.handler(sys.argv[1]))
    for _ in range(1000):
        logger.info("hello")
    forbid_system_calls()
    for _ in range(int(sys.argv[2])):
        logger.info("hello")
    if sys.argv[3:] == ["write"]:
        os.write(1, b"the filter does not work")
    os._exit(0)


main()
