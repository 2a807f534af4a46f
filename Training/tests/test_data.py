"""Geometry: a crop and its landmarks move together, whatever the placement."""

import math
import unittest

import torch

from data import CROP, MARGIN, MIRROR, SIDE, Placement, disturb
from losses import concordance, soft_bins
from model import VALUES


class Geometry(unittest.TestCase):
    def test_a_dot_is_found_where_its_landmark_says(self):
        random = torch.Generator().manual_seed(3)
        n = 64
        placement = Placement.detector_box(n, random, 0.6)
        placement.mirrored = torch.arange(n) % 2 == 0
        dots = 60 + 32 * torch.rand(n, 2, generator=random)
        y, x = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
        distance = (x - dots[:, 0, None, None]) ** 2 + (y - dots[:, 1, None, None]) ** 2
        crops = placement.crops(torch.exp(-distance / 8)[:, None])[:, 0]
        points = placement.landmarks(dots[:, None].expand(-1, 68, -1))[:, 30]
        y, x = torch.meshgrid(torch.arange(CROP) + 0.5, torch.arange(CROP) + 0.5, indexing="ij")
        mass = crops.sum((1, 2))
        found = torch.stack([(crops * x).sum((1, 2)) / mass, (crops * y).sum((1, 2)) / mass], 1)
        self.assertLess((found - points).abs().max().item(), 0.1)

    def test_the_canonical_crop_is_the_centre(self):
        picture = torch.rand(2, 1, SIDE, SIDE)
        crops = Placement.canonical(2).crops(picture)
        self.assertLess((crops - picture[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]).abs().max().item(), 1e-4)

    def test_a_detector_box_is_off_by_no_more_than_it_says(self):
        box = Placement.detector_box(2000, torch.Generator().manual_seed(0))
        self.assertLessEqual(box.shift.norm(dim=1).max().item(), 15)
        self.assertGreater(box.shift.norm(dim=1).max().item(), 14)
        self.assertLessEqual(box.angle.abs().max().item(), math.radians(25))
        self.assertLessEqual((box.scale - 1).abs().max().item(), 0.2001)

    def test_mirrored_twice_is_the_same_landmark(self):
        self.assertEqual(MIRROR[MIRROR].tolist(), list(range(68)))

    def test_disturbed_crops_stay_pictures(self):
        crops = disturb(torch.rand(32, 1, CROP, CROP), torch.Generator().manual_seed(0))
        self.assertEqual(crops.shape, (32, 1, CROP, CROP))
        self.assertTrue(((crops >= 0) & (crops <= 1)).all())


class Losses(unittest.TestCase):
    def test_soft_bins_have_the_value_as_expectation(self):
        for value in (-0.7, 0.0, 0.31, 0.8):
            self.assertAlmostEqual((soft_bins(torch.tensor(value)) @ VALUES).item(), value, delta=0.01)

    def test_concordance_is_one_only_for_the_same_values(self):
        x, w = torch.rand(50, 3), torch.ones(50)
        self.assertAlmostEqual(concordance(x, x, w).min().item(), 1, places=4)
        self.assertLess(concordance(x + 0.3, x, w).max().item(), 0.9)


if __name__ == "__main__":
    unittest.main()
