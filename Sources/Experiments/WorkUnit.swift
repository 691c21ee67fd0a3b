/// A part of an experiment that is done in one go: it can be killed, retried, and moved to another machine alone.
public struct WorkUnit: Hashable, Sendable {
  /// Unique within its seed: `trunk`, `at-100.copy-2`.
  public var name: String
  public var seed: UInt64
  /// The folder of its records within the run folder: `seed-3`, or `iterative/seed-3`.
  public var folder: String
  /// Names of units of the same seed that must be done before.
  public var after: [String]
  /// Whether it hands further work to the bench, so that one thread must do for each.
  public var spawns: Bool
  /// Expected work, as `WorkProgress.work` counts it; that of what it spawns included.
  public var work: Double

  public init(
    _ name: String, seed: UInt64, folder: String? = nil, after: [String] = [], spawns: Bool = false, work: Double
  ) {
    self.name = name
    self.seed = seed
    self.folder = folder ?? "seed-\(seed)"
    self.after = after
    self.spawns = spawns
    self.work = work
  }
}
