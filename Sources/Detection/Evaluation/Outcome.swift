/// What became of a detection, where only one range of areas counts: a bit for each of the ten thresholds.
struct Outcome {
  var score: Double
  /// Among the detections of its scene, from 0, best first.
  var rank: Int
  var matched: UInt16 = 0
  /// Neither right nor wrong: it has taken an ignored object, or none and is itself outside of the range.
  var ignored: UInt16 = 0
}

/// The detections of a category over all images, and how many objects there were to find.
struct Outcomes {
  var detections: [Outcome] = []
  var positives = 0

  mutating func add(_ scene: Scene, areas: ClosedRange<Double>) {
    let isIgnored = scene.isIgnored(in: areas), first = detections.count
    positives += isIgnored.count { !$0 }
    for (rank, (score, item)) in zip(scene.scores, scene.detections).enumerated() {
      let isOutside = !areas.contains(item.area)
      detections.append(Outcome(score: score, rank: rank, ignored: isOutside ? .max : 0))
    }
    for (t, threshold) in RecognitionTask.thresholds.enumerated() {
      let bit = UInt16(1) << t
      for (i, match) in scene.assigned(isIgnored: isIgnored, threshold: threshold).enumerated() {
        guard let match else { continue }
        detections[first + i].matched |= bit
        if isIgnored[match] { detections[first + i].ignored |= bit } else { detections[first + i].ignored &= ~bit }
      }
    }
  }

  /// Precision and recall at each threshold; `nil` if there was nothing to find.
  ///
  /// - Parameter limit: How many of an image's detections count.
  func curves(limit: Int) -> [Curve]? {
    guard positives > 0 else { return nil }
    let ranked = detections.filter { $0.rank < limit }.sorted { $0.score > $1.score }
    return RecognitionTask.thresholds.indices.map { Curve(ranked, positives: positives, bit: 1 << $0) }
  }
}

/// Precision against recall at one threshold.
struct Curve {
  /// The largest recall.
  let recall: Double
  /// The mean of precision at 101 recalls: at each the largest precision at that recall or a higher one.
  let averagePrecision: Double

  init(_ ranked: [Outcome], positives: Int, bit: UInt16) {
    var right = 0.0, wrong = 0.0, recalls: [Double] = [], precisions: [Double] = []
    for outcome in ranked {
      if outcome.ignored & bit == 0 {
        if outcome.matched & bit != 0 { right += 1 } else { wrong += 1 }
      }
      recalls.append(right / Double(positives))
      precisions.append(right / (wrong + right + Double.ulpOfOne))
    }
    for i in precisions.indices.dropLast().reversed() { precisions[i] = max(precisions[i], precisions[i + 1]) }
    var sum = 0.0, place = 0
    for target in RecognitionTask.recalls {
      while place < recalls.count, recalls[place] < target { place += 1 }
      guard place < recalls.count else { break }
      sum += precisions[place]
    }
    recall = recalls.last ?? 0
    averagePrecision = sum / Double(RecognitionTask.recalls.count)
  }
}
