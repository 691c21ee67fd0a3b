import Basics

/// The labels of an array: one class a sample, as a number or a word.
enum ArrayLabels {
  case numbers([Int32], isOneHot: Bool)
  case words([String])
}

extension NumberArray {
  /// Whole numbers, also when stored as floats, one a sample; words; or a row a sample with a single one among zeros.
  ///
  /// Words that are all whole numbers count as these.
  /// - Throws: `Problem.badData` naming the first sample whose label is none.
  func labels(of images: NumberArray) throws -> ArrayLabels {
    let count = images.shape.first ?? 0
    let isColumn = shape.allSatisfy { $0 == 1 } || shape.filter { $0 != 1 }.count == 1 && self.count == count
    guard isColumn || shape.first == count else { throw mismatch(images, count) }
    if shape.count == 2, !isColumn, !isText { return .numbers(try oneHot(count), isOneHot: true) }
    guard shape.count == 1 || isColumn else {
      throw Self.damaged(name, "holds labels of shape \(shape), where one label per sample belongs", remedy)
    }
    guard self.count == count else { throw mismatch(images, count) }
    return try isText ? textLabels() : .numbers(numberLabels(), isOneHot: false)
  }

  private func mismatch(_ images: NumberArray, _ count: Int) -> Problem {
    let axis = images.shape.firstIndex(of: shape.first ?? 0)
    return Self.damaged(
      name, "holds \(grouped(shape.first ?? 0)) labels but \(images.name) \(grouped(count)) samples",
      axis.map { "If samples are counted by axis \($0), save numpy.moveaxis(x, \($0), 0)." } ?? remedy)
  }

  private func numberLabels() throws -> [Int32] {
    let values = doubles()
    if let index = values.firstIndex(where: { Int32(exactly: $0) == nil }) {
      throw Self.damaged(name, "labels sample \(index) as \(values[index]), which is no class index", remedy)
    }
    return values.map { Int32($0) }
  }

  private func oneHot(_ count: Int) throws -> [Int32] {
    let values = doubles(), width = shape[1]
    return try (0..<count).map { sample in
      let row = values[sample * width..<(sample + 1) * width]
      guard row.allSatisfy({ $0 == 0 || $0 == 1 }), row.count(where: { $0 == 1 }) == 1 else {
        throw Problem.badData(
          "\(name) holds labels of shape \(shape), but row \(sample) is not a single one among zeros.",
          remedy: "Give one class a sample: several at once, and shares of classes, are not trained.")
      }
      return Int32(row.firstIndex(of: 1)! - row.startIndex)
    }
  }

  private func textLabels() throws -> ArrayLabels {
    let words = try words()
    if let empty = words.firstIndex(of: "") {
      throw Self.damaged(name, "labels sample \(empty) with an empty word", remedy)
    }
    let numbers = words.compactMap { Int32($0) }
    return numbers.count == words.count ? .numbers(numbers, isOneHot: false) : .words(words)
  }

  private func words() throws -> [String] {
    let size = type.byteCount
    func text(_ index: Int) throws -> String {
      let element = bytes[index * size..<(index + 1) * size]
      if case .ascii = type, let word = String(validating: trimmed(element), as: UTF8.self) { return word }
      if case .unicode = type, let word = String(validating: trimmed(points(element)), as: UTF32.self) { return word }
      throw Self.damaged(name, "labels sample \(index) with what is no text", remedy)
    }
    return try (0..<count).map(text)
  }

  private func points(_ element: ArraySlice<UInt8>) -> [UInt32] {
    stride(from: element.startIndex, to: element.endIndex, by: 4).map { start in
      let four = element[start..<start + 4]
      return (bigEndian ? Array(four) : four.reversed()).reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  private func trimmed<Units: BidirectionalCollection<Unit>, Unit: FixedWidthInteger>(_ units: Units)
    -> Units.SubSequence
  {
    units.lastIndex { $0 != 0 }.map { units[...$0] } ?? units.prefix(0)
  }
}

/// The labels of all parts of a data set as class indices.
struct ClassIndices {
  /// [part][sample].
  let parts: [[Int32]]
  /// Words of training in alphabetical order, then those that only others have; empty where classes are numbers.
  var names: [String] = []
  var notes: [String] = []

  /// - Throws: `Problem.badData` if some are words and others numbers.
  init(_ arrays: [LabelledArrays]) throws {
    let labels = try arrays.map { try $0.labels.labels(of: $0.images) }
    let words = labels.compactMap { if case .words(let words) = $0 { words } else { nil } }
    guard words.isEmpty || words.count == labels.count else {
      throw Problem.badData(
        "Of \(arrays.map(\.labels.name).joined(separator: " and ")) one holds words, the other numbers.",
        remedy: "Label both parts alike.")
    }
    let known = Set(words.first ?? []), classes = known.sorted() + Set(words.joined()).subtracting(known).sorted()
    let indices = Dictionary(zip(classes, Int32(0)...)) { first, _ in first }
    names = classes
    parts = labels.map { label in
      switch label {
      case .numbers(let numbers, _): numbers
      case .words(let words): words.map { indices[$0]! }
      }
    }
    if labels.contains(where: { if case .numbers(_, true) = $0 { true } else { false } }) {
      notes = ["labels are the places of the ones in their rows"]
    }
  }
}
