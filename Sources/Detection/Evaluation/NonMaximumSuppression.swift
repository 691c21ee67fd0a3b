/// Greedy non-maximum suppression: of detections of one object the best stays.
public enum NonMaximumSuppression {
  /// The detections that overlap no better one of their category by more than `overlap`, best first; of equals the earlier is
  /// better.
  ///
  /// - Parameters:
  ///   - boxes: Of all detections of one image.
  ///   - overlap: Intersection over union, from 0 to 1.
  ///   - limit: The largest number that stays.
  /// - Returns: Indices.
  public static func kept(
    _ boxes: [Box], scores: [Double], categories: [Int], overlap: Double, limit: Int
  ) -> [Int] {
    precondition(boxes.count == scores.count && boxes.count == categories.count, "boxes without score or category")
    let order = boxes.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var kept: [Int] = []
    for i in order where kept.count < limit {
      let isFree = kept.allSatisfy {
        categories[$0] != categories[i] || boxes[i].overlap(with: boxes[$0], isCrowd: false) <= overlap
      }
      if isFree { kept.append(i) }
    }
    return kept
  }
}
