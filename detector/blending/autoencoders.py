"""Small autoencoders, and the pictures they give back: fakes by the trace of a decoder alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from detector.errors import WeightsError
from detector.structures import Floats, Image


class Labelled(Protocol):
    """A picture of an index: 0 real, 1 fake; decoded anew at every call, (H, W, 3) uint8 RGB."""

    @property
    def label(self) -> int: ...

    def image(self) -> Image: ...


PATCH_PX = 96
BATCH = 16
LEARNING_RATE = 2e-3
EDGE_WEIGHT = 1.0
LATENT_NOISE = 0.05
"""Standard deviation added to the latents in training, as a share of theirs, so that the decoder bears what
`give_back` adds.
"""


@dataclass(frozen=True)
class Plan:
    """How an autoencoder is built: its decoder's `upsampling`, its `stride` (a power of two) and the channels
    of its latents.
    """

    name: str
    upsampling: str
    stride: int
    latents: int


PLANS = (
    Plan("nearest", "nearest", 4, 6),
    Plan("bilinear", "bilinear", 8, 24),
    Plan("transposed", "transposed", 8, 24),
    Plan("shuffle", "shuffle", 4, 6),
)
"""Unlike on purpose: each way of upsampling leaves a pattern of its own in the spectrum (arXiv:2003.08685
shows them for GANs).
"""


class Autoencoder(nn.Module):
    """A convolutional autoencoder: (B, 3, H, W) float32 RGB in 0..1 to the same; H and W must be multiples of
    its stride.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        widths = [32, 64, 64][: plan.stride.bit_length() - 1]
        down: list[nn.Module] = []
        before = 3
        for width in widths:
            down += [nn.Conv2d(before, width, 4, stride=2, padding=1), nn.SiLU()]
            before = width
        self.encoder = nn.Sequential(
            *down, nn.Conv2d(before, before, 3, padding=1), nn.SiLU(), nn.Conv2d(before, plan.latents, 1)
        )
        up: list[nn.Module] = [nn.Conv2d(plan.latents, before, 3, padding=1), nn.SiLU()]
        for width in [*reversed(widths[:-1]), 3]:
            up += [*_doubled(plan.upsampling, before, width), nn.SiLU()]
            before = width
        self.decoder = nn.Sequential(*up[:-1])

    def forward(self, images: torch.Tensor, latent_noise: float = 0.0) -> torch.Tensor:
        latents: torch.Tensor = self.encoder(images * 2 - 1)
        if latent_noise:
            latents = latents + torch.randn_like(latents) * latents.detach().std() * latent_noise
        decoded: torch.Tensor = self.decoder(latents)
        return (decoded + 1) / 2


def _doubled(upsampling: str, before: int, width: int) -> list[nn.Module]:
    """Layers that double the side, (B, before, H, W) to (B, width, 2 H, 2 W)."""
    match upsampling:
        case "transposed":
            return [nn.ConvTranspose2d(before, width, 4, stride=2, padding=1)]
        case "shuffle":
            return [nn.Conv2d(before, 4 * width, 3, padding=1), nn.PixelShuffle(2)]
        case "nearest":
            return [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(before, width, 3, padding=1)]
        case "bilinear":
            return [
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                nn.Conv2d(before, width, 3, padding=1),
            ]
    raise ValueError(f"no upsampling is called {upsampling!r}")


def train_autoencoder(
    plan: Plan,
    pictures: Sequence[Labelled],
    steps: int,
    random_seed: int = 0,
    tell: Callable[[int, float], None] | None = None,
) -> Autoencoder:
    """An autoencoder that learned to give back patches of real `pictures` (label 0); `tell` is given step and
    loss now and then.
    """
    torch.manual_seed(random_seed)
    network = Autoencoder(plan)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it untyped
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    rng = np.random.default_rng((random_seed, plan.stride, plan.latents))
    for step, batch in zip(range(steps), _patches([p for p in pictures if p.label == 0], rng), strict=False):
        given = network(batch, LATENT_NOISE)
        loss = functional.l1_loss(given, batch) + EDGE_WEIGHT * sum(
            functional.l1_loss(given.diff(dim=axis), batch.diff(dim=axis)) for axis in (2, 3)
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        schedule.step()
        if tell is not None and step % 25 == 0:
            tell(step, float(loss.detach()))
    network.eval()
    return network


def _patches(pictures: Sequence[Labelled], rng: np.random.Generator) -> Iterator[torch.Tensor]:
    """Endless batches (B, 3, 96, 96) of patches, four of each picture that is large enough."""
    while True:
        patches: list[Image] = []
        while len(patches) < BATCH:
            image = pictures[int(rng.integers(len(pictures)))].image()
            height, width = image.shape[:2]
            if min(height, width) < PATCH_PX:
                continue
            for _ in range(4):
                y, x = int(rng.integers(height - PATCH_PX + 1)), int(rng.integers(width - PATCH_PX + 1))
                patches.append(image[y : y + PATCH_PX, x : x + PATCH_PX])
        stacked = torch.from_numpy(np.stack(patches).transpose(0, 3, 1, 2).copy()).float() / 255
        yield stacked.contiguous(memory_format=torch.channels_last)


def save_autoencoders(path: Path, networks: Sequence[Autoencoder]) -> None:
    """Write them into one safetensors file, their plans in its header."""
    values = {
        f"{network.plan.name}.{key}": value.contiguous()
        for network in networks
        for key, value in network.state_dict().items()
    }
    save_file(values, path, {"plans": json.dumps([asdict(network.plan) for network in networks])})


def load_autoencoders(path: Path) -> list[Autoencoder]:
    """What `save_autoencoders` wrote, in eval mode. Raises WeightsError where the file is missing or not of
    this kind.
    """
    try:
        with safe_open(path, framework="pt") as file:
            plans = [Plan(**plan) for plan in json.loads(file.metadata()["plans"])]
            values = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - a handle, not a dict
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(
            f"{path} holds no autoencoders ({error}); make them with tools/make_autoencoders.py"
        ) from error
    networks = [Autoencoder(plan) for plan in plans]
    for network in networks:
        prefix = f"{network.plan.name}."
        network.load_state_dict(
            {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
        )
    return [network.eval().requires_grad_(False) for network in networks]


class Forgers:
    """Autoencoders that give pictures back; no nn.Module, so that whoever holds them neither trains nor saves
    them.
    """

    def __init__(self, networks: Sequence[Autoencoder]) -> None:
        self._networks = list(networks)

    @torch.no_grad()
    def give_back(self, image: Image, rng: np.random.Generator) -> Image:
        """`image` (H, W, 3) uint8 RGB through one of the autoencoders, its latents shaken a little; the same
        for the same draw.
        """
        network = self._networks[int(rng.integers(len(self._networks)))]
        height, width = image.shape[:2]
        stride = network.plan.stride
        padded = np.pad(image, ((0, -height % stride), (0, -width % stride), (0, 0)), mode="reflect")
        latents = network.encoder(
            torch.from_numpy(padded.transpose(2, 0, 1)[None].copy()).float() / 127.5 - 1
        )
        shaken = rng.standard_normal(tuple(latents.shape), dtype=np.float32) * float(
            latents.std() * rng.uniform(0, 2 * LATENT_NOISE)
        )
        given: Floats = (
            ((network.decoder(latents + torch.from_numpy(shaken)) + 1) * 127.5)[0].permute(1, 2, 0).numpy()
        )
        return np.clip(np.rint(given[:height, :width]), 0, 255).astype(np.uint8)
