public import Basics

extension Dataset {
  /// What is said before anything is trained: a line with samples, shape, range and classes, and one with the notes.
  ///
  /// - Parameters:
  ///   - training: Labels of the samples that are trained on.
  ///   - validation: How many samples are kept for validation.
  ///   - name: What to call it, and `shape`, where training sees it in another form.
  public func announcement(
    training: some Collection<Int32>, validation: Int, name: String? = nil, shape: FeatureShape? = nil
  ) -> [String] {
    var counts = Array(repeating: 0, count: classCount)
    for label in training { counts[Int(label)] += 1 }
    let parts =
      validation > 0
      ? "\(grouped(training.count)) training, \(grouped(validation)) validation and \(grouped(test.count)) test samples"
      : "\(grouped(training.count)) training and \(grouped(test.count)) test samples"
    let few = grouped(counts.min()!), many = grouped(counts.max()!)
    let each = "\(few == many ? few : "\(few) to \(many)") training samples each"
    let line = "\(parts) of \(shape ?? inputShape), \(valueRange), \(classes), \(each)"
    let empty = counts.indices.filter { counts[$0] == 0 }.map { classNames.isEmpty ? "\($0)" : classNames[$0].cut }
    let warning = empty.isEmpty ? [] : ["no training sample of class \(Self.list(empty))"]
    let remarks = (notes + warning).joined(separator: "; ")
    return ["data: \(name ?? self.name): \(line)"] + (remarks.isEmpty ? [] : ["  \(remarks)"])
  }

  private var classes: String {
    "\(classCount) classes\(classNames.isEmpty ? "" : " (\(Self.list(classNames.map(\.cut))))")"
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
  }

  private var valueRange: String {
    let (lowest, highest) = Self.ends([train.pixels, test.pixels]), unit = 1 / Double(pixelScale)
    let worth = unit == 1 ? "" : " worth 1/\(Int(unit.rounded())) each"
    return lowest == highest ? "all values \(lowest)\(worth)" : "values \(lowest) to \(highest)\(worth)"
  }

  private static func ends(_ parts: [Pixels]) -> (String, String) {
    var lowest = Float.infinity, highest = -Float.infinity, isWhole = true
    for part in parts {
      switch part {
      case .bytes(let values):
        lowest = min(lowest, Float(values.min()!))
        highest = max(highest, Float(values.max()!))
      case .floats(let values):
        isWhole = false
        lowest = min(lowest, values.min()!)
        highest = max(highest, values.max()!)
      }
    }
    return isWhole ? ("\(Int(lowest))", "\(Int(highest))") : ("\(lowest)", "\(highest)")
  }
}
