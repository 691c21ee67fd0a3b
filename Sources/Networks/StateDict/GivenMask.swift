import Basics

/// A mask that another program found.
public struct GivenMask: Sendable {
  public private(set) var mask: Mask
  /// Where it comes from, as a reader knows it.
  public var source: String
  /// What is to be known of it, one sentence each.
  public private(set) var notes: [String]
  /// A line a tensor: which of the file's is which of the network's, and how much of it lives.
  public private(set) var map: [String] = []
  private var masked: Set<String> = []

  init(_ mask: Mask, source: String, notes: [String]) {
    (self.mask, self.source, self.notes) = (mask, source, notes)
  }

  mutating func apply(_ tensor: NamedTensor, to entry: ParameterLayout.Entry, named name: String) {
    for (i, value) in zip(entry.range, tensor.values) { mask.keeps[i] = value != 0 }
    masked.insert(entry.name)
    let left = mask.remaining(in: entry)
    map.append("\(name) -> \(entry.name): \(left) of \(entry.count) live")
    if !entry.isPrunable, left < entry.count {
      notes.append("Not weights alone are pruned: \(entry.name) keeps \(left) of \(entry.count).")
    }
    if entry.isPrunable, left == 0 { notes.append("\(entry.layer) keeps no weight: nothing passes through it.") }
  }

  /// - Throws: `Problem.badData` if no weight lives.
  func checked() throws -> GivenMask {
    guard mask.remaining > 0 else {
      throw Problem.badData("The masks in \(source) leave no weight.", remedy: "Are 0 and 1 the right way round?")
    }
    var result = self
    let whole = mask.layout.prunable.filter { !masked.contains($0.name) }.map(\.layer)
    if !whole.isEmpty { result.notes.append("Without a mask, so whole: \(whole.joined(separator: ", ")).") }
    return result
  }
}
