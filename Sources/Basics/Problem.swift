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
    self.problem = Self.shortened(problem)
    self.remedy = remedy
  }

  /// A value that someone gave can be of any length; what stands before it and behind it says what it is.
  public static func shortened(_ text: String, from most: Int = 1000) -> String {
    text.utf8.count <= most ? text : "\(text.prefix(300)) … \(text.suffix(300))"
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

extension Problem {
  /// What the system says of a file that cannot be written, with the cure of each reason.
  ///
  /// - Parameters:
  ///   - code: `errno`.
  ///   - what: The clause before the reason: `Cannot write PATH`.
  public static func system(_ code: Int32, _ what: String) -> Problem {
    .cannotWrite("\(what): \(String(cString: strerror(code))).", remedy: cure(of: code))
  }

  private static func cure(of code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "Free some space and start the same command again: it continues where it stopped."
    case EFBIG: "Raise the limit on the size of files (ulimit -f), and start the same command again: it continues."
    case EMFILE, ENFILE: "Raise the limit on open files (ulimit -n), or use fewer --threads."
    default: "Check the folder's permissions, or choose another with --out."
    }
  }

  /// The content of a file that a user named.
  ///
  /// - Throws: `Problem.missingInput` naming the file and, where there is one, why it cannot be read.
  public static func content(of url: URL, remedy: String = "Check the path.") throws -> Data {
    do { return try Data(contentsOf: url) } catch {
      let system = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      guard let code = system.map({ Int32($0.code) }), [EMFILE, ENFILE].contains(code) else {
        throw Problem.missingInput("There is no readable file \(url.path).", remedy: remedy)
      }
      throw Problem.missingInput(
        "\(url.path) cannot be opened: \(String(cString: strerror(code))).", remedy: cure(of: code))
    }
  }
}

extension Problem: CustomStringConvertible, LocalizedError {
  public var description: String { "\(problem) \(remedy)" }
  public var errorDescription: String? { description }
}
