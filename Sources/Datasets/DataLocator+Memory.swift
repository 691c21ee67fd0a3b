import Basics
import Foundation

extension DataLocator {
  /// A locator that finds this data set by its name as well.
  public func holding(_ dataset: Dataset) -> DataLocator {
    var locator = self
    locator.held[dataset.name] = dataset
    return locator
  }

  /// `uint8` or `float32` if a data set of this name was given in memory.
  public static func heldType(of name: String) -> String? {
    ["uint8", "float32"].first { name.hasPrefix("arrays:\($0)-") && !name.contains("+") }
  }

  /// What is held by this name; `nil` if it names no arrays.
  /// - Throws: `Problem.missingInput` if it names arrays that are not at hand.
  func heldDataset(named name: String) throws -> Dataset? {
    if let dataset = held[name] { return dataset }
    guard name.hasPrefix("arrays:") else { return nil }
    throw Problem.missingInput(
      "The samples \(name) were given in memory, and are not at hand.",
      remedy: "Give the same arrays again, or save them and name the file: --data npz:FILE.")
  }

  /// A locator that keeps the last few values made from data, for those who prepare one run after another.
  public var remembering: DataLocator {
    var locator = self
    locator.memory = Memory()
    return locator
  }

  /// What was made under this key before, or what is made now; without a memory that is always the latter.
  public func remembered<Value: Sendable>(_ key: String, _ make: () throws -> Value) rethrows -> Value {
    if let value = memory?[key] as? Value { return value }
    let value = try make()
    memory?[key] = value
    return value
  }

  /// It is `@unchecked Sendable` because a lock guards the values.
  final class Memory: @unchecked Sendable {
    /// Data sets are large.
    private static let most = 4
    private let lock = NSLock()
    private var entries: [(key: String, value: any Sendable)] = []

    subscript(key: String) -> (any Sendable)? {
      get { lock.withLock { entries.last { $0.key == key }?.value } }
      set {
        guard let newValue else { return }
        lock.withLock { entries = entries.suffix(Self.most - 1) + [(key, newValue)] }
      }
    }
  }
}
