"""PyTorch checkpoints of others, opened for conversion.

In: the path of a file. Out: its tensors by name, without the prefix `module.` of DataParallel. A file that cannot be read or holds something else ends the program with a sentence.
"""
import torch


def state_of(path, trust=False):
    """The state dictionary of a checkpoint, itself or under `state_dict` or `model`. Only `trust` lets it hold objects, whose unpickling may run code."""
    try:
        kept = torch.load(path, map_location="cpu", weights_only=not trust)
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror or error}") from error
    except Exception as error:
        # torch.load has no error of its own: what it throws is that of whichever reader got stuck.
        raise SystemExit(f"{path}: no PyTorch checkpoint, or one that holds Python objects beside its tensors, which only --trust opens ({type(error).__name__})") from error
    for name in ("state_dict", "model"):
        if isinstance(kept, dict) and isinstance(kept.get(name), dict):
            kept = kept[name]
            break
    if not isinstance(kept, dict) or not kept or not all(isinstance(value, torch.Tensor) for value in kept.values()):
        raise SystemExit(f"{path}: holds no state dictionary")
    for name, value in kept.items():
        if not torch.isfinite(value).all():
            raise SystemExit(f"{path}: {name} has values that are no numbers (NaN or infinity)")
    return {name.removeprefix("module."): value.float() if value.is_floating_point() else value for name, value in kept.items()}
