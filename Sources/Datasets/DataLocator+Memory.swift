import Foundation

extension DataLocator {
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
