"""EMENet-V: a MobileFaceNet (Chen et al. 2018, arXiv 1804.07573) with four heads, each a GRU and a linear
decoder. Names, shapes and outputs match the reference's state dict, so its checkpoints and ours are
interchangeable; tests/test_model.py compares it with the golden tensors.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 512
HIDDEN = 128
TASKS = {"EXPR": 7, "AU": 12, "VA": 40, "FA": 136}  # in the order of tmodels.0 to .3
SECOND = "EXPR of AffectNet"  # the task of the second decoder in TwoWitnesses


class ConvBlock(nn.Module):
    def __init__(self, cin: int, cout: int, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout)
        self.prelu = nn.PReLU(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.bn(self.conv(x)))


class LinearBlock(nn.Module):
    def __init__(self, cin: int, cout: int, kernel: int = 1, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class Bottleneck(nn.Module):
    """1x1 convolution to `inner` channels, 3x3 depthwise, 1x1 projection; with a shortcut if `residual`."""

    def __init__(self, cin: int, cout: int, inner: int, stride: int, residual: bool = False):
        super().__init__()
        self.conv = ConvBlock(cin, inner, 1)
        self.conv_dw = ConvBlock(inner, inner, 3, stride, 1, groups=inner)
        self.project = LinearBlock(inner, cout)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.conv_dw(self.conv(x)))
        return x + y if self.residual else y


class Residuals(nn.Module):
    def __init__(self, channels: int, inner: int, count: int):
        super().__init__()
        blocks = [Bottleneck(channels, channels, inner, 1, residual=True) for _ in range(count)]
        self.model = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class GlobalDepthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_6_dw = LinearBlock(FEATURES, FEATURES, 7, groups=FEATURES)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_6_dw(x).flatten(1)


class MobileFaceNet(nn.Module):
    """Maps (n, 3, 112, 112) in [0, 1] to (n, 512)."""

    def __init__(self):
        super().__init__()
        self.conv1 = ConvBlock(3, 64, 3, stride=2, padding=1)  # 56
        self.conv2_dw = ConvBlock(64, 64, 3, padding=1, groups=64)
        self.conv_23 = Bottleneck(64, 64, 128, stride=2)  # 28
        self.conv_3 = Residuals(64, 128, 4)
        self.conv_34 = Bottleneck(64, 128, 256, stride=2)  # 14
        self.conv_4 = Residuals(128, 256, 6)
        self.conv_45 = Bottleneck(128, 128, 512, stride=2)  # 7
        self.conv_5 = Residuals(128, 256, 2)
        self.conv_6_sep = ConvBlock(128, FEATURES, 1)
        self.output_layer = GlobalDepthwise()

    def forward(self, crops: Tensor) -> Tensor:
        x = self.conv_23(self.conv2_dw(self.conv1(crops)))
        x = self.conv_45(self.conv_4(self.conv_34(self.conv_3(x))))
        return self.output_layer(self.conv_6_sep(self.conv_5(x)))


class Head(nn.Module):
    """One step of a GRU, then the decoder. The GRU's equations are written out because one step of `nn.GRU`
    neither compiles nor autocasts; the parameters are those of `nn.GRU`."""

    def __init__(self, outputs: int):
        super().__init__()
        self.rnn = nn.GRU(FEATURES, HIDDEN)
        self.decoder = nn.Linear(HIDDEN, outputs)

    def forward(self, features: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """features (n, 512), state (n, 128) or None for 0; returns logits (n, outputs) and state (n,
        128)."""
        rnn = self.rnn
        from_input = F.linear(features, rnn.weight_ih_l0, rnn.bias_ih_l0).chunk(3, -1)
        if state is None:
            from_state = rnn.bias_hh_l0.chunk(3, -1)
        else:
            from_state = F.linear(state, rnn.weight_hh_l0, rnn.bias_hh_l0).chunk(3, -1)
        reset = torch.sigmoid(from_input[0] + from_state[0])
        update = torch.sigmoid(from_input[1] + from_state[1])
        candidate = torch.tanh(from_input[2] + reset * from_state[2])
        hidden = (1 - update) * candidate
        if state is not None:
            hidden = hidden + update * state
        return self.decoder(hidden), hidden


class EMENetV(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = MobileFaceNet()
        self.tmodels = nn.ModuleList(Head(outputs) for outputs in TASKS.values())

    def heads(self, features: Tensor, states: dict[str, Tensor] | None = None):
        """Logits by task, and the states to carry to the next frame of the same face."""
        logits, carried = {}, {}
        for task, head in zip(TASKS, self.tmodels):
            logits[task], carried[task] = head(features, states[task] if states else None)
        return logits, carried

    def forward(self, crops: Tensor) -> dict[str, Tensor]:
        """crops (n, 1 or 3, 112, 112) in [0, 1]; a single channel is luma and is repeated. Starts from
        state 0."""
        if crops.shape[1] == 1:
            crops = crops.expand(-1, 3, -1, -1)
        return self.heads(self.backbone(crops))[0]


class TwoWitnesses(EMENetV):
    """Learns from two kinds of witnesses at once: besides the decoder for people's votes, a second decoder
    of the same hidden state predicts what networks trained on AffectNet say. Both are linear, so any
    weighted geometric mean of the two is again a single decoder (``mixed``)."""

    def __init__(self):
        super().__init__()
        self.second = nn.Linear(HIDDEN, TASKS["EXPR"])

    @staticmethod
    def starting_from(network: EMENetV) -> "TwoWitnesses":
        """Initializes the second decoder as a copy of the first."""
        result = TwoWitnesses()
        result.load_state_dict(network.state_dict(), strict=False)
        if not isinstance(network, TwoWitnesses):
            result.second.load_state_dict(network.tmodels[0].decoder.state_dict())
        return result

    def heads(self, features: Tensor, states: dict[str, Tensor] | None = None):
        logits, carried = super().heads(features, states)
        return {**logits, SECOND: self.second(carried["EXPR"])}, carried

    def mixed(self, share: float) -> EMENetV:
        """A network with a single decoder that takes `share` of its logits from the second."""
        result = EMENetV()
        result.load_state_dict({k: v for k, v in self.state_dict().items() if not k.startswith("second.")})
        with torch.no_grad():
            for name, first in result.tmodels[0].decoder.named_parameters():
                first.lerp_(getattr(self.second, name), share)
        return result.eval()


VALUES = torch.linspace(-1, 1, 20)  # the values of the twenty bins of valence and arousal


def expectation(logits: Tensor) -> Tensor:
    """Converts VA logits (n, 40) to valence and arousal (n, 2)."""
    return F.softmax(logits.float().unflatten(-1, (2, 20)), -1) @ VALUES.to(logits.device)
