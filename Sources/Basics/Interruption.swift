import Synchronization

/// Whether the user asked to stop. Long work looks at it between steps, saves what it has and throws `Interruption.problem`.
public enum Interruption {
  private static let flag = Atomic<Bool>(false)

  public static var isRequested: Bool { flag.load(ordering: .relaxed) }
  public static func request() { flag.store(true, ordering: .relaxed) }
  public static func clear() { flag.store(false, ordering: .relaxed) }

  /// - Throws: `Interruption.problem` if the user asked to stop.
  public static func check() throws { if isRequested { throw problem } }

  public static var problem: Problem {
    Problem(
      .interrupted, "Interrupted; everything so far is saved.", remedy: "Start the same command again to continue.")
  }
}
