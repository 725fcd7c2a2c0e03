"""Logs while the disk takes no more, and after it does again.

The limit is a real one: the kernel refuses to let a file of this process grow. The ledger goes to
standard output, a pipe, which has no such limit.
"""

import os
import resource
import sys
import time

import app


def main() -> None:
    app.install_handler()
    writer = app.Writer(os.environ["LEDGER"])
    spool_bytes = int(sys.argv[1])
    for _ in range(100):
        writer.write()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for _ in range(2 * spool_bytes // 300):
        writer.write()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    time.sleep(0.1)  # the spool looks for space again 50 ms after it found none
    for _ in range(100):
        writer.write()


main()
