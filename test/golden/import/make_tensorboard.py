"""Makes tensorboard-2.21.0.tar.gz, event files by the writers that people use, and tensorboard-2.21.0.json, what
TensorBoard's own EventAccumulator reads in them.

pip install tensorboard==2.21.0 tensorboardX==2.6.5 torch==2.13.0 numpy "setuptools<81"
python make_tensorboard.py
"""

import json
import math
import os
import shutil
import tarfile
import tempfile

import numpy as np
import tensorboard.summary
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.scalar import summary_v2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboardX import SummaryWriter as XWriter
from torch.utils.tensorboard import SummaryWriter

here = os.path.dirname(os.path.abspath(__file__))
at = 1_750_000_000.0


def torch_runs(root):
    random = np.random.default_rng(4)
    writer = SummaryWriter(os.path.join(root, "torch"), max_queue=1)
    for step in range(50):
        writer.add_scalar("loss/train", float(random.lognormal()), step, walltime=at + step)
        writer.add_scalar("accuracy", step / 50, step, walltime=at + step, new_style=True)
    writer.add_scalar("tiny", 1e-42, 2**40, walltime=at)
    for step, value in enumerate([math.nan, math.inf, -math.inf, -0.0, 3.4028234e38]):
        writer.add_scalar("odd values", value, step, walltime=at + step)
    writer.add_scalars("pair", {"a": 0.1, "b": 0.2}, 3, walltime=at)
    writer.add_text("note", "**bold** räume", 2, walltime=at)
    writer.add_image("picture", (random.random((3, 4, 5)) * 255).astype(np.uint8), 7, walltime=at)
    writer.add_histogram("weights", random.normal(size=100), 1, walltime=at)
    writer.add_hparams({"lr": 0.1, "layers": 3, "opt": "adam", "nesterov": True}, {"hparam/best": 0.9}, run_name="trial")
    writer.close()


def x_runs(root):
    writer = XWriter(os.path.join(root, "deep", "er"))
    for step in range(10):
        writer.add_scalar("loss@val", 1 / (step + 1), step, walltime=at + step)
    writer.close()


def native_runs(root):
    writer = tensorboard.summary.Writer(os.path.join(root, "native"))
    for step in range(5):
        writer.add_scalar("scalar", np.float32(step) / 3, step, wall_time=at + step)
    writer.close()
    files = EventFileWriter(os.path.join(root, "native"), filename_suffix=".later")
    for step in range(3, 8):
        summary = summary_v2.scalar_pb("scalar", step * 100.0)
        files.add_event(event_pb2.Event(wall_time=at + 50 + step, step=step, summary=summary))
    files.close()


def restarted_runs(root):
    """A training that went back to step 6: its START purges what the first attempt logged from there on."""
    for index, (start, stop) in enumerate([(0, 10), (6, 12)]):
        purge = {} if index == 0 else {"purge_step": start}
        writer = SummaryWriter(os.path.join(root, "restarted"), filename_suffix=f".{index}", **purge)
        for step in range(start, stop):
            writer.add_scalar("loss", index * 100 + step, step, walltime=at + index * 50 + step)
        writer.close()
        for name in sorted(os.listdir(os.path.join(root, "restarted"))):
            if name.endswith(f".{index}"):
                path = os.path.join(root, "restarted", name)
                os.rename(path, os.path.join(root, "restarted", f"events.out.tfevents.175000000{index}.host.{index}"))


def truncated_run(root):
    writer = EventFileWriter(os.path.join(root, "truncated"))
    for step in range(4):
        value = summary_pb2.Summary.Value(tag="loss", simple_value=step)
        summary = summary_pb2.Summary(value=[value])
        writer.add_event(event_pb2.Event(wall_time=at + step, step=step, summary=summary))
    writer.close()
    (name,) = os.listdir(os.path.join(root, "truncated"))
    path = os.path.join(root, "truncated", name)
    os.truncate(path, os.path.getsize(path) - 5)


def read(folder):
    accumulator = event_accumulator.EventAccumulator(folder, size_guidance=dict.fromkeys(event_accumulator.DEFAULT_SIZE_GUIDANCE, 0))
    accumulator.Reload()
    tags = accumulator.Tags()
    series = {tag: [[s.wall_time, s.step, repr(float(s.value))] for s in accumulator.Scalars(tag)] for tag in tags["scalars"]}
    tensors = {}
    for tag in tags["tensors"]:
        metadata = accumulator.SummaryMetadata(tag)
        if metadata.plugin_data.plugin_name == "scalars":
            values = accumulator.Tensors(tag)
            tensors[tag] = [[s.wall_time, s.step, repr(float(tensorboard.util.tensor_util.make_ndarray(s.tensor_proto)))] for s in values]
    return series | tensors


def main():
    root = tempfile.mkdtemp()
    torch_runs(root)
    x_runs(root)
    native_runs(root)
    restarted_runs(root)
    truncated_run(root)
    expected = {}
    for folder, _, names in os.walk(root):
        if any("tfevents" in name for name in names):
            expected[os.path.relpath(folder, root)] = read(folder)
    with open(os.path.join(here, "tensorboard-2.21.0.json"), "w") as file:
        json.dump(expected, file, indent=1, sort_keys=True)
        file.write("\n")
    with tarfile.open(os.path.join(here, "tensorboard-2.21.0.tar.gz"), "w:gz") as archive:
        archive.add(root, "logs")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
