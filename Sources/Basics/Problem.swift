public import Foundation

/// Something that went wrong outside the program, told so that the reader knows what to do next.
///
/// Every file reader, parser and writer throws a `Problem`; the command prints it and ends with `kind.exitCode`.
public struct Problem: Error, Equatable, Sendable {
  /// What sort of trouble it is; each sort has one documented exit code (after BSD `sysexits`).
  public enum Kind: Int32, Sendable, CaseIterable {
    case usage = 64
    case badData = 65
    case missingInput = 66
    /// Networks diverged or collapsed; what finished is reported.
    case failed = 70
    case cannotWrite = 73
    case interrupted = 130

    public var exitCode: Int32 { rawValue }
  }

  public var kind: Kind
  /// What happened, with the name of the file or setting and the values found and expected.
  public var problem: String
  /// What the reader can do about it, as a sentence.
  public var remedy: String
  /// Of which network it is, where it is of one.
  public var place: Place?

  public init(_ kind: Kind, _ problem: String, remedy: String) {
    self.kind = kind
    self.problem = problem
    self.remedy = remedy
  }

  public static func usage(_ problem: String, remedy: String) -> Problem { Problem(.usage, problem, remedy: remedy) }
  public static func badData(_ problem: String, remedy: String) -> Problem {
    Problem(.badData, problem, remedy: remedy)
  }
  public static func missingInput(_ problem: String, remedy: String) -> Problem {
    Problem(.missingInput, problem, remedy: remedy)
  }
  public static func cannotWrite(_ problem: String, remedy: String) -> Problem {
    Problem(.cannotWrite, problem, remedy: remedy)
  }
}

extension Problem: CustomStringConvertible, LocalizedError {
  public var description: String { "\(problem) \(remedy)" }
  public var errorDescription: String? { description }
}
