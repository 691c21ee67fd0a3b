"""What pycocotools says of a scene, by the names that `tombola score` prints. Needs numpy and pycocotools."""
import contextlib
import copy
import io

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

KIND = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}
NAMES = ["AP", "AP50", "AP75", "AP-small", "AP-medium", "AP-large", "AR1", "AR10", "AR100", "AR-small", "AR-medium", "AR-large"]
KEYPOINT_NAMES = ["AP", "AP50", "AP75", "AP-medium", "AP-large", "AR", "AR50", "AR75", "AR-medium", "AR-large"]
USUAL_SIGMA = 0.05


def expected(truth, results, task, keypoints):
    """Measures by name, and AP, AP50, AP75 and AR by category; None where pycocotools has -1."""
    evaluation = evaluated(truth, results, task, keypoints)
    names = KEYPOINT_NAMES if task == "keypoints" else NAMES
    measures = {name: known(value) for name, value in zip(names, evaluation.stats)}
    classes = {int(c): by_class(evaluation, k) for k, c in enumerate(evaluation.params.catIds)}
    objects = found_objects(evaluation)
    measures.update(frequencies(classes, objects))
    measures.update(fits(evaluation, "OKS" if task == "keypoints" else "IoU"))
    if task == "keypoints":
        measures.update(correct_keypoints(evaluated(truth, results, task, keypoints, thresholds=[5e-324])))
    return {"measures": measures, "classes": {str(c): dict(values, objects=objects[c]) for c, values in classes.items()}}


def evaluated(truth, results, task, keypoints, thresholds=None):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(truth)
        coco.createIndex()
        if results:
            found = coco.loadRes(copy.deepcopy(results))
        else:
            found = COCO()
            found.dataset = {"images": truth["images"], "categories": truth["categories"], "annotations": []}
            found.createIndex()
        evaluation = COCOeval(coco, found, KIND[task])
        if task == "keypoints" and keypoints != 17:
            evaluation.params.kpt_oks_sigmas = numpy.full(keypoints, USUAL_SIGMA)
        if thresholds is not None:
            evaluation.params.iouThrs = numpy.array(thresholds)
        evaluation.evaluate()
        if thresholds is None:
            evaluation.accumulate()
            evaluation.summarize()
    return evaluation


def known(value):
    return None if value == -1 else float(value)


def by_class(evaluation, k):
    precision, recall = evaluation.eval["precision"][:, :, k, 0, -1], evaluation.eval["recall"][:, k, 0, -1]
    return {"AP": known(precision.mean()), "AP50": known(precision[0].mean()), "AP75": known(precision[5].mean()),
            "AR": known(recall.mean())}


def per_image(evaluation):
    """What became of each scene at the first threshold, of all sizes: (category, image, entry, overlaps)."""
    parameters = evaluation.params
    count = len(parameters.imgIds)
    for k, category in enumerate(parameters.catIds):
        start = k * len(parameters.areaRng) * count
        for entry in evaluation.evalImgs[start:start + count]:
            if entry is not None:
                yield int(category), entry["image_id"], entry


def found_objects(evaluation):
    objects = {int(c): 0 for c in evaluation.params.catIds}
    for category, _, entry in per_image(evaluation):
        objects[category] += int((numpy.asarray(entry["gtIgnore"]) == 0).sum())
    return objects


def frequencies(classes, objects):
    ranked = sorted((c for c in classes if objects[c] > 0), key=lambda c: (objects[c], c))
    names = ["AP-rare", "AP-common", "AP-frequent"]
    if len(ranked) < 3:
        return {name: None for name in names}
    sizes = [len(ranked) // 3 + (part < len(ranked) % 3) for part in range(3)]
    measures = {}
    for name, size in zip(names, sizes):
        third, ranked = ranked[:size], ranked[size:]
        measures[name] = float(numpy.mean([classes[c]["AP"] for c in third]))
    return measures


def matches(evaluation):
    """(category, image, detection's number in its scene, annotation) of the objects that are matched and not ignored."""
    for category, image, entry in per_image(evaluation):
        ignored = dict(zip(entry["gtIds"], entry["gtIgnore"]))
        for d, annotation in enumerate(entry["dtMatches"][0]):
            if annotation > 0 and not ignored[annotation]:
                yield category, image, d, int(annotation), entry


def fits(evaluation, name):
    objects, overlaps = sum(found_objects(evaluation).values()), []
    for category, image, d, annotation, _ in matches(evaluation):
        columns = [a["id"] for a in evaluation._gts[image, category]]
        overlaps.append(evaluation.ious[image, category][d, columns.index(annotation)])
    return {name: float(numpy.mean(overlaps)) if overlaps else None,
            f"{name}-all": float(numpy.sum(overlaps) / objects) if objects else None}


def correct_keypoints(evaluation):
    truth, found = evaluation.cocoGt.anns, evaluation.cocoDt.anns
    total = sum(sum(v > 0 for v in a["keypoints"][2::3]) for a in truth.values() if not a["ignore"])
    if total == 0:
        return {}
    hits = {0.1: 0, 0.2: 0}
    for _, _, d, annotation, entry in matches(evaluation):
        object_, detection = truth[annotation], found[entry["dtIds"][d]]
        reach = max(object_["bbox"][2:])
        spots = numpy.array(object_["keypoints"]).reshape(-1, 3)
        moved = numpy.array(detection["keypoints"]).reshape(-1, 3)
        distances = numpy.hypot(*(spots - moved)[:, :2].T)
        for alpha in hits:
            hits[alpha] += int(((distances <= alpha * reach) & (spots[:, 2] > 0)).sum())
    return {f"PCK@{alpha}": count / total for alpha, count in hits.items()}
