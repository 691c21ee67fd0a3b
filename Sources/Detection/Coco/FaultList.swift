/// What is wrong with a file, entry by entry.
public struct FaultList: Sendable {
  /// The file's name.
  public let file: String
  /// The first faults, each a sentence that begins with file and entry.
  public private(set) var lines: [String] = []
  public private(set) var count = 0

  /// Sentences that are kept.
  public static let most = 100

  public init(file: String) { self.file = file }

  public var isEmpty: Bool { count == 0 }

  package mutating func add(_ entry: String, _ fault: String) {
    count += 1
    if lines.count < Self.most { lines.append("\(file): \(entry) \(fault)") }
  }
}

/// What could be read of a file, and what could not.
public struct Reading<Value: Sendable>: Sendable {
  /// Of the entries without faults.
  public var value: Value
  public var faults: FaultList
}
