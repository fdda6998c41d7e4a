"""Trains a small network with PyTorch."""

import torch
from mlspec import Dataset, InputArtifact, Model, OutputArtifact, Parameter, log_metric

CLASSES = ["Adelie", "Chinstrap", "Gentoo"]


def train(
    train: InputArtifact[Dataset],
    model: OutputArtifact[Model],
    rounds: Parameter[int] = 200,
    learning_rate: Parameter[float] = 0.05,
):
    """Fits on all rows at once. The network answers with scores; their softmax is the probabilities."""
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)
    features, species = train.features_and_label()
    inputs = torch.tensor(features.to_numpy(), dtype=torch.float32)
    targets = torch.tensor([CLASSES.index(name) for name in species])

    network = torch.nn.Sequential(torch.nn.Linear(inputs.shape[1], 16), torch.nn.ReLU(), torch.nn.Linear(16, len(CLASSES)))
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    for step in range(rounds):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(inputs), targets)
        loss.backward()
        optimizer.step()
        if step % 20 == 0 or step == rounds - 1:
            log_metric("log_loss", loss.item(), step)

    model.save(network, features=list(features.columns), classes=CLASSES)
