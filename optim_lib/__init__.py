"""Five optimizers, some surfaces, and the paths between them.

>>> from optim_lib import SGD, descend, surfaces
>>> run = descend(surfaces.ravine, SGD(lr=1.0), start=(-7, 2), steps=100)
>>> print(run.x[-1, 1])
2.0
"""

from optim_lib import schedules, surfaces
from optim_lib.descent import Trajectory, descend, sweep
from optim_lib.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, Optimizer, RMSProp
from optim_lib.surfaces import Surface

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Optimizer",
    "RMSProp",
    "Surface",
    "Trajectory",
    "descend",
    "schedules",
    "surfaces",
    "sweep",
]
