"""The blocks that synthetic training scripts are put together from; `$name` is filled in by `scripts.py`."""

HEAD = '''\
"""Train $model on $dataset."""
import argparse
import logging
import os
import random
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger(__name__)
'''

ARGUMENTS = """
def parse_args():
    parser = argparse.ArgumentParser(description="$model on $dataset")
    parser.add_argument("--data", default="./data/$dataset", type=str, help="where the data lies")
    parser.add_argument("--epochs", default=$epochs, type=int, metavar="N", help="number of epochs to run")
    parser.add_argument("--batch-size", default=$batch, type=int, help="samples in a batch")
    parser.add_argument("--lr", default=$lr, type=float, help="initial learning rate")
    parser.add_argument("--momentum", default=0.9, type=float)
    parser.add_argument("--weight-decay", "--wd", default=$decay, type=float)
    parser.add_argument("--resume", default="", type=str, metavar="PATH", help="a checkpoint to go on from")
    parser.add_argument("--evaluate", action="store_true", help="only evaluate")
    parser.add_argument("--seed", default=$seed, type=int)
    parser.add_argument("--workers", default=4, type=int)
    return parser.parse_args()
"""

DATA = """
class $data(Dataset):
    def __init__(self, root, split="train", size=$size, transform=None):
        self.root = root
        self.size = size
        self.transform = transform
        self.files = sorted(f for f in os.listdir(os.path.join(root, split)) if f.endswith(".npy"))
        self.labels = {name: int(name.split("_")[0]) for name in self.files}

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        name = self.files[index]
        image = np.load(os.path.join(self.root, name)).astype(np.float32) / 255.0
        if self.transform is not None:
            image = self.transform(image)
        if random.random() < 0.5:
            image = image[:, ::-1].copy()  # mirrored
        return torch.from_numpy(image), self.labels[name]


def make_loaders(args):
    loaders = []
    for split, shuffle in (("train", True), ("val", False)):
        dataset = $data(args.data, split)
        loaders.append(DataLoader(dataset, args.batch_size, shuffle=shuffle, num_workers=args.workers, pin_memory=True))
    return loaders
"""

CONVOLUTIONS = """
class $model(nn.Module):
    def __init__(self, classes=$classes, width=$width):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, width, kernel_size=3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width * 2, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
        )
        self.head = nn.Linear(width * 2, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.backbone(x)
        x = x.view(x.size(0), -1)
        return self.head(F.dropout(x, p=$dropout, training=self.training))
"""

ATTENTION = """
class $model(nn.Module):
    def __init__(self, classes=$classes, width=$width, heads=4, layers=$layers):
        super().__init__()
        self.backbone = nn.ModuleList([nn.MultiheadAttention(width, heads, dropout=$dropout) for _ in range(layers)])
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(layers)])
        self.embedding = nn.Parameter(torch.zeros(1, $size, width))
        self.head = nn.Linear(width, classes)

    def forward(self, x, mask=None):
        x = x + self.embedding[:, : x.shape[1]]
        for attention, norm in zip(self.backbone, self.norms):
            attended, _ = attention(x, x, x, key_padding_mask=mask, need_weights=False)
            x = norm(x + attended)
        if mask is not None:
            x = x.masked_fill(mask.unsqueeze(-1), 0.0)
        return self.head(x.mean(dim=1))
"""

METERS = '''
class AverageMeter(object):
    """The running average of a value"""

    def __init__(self, name, fmt=":.3f"):
        self.name, self.fmt = name, fmt
        self.reset()

    def reset(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count

    def __str__(self):
        return f"{self.name} {self.val:.3f} ({self.avg:.3f})"


def accuracy(output, target, topk=(1, 5)):
    maxk = max(topk)
    _, pred = output.topk(maxk, 1, True, True)
    correct = pred.t().eq(target.view(1, -1).expand_as(pred.t()))
    return [correct[:k].reshape(-1).float().sum(0) * (100.0 / target.size(0)) for k in topk]
'''

OPTIMIZER = """
def build_optimizer(model, args):
    decay, no_decay = [], []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        (no_decay if param.ndim == 1 or name.endswith(".bias") else decay).append(param)
    groups = [{"params": decay, "weight_decay": args.weight_decay}, {"params": no_decay, "weight_decay": 0.0}]
    return optim.$optimizer(groups, lr=args.lr)
"""

BY_FUNCTIONS = """
def train(loader, model, criterion, optimizer, epoch, device, args):
    batch_time, losses, top1 = AverageMeter("time"), AverageMeter("loss"), AverageMeter("acc@1")
    model.train()
    end = time.time()
    for i, (images, target) in enumerate(loader):
        images, target = images.to(device, non_blocking=True), target.to(device, non_blocking=True)
        output = model(images)
        loss = criterion(output, target)
        acc1, acc5 = accuracy(output, target)
        losses.update(loss.item(), images.size(0))
        top1.update(acc1.item(), images.size(0))
        optimizer.zero_grad()
        loss.backward()
        if args.weight_decay > 0:
            nn.utils.clip_grad_norm_(model.parameters(), $clip)
        optimizer.step()
        batch_time.update(time.time() - end)
        end = time.time()
        if i % $every == 0:
            logger.info("epoch %d [%d/%d] %s %s %s", epoch, i, len(loader), batch_time, losses, top1)
    return losses.avg


@torch.no_grad()
def validate(loader, model, criterion, device):
    losses, top1 = AverageMeter("loss"), AverageMeter("acc@1")
    model.eval()
    for images, target in loader:
        images, target = images.to(device), target.to(device)
        output = model(images)
        losses.update(criterion(output, target).item(), images.size(0))
        top1.update(accuracy(output, target)[0].item(), images.size(0))
    return losses.avg, top1.avg


def main():
    args = parse_args()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, val_loader = make_loaders(args)
    model = $model().to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=$smoothing)
    optimizer = $make_optimizer
    scheduler = $make_scheduler
    start_epoch, best_acc = 0, 0.0
    if args.resume:
        checkpoint = torch.load(args.resume, map_location=device)
        start_epoch, best_acc = checkpoint["epoch"], checkpoint["best_acc"]
        model.load_state_dict(checkpoint["state_dict"])
        optimizer.load_state_dict(checkpoint["optimizer"])
    for epoch in range(start_epoch, args.epochs):
$early        train_loss = train(train_loader, model, criterion, optimizer, epoch, device, args)
        val_loss, val_acc = validate(val_loader, model, criterion, device)
$late        is_best = val_acc > best_acc
        best_acc = max(val_acc, best_acc)
        state = {"epoch": epoch + 1, "state_dict": model.state_dict(), "best_acc": best_acc}
        state["optimizer"] = optimizer.state_dict()
        torch.save(state, "checkpoint.pth")
        if is_best:
            torch.save(state, "best.pth")
        print("epoch", epoch, "loss", train_loss, "val", val_loss, "lr", optimizer.param_groups[0]["lr"])


if __name__ == "__main__":
    main()
"""

BY_CLASS = """
class Trainer:
    def __init__(self, model, args, device):
        self.model, self.args, self.device = model, args, device
        self.criterion = nn.CrossEntropyLoss(label_smoothing=$smoothing)
        self.optimizer = $make_optimizer
        self.scheduler = $make_scheduler
        self.meter = AverageMeter("loss")
        self.best = float("inf")
        self.history = {"train": [], "val": []}

    def fit(self, train_loader, val_loader):
        for epoch in range(self.args.epochs):
$early            train_loss = self.run_epoch(train_loader)
            val_loss = self.evaluate(val_loader)
$late            self.history["train"].append(train_loss)
            self.history["val"].append(val_loss)
            if val_loss < self.best:
                self.best = val_loss
                self.save("best.pth")
            elif epoch - int(np.argmin(self.history["val"])) > $patience:
                logger.info("stopping early at epoch %d", epoch)
                break

    def run_epoch(self, loader):
        self.model.train()
        self.meter.reset()
        for step, (inputs, labels) in enumerate(loader):
            inputs, labels = inputs.to(self.device), labels.to(self.device)
            loss = self.criterion(self.model(inputs), labels) / $accumulate
            loss.backward()
            if (step + 1) % $accumulate == 0:
                nn.utils.clip_grad_norm_(self.model.parameters(), $clip)
                self.optimizer.step()
                self.optimizer.zero_grad()
            self.meter.update(loss.item() * $accumulate, inputs.size(0))
        return self.meter.avg

    def evaluate(self, loader):
        self.model.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for inputs, labels in loader:
                outputs = self.model(inputs.to(self.device))
                total += self.criterion(outputs, labels.to(self.device)).item() * len(labels)
                count += len(labels)
        return total / max(count, 1)

    def save(self, path):
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, path)


if __name__ == "__main__":
    args = parse_args()
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    Trainer($model().to(device), args, device).fit(*make_loaders(args))
"""

AT_TOP_LEVEL = """
args = parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"
train_loader, val_loader = make_loaders(args)
model = $model().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = $make_optimizer
scheduler = $make_scheduler
scaler = torch.cuda.amp.GradScaler(enabled=device == "cuda")
best, val_loss = 0.0, None

for epoch in range(args.epochs):
$early    model.train()
    losses = []
    for batch, (x, y) in enumerate(train_loader):
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        with torch.cuda.amp.autocast(enabled=device == "cuda"):
            loss = criterion(model(x), y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
        if batch % $every == 0:
            print(f"epoch {epoch}: [{batch}/{len(train_loader)}] loss {np.mean(losses):.4f}")
    model.eval()
    correct, val_loss = 0, 0.0
    with torch.no_grad():
        for x, y in val_loader:
            x, y = x.to(device), y.to(device)
            output = model(x)
            val_loss += criterion(output, y).item()
            correct += (output.argmax(1) == y).sum().item()
$late    acc = correct / len(val_loader.dataset)
    if acc > best:
        best = acc
        torch.save(model.state_dict(), os.path.join(args.data, "$dataset.pth"))
print("best", best)
"""
