"""The sound side of EMENet-VA: the front end of 64 MFCC in 63 columns, and MarbleNet 3x2x64 without its classifier
(Jia, Majumdar and Ginsburg 2021, arXiv 2010.13886). Names and shapes of the parameters are the reference's
(`audio_backbone.encoder.`).

The encoder works on (channels, n, 63): a 1x1 convolution is then one matrix product for a whole batch, and a
depthwise one a product with a banded matrix per channel, which a CPU does three times as fast as convolutions.
NeMo computes 64 columns and sets the last to 0 before each convolution; here there are 63, and the last is a
constant in the mean.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WINDOW = 10080  # samples at 16 kHz: 0.63 s
HOP = 160
COLUMNS = 63
FEATURES = 128
LATE = 4  # the first of the two blocks that can be trained by themselves
OFFSET = 3.0
# Typical standard deviations of the coefficients in speech: training sees coefficients divided by these.
SPREAD = torch.tensor([20.0, 9.0, 6.5, 5.0] + [4.0] * 4 + [3.0] * 8 + [2.0] * 16 + [1.5] * 32)


def tables() -> tuple[Tensor, Tensor, Tensor]:
    """Periodic Hann (512, of which 400 are not 0), HTK mel filters (257, 64), orthonormal DCT-II (64, 64)."""
    hann = F.pad(torch.hann_window(400, periodic=True, dtype=torch.double), (56, 56))
    mel = torch.linspace(0, 2595 * math.log10(1 + 8000 / 700), 66, dtype=torch.double)
    points = 700 * (10 ** (mel / 2595) - 1)
    bins = 31.25 * torch.arange(257, dtype=torch.double)[:, None]
    rising = (bins - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - bins) / (points[2:] - points[1:-1])
    filters = torch.minimum(rising, falling).clamp(min=0)
    k = torch.arange(64, dtype=torch.double)
    dct = torch.cos(math.pi / 64 * (k[:, None] + 0.5) * k) * math.sqrt(2 / 64)
    dct[:, 0] /= math.sqrt(2)
    return hann.float(), filters.float(), dct.float()


HANN, FILTERS, DCT = tables()


def mfcc(windows: Tensor) -> Tensor:
    """Converts windows (n, 10080) in [-1, 1] to coefficients (n, 64, 63)."""
    padded = F.pad(windows, (256, 256), mode="reflect")
    spectrum = torch.fft.rfft(padded.unfold(1, 512, HOP)[:, :COLUMNS] * HANN)
    power = spectrum.real**2 + spectrum.imag**2
    return ((power @ FILTERS + 1e-6).log() @ DCT).transpose(1, 2)


class Depthwise(nn.Module):
    def __init__(self, channels: int, taps: int, dilation: int = 1):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, taps, groups=channels, bias=False)
        apart = torch.arange(COLUMNS)[:, None] - torch.arange(COLUMNS)
        place = (torch.arange(taps) - (taps - 1) // 2) * dilation
        # (taps, 63 * 63): a product with it is much faster than indexing, above all backwards.
        self.register_buffer("places", (apart.flatten() == place[:, None]).float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.bmm(x, (self.conv.weight[:, 0] @ self.places).unflatten(1, (COLUMNS, COLUMNS)))


class Pointwise(nn.Module):
    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.conv = nn.Conv1d(cin, cout, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return (self.conv.weight[:, :, 0] @ x.flatten(1)).unflatten(1, x.shape[1:])


class Norm(nn.BatchNorm1d):
    """Batch norm with channels first: (channels, n, columns)."""

    def __init__(self, channels: int):
        super().__init__(channels, eps=1e-3, momentum=0.02)

    def line(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Factor and offset (channels,); in training those of the batch."""
        if self.training:
            flat = x.float().flatten(1)
            mean = flat.mean(1)
            variance = flat.square().mean(1) - mean.square()
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance, self.momentum)
        else:
            variance, mean = self.running_var, self.running_mean
        factor = self.weight * torch.rsqrt(variance + self.eps)
        return factor, self.bias - mean * factor

    def forward(self, x: Tensor) -> Tensor:
        factor, offset = self.line(x)
        return x * factor[:, None, None] + offset[:, None, None]


class Block(nn.Module):
    """One or two separable convolutions with an optional shortcut."""

    def __init__(self, cin: int, cout: int, taps: int, repeat: int = 1, dilation: int = 1):
        super().__init__()
        parts = [Depthwise(cin, taps, dilation), Pointwise(cin, cout), Norm(cout)]
        if repeat == 2:
            parts += [nn.ReLU(), nn.Identity(), Depthwise(cout, taps), Pointwise(cout, cout), Norm(cout)]
            self.res = nn.ModuleList([nn.ModuleList([Pointwise(cin, cout), Norm(cout)])])
        self.mconv = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for part in self.mconv:
            y = part(y)
        if hasattr(self, "res"):
            pointwise, norm = self.res[0]
            y = y + norm(pointwise(x))
        return F.relu(y)


class Last(nn.Module):
    """1x1 convolution and the mean over 64 columns, the last of which is that of an input of 0."""

    def __init__(self):
        super().__init__()
        self.mconv = nn.ModuleList([Pointwise(128, FEATURES), Norm(FEATURES)])

    def forward(self, x: Tensor) -> Tensor:
        pointwise, norm = self.mconv
        x = pointwise(x)
        factor, offset = norm.line(x)
        columns = F.relu(x * factor[:, None, None] + offset[:, None, None])
        return ((columns.float().sum(2) + F.relu(offset)[:, None]) / 64).T


class MarbleNet(nn.Module):
    """Maps coefficients (n, 64, 63), divided by ``SPREAD`` unless exported, to (n, 128)."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleList(
            [Block(64, 128, 11), Block(128, 64, 13, 2), Block(64, 64, 15, 2), Block(64, 64, 17, 2), Block(64, 128, 29, 1, 2), Last()]
        )

    def forward(self, coefficients: Tensor, first: int = 0) -> Tensor:
        """`first`: 0, or LATE if the input is what ``transparent`` blocks make of the coefficients."""
        x = coefficients.transpose(0, 1)
        for block in self.encoder[first:]:
            x = block(x)
        return x

    @torch.no_grad()
    def transparent(self, coefficients: Tensor) -> None:
        """Sets the blocks before LATE so that they pass the coefficients on, each as ``passed`` makes it: what blocks 1
        to 3 add to their shortcuts begins with a factor of 0.

        `coefficients` (n, 64, 63): a sample, for the statistics."""
        identity, half = torch.eye(64)[:, :, None], torch.zeros(64, 64, 1)
        first = self.encoder[0].mconv
        first[0].conv.weight.zero_()[:, :, first[0].conv.weight.shape[2] // 2] = 1
        first[1].conv.weight.copy_(torch.cat([identity, identity]))
        variance, mean = torch.var_mean(coefficients.transpose(0, 1).flatten(1), 1)
        first[2].running_mean.copy_(mean.repeat(2))
        first[2].running_var.copy_(variance.repeat(2))
        first[2].bias.fill_(OFFSET)
        variance, mean = torch.var_mean(self.passed(coefficients).transpose(0, 1).flatten(1), 1)
        for block in self.encoder[1:LATE]:
            block.mconv[-1].weight.zero_()
            pointwise, norm = block.res[0]
            pointwise.conv.weight.copy_(torch.cat([identity, half], 1)[:, : pointwise.conv.weight.shape[1]])
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean)

    def passed(self, coefficients: Tensor) -> Tensor:
        """(n, 64, 63): the coefficients, normalized and shifted so that hardly any is below 0."""
        norm = self.encoder[0].mconv[2]
        scale = torch.rsqrt(norm.running_var[:64] + norm.eps)[:, None]
        return F.relu((coefficients - norm.running_mean[:64, None]) * scale + OFFSET)


def exported(encoder: MarbleNet) -> dict[str, Tensor]:
    """The reference's tensors by name, for coefficients as they are."""
    result = {f"audio_backbone.encoder.{name}": value.clone() for name, value in encoder.state_dict().items()}
    result["audio_backbone.encoder.encoder.0.mconv.0.conv.weight"] /= SPREAD[:, None, None]
    return result
