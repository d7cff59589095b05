"""Make optim_lib/data/terrain.npz from the elevation model that Matplotlib ships.

Run: python tools/build_terrain.py        (needs scipy)

The source is Matplotlib's sample file jacksboro_fault_dem.npz: heights in metres from the Shuttle
Radar Topography Mission (NASA and USGS, public domain), three arc seconds apart. A window of it is
smoothed and laid on a square grid, so that its features are wider than a step of a lesson.
"""

from pathlib import Path

import numpy as np
from matplotlib import cbook
from scipy.ndimage import gaussian_filter, map_coordinates

DATA = Path(__file__).parents[1] / "optim_lib" / "data" / "terrain.npz"
SPACING = 0.3  # km between the points of the grid
SIZE = 61  # points along each side
CENTRE = (236, 232)  # row and column of the source in the middle of the map
SMOOTHING = 0.6  # km, standard deviation
KM_PER_DEGREE = 111.2


def heights():
    """Return the smoothed heights in metres: rows run north, columns east."""
    with cbook.get_sample_data("jacksboro_fault_dem.npz") as dem:
        metres = dem["elevation"].astype(float)
        north = np.linspace(dem["ymin"], dem["ymax"], metres.shape[0])
        km_row = float(dem["dy"]) * KM_PER_DEGREE
        km_column = float(dem["dx"]) * KM_PER_DEGREE * np.cos(np.radians(north.mean()))
    smooth = gaussian_filter(metres, (SMOOTHING / km_row, SMOOTHING / km_column))
    km = (np.arange(SIZE) - SIZE // 2) * SPACING
    rows, columns = np.meshgrid(CENTRE[0] - km / km_row, CENTRE[1] + km / km_column, indexing="ij")
    return np.rint(map_coordinates(smooth, [rows, columns], order=1)).astype(np.int16)


def critical_points(surface):
    """Return the minima and the saddles inside the bounds, by Newton's method from a fine grid."""
    h = 1e-4
    p = np.array(np.meshgrid(*(np.linspace(*b, 241) for b in surface.bounds))).reshape(2, -1)
    shift = np.array([[h, 0], [0, h]])
    for _ in range(60):
        g = surface.grad(p)
        columns = [
            (surface.grad(p + s[:, None]) - surface.grad(p - s[:, None])) / (2 * h) for s in shift
        ]
        (a, b), (c, d) = np.stack(columns, axis=1)
        det = a * d - b * c
        det[det == 0] = np.nan
        move = np.array([d * g[0] - b * g[1], a * g[1] - c * g[0]]) / det
        p = p - move / np.maximum(1, np.hypot(*move) / 0.1)
    low, high = np.array(surface.bounds).T
    done = (np.hypot(*surface.grad(p)) < 1e-12) & np.all(np.clip(p.T, low, high) == p.T, axis=1)
    _, first = np.unique(p[:, done].round(6), axis=1, return_index=True)
    p, a, det = p[:, done][:, first], a[done][first], det[done][first]
    return p[:, (det > 0) & (a > 0)].T, p[:, det < 0].T


def main():
    """Write the file, then find its critical points and write them too."""
    grid = {"height": heights(), "spacing": SPACING}
    none = np.empty((0, 2))
    np.savez_compressed(DATA, **grid, minima=none, saddles=none)
    from optim_lib import surfaces  # reads the file just written

    minima, saddles = critical_points(surfaces.terrain)
    np.savez_compressed(DATA, **grid, minima=minima, saddles=saddles)
    print(f"{DATA.name}: {DATA.stat().st_size} bytes, {len(minima)} minima, {len(saddles)} saddles")


if __name__ == "__main__":
    main()
