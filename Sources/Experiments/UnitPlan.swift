import Foundation

/// Which units can start: those whose predecessors are done.
///
/// It is `@unchecked Sendable` because a lock guards all that changes.
final class UnitPlan: @unchecked Sendable {
  private struct Place: Hashable {
    var seed: UInt64
    var name: String
  }

  private let lock = NSLock()
  private var missing: [WorkUnit: Int]
  private let followers: [Place: [WorkUnit]]
  /// Units that wait for none, in order.
  let first: [WorkUnit]
  /// Whether no two units can ever run side by side.
  let isChain: Bool

  /// - Precondition: Names are unique within a seed, and every predecessor exists.
  init(_ units: [WorkUnit]) {
    let places = Set(units.map { Place(seed: $0.seed, name: $0.name) })
    precondition(places.count == units.count, "units of equal names among \(units.map(\.name))")
    var followers: [Place: [WorkUnit]] = [:]
    for unit in units {
      for name in unit.after {
        let place = Place(seed: unit.seed, name: name)
        precondition(places.contains(place), "\(unit.name) waits for \(name), which is no unit")
        followers[place, default: []].append(unit)
      }
    }
    self.followers = followers
    missing = Dictionary(uniqueKeysWithValues: units.map { ($0, $0.after.count) })
    first = units.filter { $0.after.isEmpty }
    isChain =
      first.count == 1 && !units.contains(where: \.spawns) && followers.allSatisfy { $0.value.count == 1 }
  }

  /// Notes that a unit is done and returns those that waited for it last.
  func finished(_ unit: WorkUnit) -> [WorkUnit] {
    lock.withLock {
      (followers[Place(seed: unit.seed, name: unit.name)] ?? []).filter { next in
        missing[next]! -= 1
        return missing[next] == 0
      }
    }
  }
}
