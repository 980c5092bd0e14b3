# In: a path for a checkpoint, a path for answers. Out: a made checkpoint of the published form (AlexNet, attention, Bi-LSTM, linear) with random weights
# under the names that PyTorch gives them, and what plain PyTorch answers with it to three example frames. It shares no code with the converter.
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(3)
torch.set_num_threads(1)


class Video(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Module()
        self.cnn.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, kernel_size=3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.attention = nn.Sequential(nn.Conv2d(256, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 8, 1), nn.ReLU(), nn.Conv2d(8, 1, 1), nn.Sigmoid())
        self.lstm = nn.LSTM(256, 24, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(48, 4)


video = Video().eval()
with torch.no_grad():
    for layer in video.cnn.features:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    video.fc.weight *= 8
    torch.save({"epoch": 7, "state_dict": {"module." + name: value for name, value in video.state_dict().items()}}, sys.argv[1])
    rows, columns = torch.arange(224.0)[:, None], torch.arange(224.0)[None]
    frames = torch.stack([torch.sin(0.11 * rows) * torch.cos(0.07 * columns + k) for k in range(3)])[:, None].repeat(1, 3, 1, 1)
    places = video.cnn.features(frames)
    mask = video.attention(places)
    pooled = F.adaptive_avg_pool2d(places * mask, 1).flatten(1)
    states, (ends, _) = video.lstm(pooled[None])
    by_readout = {"mean": states.mean(1), "last": states[:, -1], "ends": torch.cat([ends[0], ends[1]], 1)}
    answers = {name: torch.softmax(video.fc(read), 1)[0].tolist() for name, read in by_readout.items()}
with open(sys.argv[2], "w") as out:
    json.dump({"features": pooled.tolist(), "maskMeans": mask.mean((1, 2, 3)).tolist(), "probabilities": answers}, out)
