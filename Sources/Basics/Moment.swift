import Foundation

/// What the system's clock says, which people and programs may set at any time: for dates alone, never for lengths of time.
public enum Moment {
  /// Seconds since 1970, never less than 0.
  public static var now: Double { max(0, Date().timeIntervalSince1970) }
}

/// A length of time by a clock that only goes forward.
public struct Stopwatch: Sendable {
  private let start = DispatchTime.now().uptimeNanoseconds

  public init() {}

  /// Seconds since it was made.
  public var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
