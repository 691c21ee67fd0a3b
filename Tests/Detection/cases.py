"""Random and adversarial scenes in COCO's forms, for `check.py` and `Tests/Golden/make_detection.py`. Needs numpy and pycocotools."""
import json
import pathlib
import sys

import numpy
from pycocotools import mask as masks

KINDS = ["plain", "ties", "crowd", "sparse", "duplicates", "many", "exact", "edges", "nothing"]


def scene(rng, task, kind):
    """Annotations, and what a made-up network sees in them."""
    images = [{"id": int(i), "width": int(rng.integers(40, 260)), "height": int(rng.integers(40, 260)), "file_name": f"{i}.png"}
              for i in rng.permutation(40)[:rng.integers(1, 7)]]
    kinds = [{"id": int(i), "name": f"kind {i}"} for i in rng.permutation(20)[:rng.integers(1, 6)]]
    keypoints = int(rng.choice([17, 4, 1])) if task == "keypoints" else 0
    number = 0
    annotations, shapes = [], []
    for image in images:
        if kind == "sparse" and rng.random() < 0.5:
            continue
        for _ in range(rng.integers(0, 9)):
            number += int(rng.integers(1, 4))
            category = int(rng.choice([k["id"] for k in kinds[:max(1, len(kinds) - 1)]]))
            entry, shape = thing(rng, task, kind, image, keypoints)
            entry.update(id=number, image_id=image["id"], category_id=category)
            annotations.append(entry)
            shapes.append((image, category, shape))
    order = rng.permutation(len(annotations))
    truth = {"images": images, "categories": kinds, "annotations": [annotations[i] for i in order]}
    return truth, shapes, keypoints


def box_of(points):
    x, y = points[0::2], points[1::2]
    return [min(x), min(y), max(x) - min(x), max(y) - min(y)]


def rounded(values, kind):
    return [float(round(v)) if kind == "exact" else round(float(v), 2) for v in values]


def thing(rng, task, kind, image, keypoints):
    """One annotation, and its shape: box, polygons or keypoints."""
    width, height = image["width"], image["height"]
    w, h = rng.uniform(4, width), rng.uniform(4, height)
    if kind == "edges":
        w, h = (float(s) for s in rng.choice([8, 16, 32, 64, 96, 128], 2))
        w, h = min(w, width), min(h, height)
    if kind == "exact":
        w, h = max(1, round(w / 10)) * 10.0, max(1, round(h / 10)) * 10.0
        w, h = min(w, width), min(h, height)
    x, y = rng.uniform(0, max(0, width - w)), rng.uniform(0, max(0, height - h))
    box = rounded([x, y, w, h], kind)
    box[2], box[3] = max(box[2], 1.0), max(box[3], 1.0)
    entry = {"bbox": box, "iscrowd": int(rng.random() < (0.5 if kind == "crowd" else 0.05)),
             "area": round(box[2] * box[3] * (1 if kind in ("edges", "exact") else float(rng.uniform(0.4, 1))), 3)}
    shape = box
    if task == "masks":
        shape = polygons(rng, box, kind)
        entry["segmentation"] = segmentation(rng, shape, image)
    if task == "keypoints":
        spots = numpy.stack([rng.uniform(box[0], box[0] + box[2], keypoints), rng.uniform(box[1], box[1] + box[3], keypoints),
                             rng.choice([0, 1, 2], keypoints) * (rng.random() > 0.15)], 1)
        shape = rounded(spots.flatten(), kind)
        entry["keypoints"] = shape
        entry["num_keypoints"] = sum(v > 0 for v in shape[2::3])
    return entry, shape


def polygons(rng, box, kind):
    """One to three polygons, which may cross themselves and leave the image a little."""
    x, y, w, h = box
    if kind == "exact":
        return [[x, y, x, y + h, x + w, y + h, x + w, y]]
    found = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        corners = int(rng.integers(3, 10))
        points = numpy.stack([rng.uniform(x - 3, x + w + 3, corners), rng.uniform(y - 3, y + h + 3, corners)], 1).flatten()
        if rng.random() < 0.2:
            points[2:4] = points[0:2]
        found.append([round(float(p), int(rng.choice([0, 1, 2, 6]))) for p in points])
    return found


def mask_of(parts, image):
    return masks.merge(masks.frPyObjects(parts, image["height"], image["width"]))


def text_of(mask):
    return {"size": [int(s) for s in mask["size"]], "counts": mask["counts"].decode()}


def lengths_of(mask):
    pixels = masks.decode(mask).flatten(order="F")
    counts, last, run = [], 0, 0
    for value in pixels:
        if value != last:
            counts.append(run)
            last, run = value, 0
        run += 1
    return {"size": [int(s) for s in mask["size"]], "counts": counts + [run]}


def segmentation(rng, parts, image):
    form = rng.choice(["polygons", "text", "lengths"])
    if form == "polygons":
        return parts
    return text_of(mask_of(parts, image)) if form == "text" else lengths_of(mask_of(parts, image))


def detections(rng, task, kind, truth, shapes, keypoints):
    """A list of results: objects moved a little, some missed, some made up, some doubled."""
    if kind == "nothing" and rng.random() < 0.5:
        return []
    noise = float(rng.choice([0.5, 2, 6, 20]))
    with_box = bool(rng.random() < 0.5)
    rows = []
    for image, category, shape in shapes:
        if rng.random() < 0.15:
            continue
        for _ in range(1 + int(rng.random() < (0.6 if kind == "duplicates" else 0.15))):
            rows.append(row(rng, task, kind, image, category, shape, noise, with_box))
    for _ in range(int(rng.integers(0, 8))):
        image = truth["images"][rng.integers(len(truth["images"]))]
        rows.append(made_up(rng, task, kind, image, truth, keypoints, noise, with_box))
    if kind == "many":
        image = truth["images"][0]
        for _ in range(int(rng.integers(100, 160)) if task != "keypoints" else int(rng.integers(20, 60))):
            rows.append(made_up(rng, task, kind, image, truth, keypoints, noise, with_box, truth["categories"][0]["id"]))
    if kind == "duplicates" and rows:
        rows += [dict(rows[rng.integers(len(rows))]) for _ in range(5)]
    return [rows[i] for i in rng.permutation(len(rows))]


def made_up(rng, task, kind, image, truth, keypoints, noise, with_box, category=None):
    category = int(rng.choice([k["id"] for k in truth["categories"]])) if category is None else category
    return row(rng, task, kind, image, category, thing(rng, task, kind, image, keypoints)[1], noise, with_box)


def row(rng, task, kind, image, category, shape, noise, with_box):
    score = float(rng.choice([0.1, 0.5, 0.9])) if kind in ("ties", "exact", "duplicates") else round(float(rng.random()), 4)
    entry = {"image_id": image["id"], "category_id": category, "score": score}
    if kind == "exact":
        noise = 0 if rng.random() < 0.3 else 10

    def moved(values):
        steps = rng.integers(-1, 2, len(values)) * float(noise) if kind == "exact" else rng.normal(0, noise, len(values))
        return [round(float(v + s), 3) for v, s in zip(values, steps)]

    if task == "boxes":
        box = moved(shape)
        entry["bbox"] = box[:2] + [max(0.0, box[2]), max(0.0, box[3])]
    elif task == "masks":
        parts = [moved(part) for part in shape]
        if with_box:
            entry["bbox"] = box_of(parts[0])
            entry["segmentation"] = segmentation(rng, parts, image)
        else:
            entry["segmentation"] = text_of(mask_of(parts, image))
    else:
        spots = moved(shape)
        spots[2::3] = [1] * (len(spots) // 3)
        entry["keypoints"] = spots
        if with_box:
            x, y = spots[0::3], spots[1::3]
            entry["bbox"] = [min(x), min(y), max(x) - min(x) + 1, max(y) - min(y) + 1]
    return entry


def write_example(folder, task):
    """Annotations and three files of detections, to look at: `python3 Tests/Detection/cases.py FOLDER TASK`."""
    rng = numpy.random.default_rng(24)
    truth, shapes, keypoints = scene(rng, task, "plain")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.json").write_text(json.dumps(truth))
    for seed in range(3):
        rows = detections(rng, task, "plain", truth, shapes, keypoints)
        (folder / f"seed-{seed}.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    write_example(pathlib.Path(sys.argv[1]), sys.argv[2])
