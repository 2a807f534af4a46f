import unittest

import numpy as np
import torch

import cover
from data import SIDE


class Cover(unittest.TestCase):
    def setUp(self):
        self.covers = cover.Covers(seed=3)
        angle = torch.linspace(0, 6.28, 68)
        self.points = SIDE / 2 + 35 * torch.stack([angle.cos(), angle.sin()], 1)
        self.picture, self.others = torch.rand(SIDE, SIDE), torch.rand(4, SIDE, SIDE)

    def test_every_kind_hides_a_part_and_no_more(self):
        for kind in {*self.covers.trained, *self.covers.unseen}:
            for _ in range(5):
                share, seen = kind(self.picture, self.points, self.others)
                self.assertEqual((share.shape, seen.shape), ((SIDE, SIDE), (SIDE, SIDE)), kind.__name__)
                self.assertTrue(0 <= share.min() and share.max() <= 1, kind.__name__)
                self.assertTrue(0 < share.mean() < 0.95 and seen.isfinite().all(), kind.__name__)

    def test_an_unclear_picture_stays_one_and_shows_the_face(self):
        smooth = torch.nn.functional.avg_pool2d(self.picture[None, None], 25, 1, 12)[0, 0] * 2 - 0.5
        for _ in range(30):
            x = self.covers.unclear(smooth.clamp(0, 1))
            self.assertTrue(x.shape == (SIDE, SIDE) and 0 <= x.min() and x.max() <= 1)

    def test_log_odds_hold_for_the_expected_share(self):
        random = np.random.default_rng(0)
        is_covered = np.arange(4000) % 2 == 0
        found = random.normal(0, 1, (4000, 512))
        found[:, 7] = 3 + random.normal(0, 2, 4000) + 2 * is_covered
        weights, bias = cover.fit(found, is_covered)
        p = 1 / (1 + np.exp(-(found @ weights + bias)))
        weight = np.where(is_covered, cover.EXPECTED, 1 - cover.EXPECTED)
        self.assertAlmostEqual(np.average(p, weights=weight), cover.EXPECTED, delta=0.01)
        self.assertEqual(np.abs(weights).argmax(), 7)


if __name__ == "__main__":
    unittest.main()
