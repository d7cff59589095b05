"""Name a kernel of OpenBLAS that differs from the one that NumPy uses on this machine.

Run: kernel=$(python tools/other_kernel.py)
     test -z "$kernel" || OPENBLAS_CORETYPE=$kernel pytest notebooks

OpenBLAS multiplies matrices with code of its own for each kind of processor, and each adds in an
order of its own, so that the last digits differ. What a lesson prints must not depend on them: the
lessons pass under the kernel of this machine and under the one that is named here. One of the two
is Haswell wherever the processor can run it (it needs AVX2). Each candidate is tried in a process
of its own, since a processor kills a process whose instructions it does not know.

Where OPENBLAS_CORETYPE is set already, it is there for a reason and stays as it is: no name is
printed. If no other kernel is to be had, that is an error. What was found is said on stderr.
"""

import os
import subprocess
import sys

CANDIDATES = ("Haswell", "SkylakeX", "Sandybridge", "Nehalem", "Prescott")
PROBE = """
import numpy as np
from threadpoolctl import threadpool_info

kernels = {lib["architecture"] for lib in threadpool_info() if lib["internal_api"] == "openblas"}
a, b = np.random.default_rng(0).standard_normal((2, 64, 64))
print(*sorted(kernels), (a @ b).tobytes().hex())
"""


def probe(name=None):
    """Return the kernel that runs and what it computes, or None where it cannot run."""
    wanted = {} if name is None else {"OPENBLAS_CORETYPE": name}
    command = [sys.executable, "-c", PROBE]
    done = subprocess.run(command, env=os.environ | wanted, capture_output=True, text=True)
    words = done.stdout.split()
    return tuple(words) if done.returncode == 0 and len(words) == 2 else None


def choose(probe, candidates=CANDIDATES):
    """Return the machine's own kernel and the first candidate that differs in name and results."""
    own = probe()
    if own is None:
        raise RuntimeError("NumPy does not use OpenBLAS here, or not one kernel of it")
    for name in candidates:
        other = probe(name)
        if other is not None and other[0] != own[0] and other[1] != own[1]:
            return own[0], name
    raise RuntimeError(f"this machine's own kernel is {own[0]}, and no other one can run here")


def main():
    """Print the name of the other kernel."""
    given = os.environ.get("OPENBLAS_CORETYPE")
    if given:
        print(f"OPENBLAS_CORETYPE={given} is set and stays: NO SECOND KERNEL", file=sys.stderr)
        return
    try:
        own, other = choose(probe)
    except RuntimeError as error:
        sys.exit(f"The lessons cannot be compared under two kernels: {error}.")
    lacking = "" if "Haswell" in (own, other) else " Haswell cannot run here (no AVX2)."
    print(f"This machine's kernel is {own}; the other one is {other}.{lacking}", file=sys.stderr)
    print(other)


if __name__ == "__main__":
    main()
