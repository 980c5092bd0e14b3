"""Bag heads over the keyframe features of one vein section: mean embedding, soft attention, gated attention.

In: features [k, 2048]. Out: logit of the section and one weight a keyframe (they sum to 1).
a = softmax(w^T tanh(V h)), gated: w^T (tanh(V h) * sigmoid(U h)); the section is classified from sum_k a_k h_k.
"""
import torch
from torch import nn

FEATURES = 2048
WIDTH = 128


class MeanHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.classifier = nn.Linear(FEATURES, 1)

    def weights(self, features):
        return torch.softmax(features[:, 0] * 0, 0)

    def forward(self, features):
        a = self.weights(features)
        return self.classifier(a @ features), a


class AttentionHead(MeanHead):
    def __init__(self):
        super().__init__()
        self.V = nn.Linear(FEATURES, WIDTH)
        self.w = nn.Linear(WIDTH, 1)

    def scores(self, features):
        return self.w(torch.tanh(self.V(features)))[:, 0]

    def weights(self, features):
        return torch.softmax(self.scores(features), 0)


class GatedHead(AttentionHead):
    def __init__(self):
        super().__init__()
        self.U = nn.Linear(FEATURES, WIDTH)

    def scores(self, features):
        return self.w(torch.tanh(self.V(features)) * torch.sigmoid(self.U(features)))[:, 0]


HEADS = {"mean": MeanHead, "attention": AttentionHead, "gated": GatedHead}


def batched(head, features, mask):
    """Logits of many bags at once: features [bags, k, 2048], mask [bags, k] (1 where there is a keyframe)."""
    if isinstance(head, AttentionHead):
        flat = features.reshape(-1, FEATURES)
        scores = head.scores(flat).reshape(mask.shape)
    else:
        scores = torch.zeros(mask.shape)
    a = torch.softmax(scores.masked_fill(mask == 0, -1e9), 1)
    return head.classifier((a[:, :, None] * features).sum(1))[:, 0]
