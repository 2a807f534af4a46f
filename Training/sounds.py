"""Windows of sound as a microphone may deliver them: rooms, noise, music, telephones, codecs, gain and speed.

Everything that a room, a microphone and a line do to a voice is linear, so one filter per window stands for all of
it, applied by one pair of Fourier transforms.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from marblenet import WINDOW
from voices import CORPORA, RATE, SPOKEN, Voices

PAST = 2720  # samples before a window that still echo in it
LENGTH = WINDOW + PAST
BINS = LENGTH // 2 + 1
FREQUENCY = torch.fft.rfftfreq(LENGTH, 1 / RATE)


def uniform(random: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=random)


def level(sound: Tensor) -> Tensor:
    """(n, 1) root mean square."""
    return sound.square().mean(1, keepdim=True).sqrt().clamp(min=1e-7)


def rooms(n: int, random: torch.Generator) -> Tensor:
    """(n, bins) transfer functions: a direct sound and an exponential tail with a decay of 0.1 to 0.7 s."""
    time = torch.arange(PAST) / RATE
    decay = uniform(random, 0.1, 0.7, n, 1)
    tail = torch.randn(n, PAST, generator=random) * torch.exp(-6.9 * time / decay)
    tail[:, : RATE // 500] = 0
    tail *= uniform(random, 0.05, 1.0, n, 1) / tail.norm(dim=1, keepdim=True)
    tail[:, 0] = 1
    return torch.fft.rfft(tail, LENGTH)


def microphones(n: int, random: torch.Generator) -> Tensor:
    """(n, bins) smooth random responses of up to 10 dB, some limited to a telephone's band."""
    octave = (FREQUENCY.clamp(min=50) / 50).log2() / 7.4
    phases = uniform(random, 0, 2 * math.pi, n, 4, 1)
    waves = torch.cos(math.pi * torch.arange(1, 5)[:, None] * octave + phases)
    response = 10 ** ((waves * uniform(random, 0, 3.0, n, 4, 1)).sum(1) / 20)
    edge = uniform(random, 3000, 3800, n, 1)
    band = 1 / (1 + (FREQUENCY / edge) ** 16) / (1 + (280 / FREQUENCY.clamp(min=1)) ** 8)
    return response * torch.where(torch.rand(n, 1, generator=random) < 0.2, band, 1.0)


def noises(n: int, random: torch.Generator) -> Tensor:
    """(n, LENGTH) noise of slopes from white to brown with hums, fans and clicks."""
    spectrum = torch.fft.rfft(torch.randn(n, LENGTH, generator=random))
    slope = uniform(random, 0, 1.2, n, 1)
    sound = torch.fft.irfft(spectrum / FREQUENCY.clamp(min=40) ** slope, LENGTH)
    sound /= level(sound)
    time = torch.arange(LENGTH) / RATE
    pitch = torch.where(torch.rand(n, 1, generator=random) < 0.5, uniform(random, 45, 65, n, 1), uniform(random, 70, 900, n, 1))
    hum = sum(torch.sin(2 * math.pi * k * pitch * time) / k for k in range(1, 6))
    sound += hum * uniform(random, 0, 2, n, 1) * (torch.rand(n, 1, generator=random) < 0.35)
    clicks = (torch.rand(n, LENGTH, generator=random) < 2e-4) * torch.randn(n, LENGTH, generator=random) * 20
    sound += clicks * (torch.rand(n, 1, generator=random) < 0.15)
    beat = 1 + torch.sin(2 * math.pi * uniform(random, 0.5, 12, n, 1) * time) * uniform(random, 0, 1, n, 1)
    return sound * torch.where(torch.rand(n, 1, generator=random) < 0.3, beat, 1.0)


def music(n: int, random: torch.Generator) -> Tensor:
    """(n, LENGTH) chords of three plucked or held notes with harmonics, some with vibrato."""
    time = torch.arange(LENGTH) / RATE
    root = uniform(random, 80, 700, n, 1)
    sound = torch.zeros(n, LENGTH)
    for interval in (0, 4, 7):
        pitch = root * 2 ** ((interval + torch.randint(-1, 2, (n, 1), generator=random)) / 12)
        vibrato = 0.02 * uniform(random, 0, 1, n, 1) * torch.sin(2 * math.pi * uniform(random, 4, 7, n, 1) * time)
        phase = 2 * math.pi * pitch * (time + vibrato / 6) + uniform(random, 0, 6, n, 1)
        roll = uniform(random, 0.3, 2.5, n, 1)
        held = torch.exp(-((time - uniform(random, -0.2, 0.6, n, 1)) % 0.5) * uniform(random, 0, 12, n, 1))
        sound += held * sum(torch.sin(k * phase) / k**roll for k in range(1, 8))
    return sound / level(sound)


@dataclass
class Drawn:
    """Windows (n, 10080) with the clip of each, which is -1 for synthetic sound, and whether there is too little of
    the voice in a window to tell anything."""

    windows: Tensor
    clip: Tensor
    faint: Tensor


class Microphone:
    """Draws windows of clips and of everything else. `rows` are the clips to draw from."""

    def __init__(self, voices: Voices, rows: Tensor):
        self.voices = voices
        corpus = voices.corpus[rows]
        self.spoken = rows[corpus < SPOKEN]
        self.other = rows[corpus >= SPOKEN]
        # How loud a clip is, and how loud its speaker usually is: a shout stays louder than a murmur.
        self.peak, self.usual = torch.ones(len(voices.start)), torch.ones(len(voices.start))
        people: dict[tuple, list[int]] = {}
        for clip in self.spoken.tolist():
            start = int(voices.start[clip])
            self.peak[clip] = voices.clean[start : start + int(voices.length[clip]) : 7].float().abs().max() / 32768
            people.setdefault((int(voices.corpus[clip]), voices.speaker[clip]), []).append(clip)
        for clips in people.values():
            self.usual[clips] = self.peak[clips].median().clamp(min=1e-3)
        # Corpora are balanced, and within a corpus the emotions.
        shares = {"emodb": 0.27, "ravdess": 0.37, "nemo": 0.14, "urdu": 0.09, "talk": 0.13}
        weight = torch.zeros(len(self.spoken), dtype=torch.double)
        for c in range(SPOKEN):
            inside = (voices.corpus[self.spoken] == c).nonzero().flatten()
            emotions = voices.emotion[self.spoken[inside].numpy()]
            emotions = np.where(emotions == "calm", "neutral", emotions)
            for emotion in set(emotions):
                some = inside[torch.from_numpy(emotions == emotion)]
                weight[some] = shares[CORPORA[c]] / len(set(emotions)) / len(some)
        self.weight = weight

    def raw(self, clip: Tensor, random: torch.Generator) -> Tensor:
        """Sound (n, LENGTH) of the clips at random positions, some of it through a codec."""
        n = len(clip)
        speed = uniform(random, 0.88, 1.14, n)
        length = self.voices.length[clip].double()
        position = (length + 2000) * torch.rand(n, generator=random) - WINDOW * 0.55 - PAST
        return self.voices.windows(position, LENGTH, clip, torch.rand(n, generator=random) < 0.4, speed.double())

    def draw(self, n: int, random: torch.Generator, spoken: float = 0.76) -> Drawn:
        """A share `spoken` are voices; the others are noise, silence, music, babble and recorded sounds."""
        voices = self.voices
        v = round(n * spoken)
        clip = self.spoken[torch.multinomial(self.weight, v, replacement=True, generator=random)]
        loud = self.raw(clip, random)
        # 0.1 s parts that are within 30 dB of the clip's loudest samples.
        parts = loud[:, PAST:].unfold(1, 1600, 1600).square().mean(2).sqrt()
        faint = (parts > self.peak[clip, None] / 32).float().mean(1) < 0.45
        loud = loud * (0.2 / self.usual[clip, None])
        few = max(8, n // 8)

        def some(sounds: Tensor, count: int) -> Tensor:
            return sounds[torch.randint(0, len(sounds), (count,), generator=random)]

        noise, chords = noises(2 * few, random), music(few, random)
        behind = torch.where(torch.rand(v, 1, generator=random) < 0.7, some(noise, v), some(chords, v))
        # From as loud as a usual voice to 40 dB below it.
        decibels = -26 - uniform(random, 0, 40, v, 1)
        babble = sum(some(loud, few) for _ in range(9))
        loud = loud + behind * 10 ** (decibels / 20) * (torch.rand(v, 1, generator=random) < 0.6)
        rest = n - v
        kind = torch.bucketize(torch.rand(rest, generator=random), torch.tensor([0.3, 0.7, 0.85]))
        quiet = some(noise, rest) * 10 ** -uniform(random, 0, 4, rest, 1)
        if len(self.other):
            recorded = self.raw(some(self.other, int((kind == 1).sum())), random)
            quiet[kind == 1] = recorded / level(recorded)
        quiet[kind == 2] = some(chords, int((kind == 2).sum()))
        quiet[kind == 3] = some(babble / level(babble), int((kind == 3).sum()))
        sound = torch.cat([loud, quiet])
        echo = torch.where(torch.rand(n, 1, generator=random) < 0.4, rooms(n, random), 1.0)
        filtered = torch.fft.irfft(torch.fft.rfft(sound) * echo * microphones(n, random), LENGTH)[:, PAST:]
        gain = 10 ** (-uniform(random, 6, 40, n, 1) / 20)
        heard = (filtered * gain * 32768).round().clamp(-32768, 32767) / 32768
        heard[v:][torch.rand(rest, generator=random) < 0.08] = 0
        drawn = torch.cat([clip, torch.full((rest,), -1)])
        return Drawn(heard, drawn, torch.cat([faint, torch.zeros(rest, dtype=torch.bool)]))
