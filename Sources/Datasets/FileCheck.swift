import Basics
public import Foundation

/// What is known about a file of a data set.
public struct FileCheck: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    case missing
    /// Its SHA-256 is the published one, as it lies there or inflated.
    case correct
    /// It has the right size, and nobody published a digest.
    case unchecked
    /// It has the right size and other content than the original, as copies with images saved anew have. It is used.
    case other(String)
    /// Why it is not the file.
    case wrong(String)
  }

  public let name: String
  /// Where it lies.
  public let location: URL?
  public let state: State

  init(missing file: DataFile) {
    name = file.name
    location = nil
    state = .missing
  }

  /// Reads the whole file and compares digests.
  public init(_ file: DataFile, at url: URL) {
    name = file.name
    location = url
    state = (try? Data(contentsOf: url)).map { Self.state(of: $0, file) } ?? .wrong("it cannot be read")
  }

  /// - Parameter data: the file's bytes as stored or downloaded.
  static func state(of data: Data, _ file: DataFile) -> State {
    if let digest = file.archiveDigest, Digest.sha256(data) == digest { return .correct }
    do {
      let reader = ContentReader(data, name: file.name, remedy: "")
      let content = try reader.read(file.byteCount, promise: "\(grouped(file.byteCount)) belong there")
      try reader.expectEnd(promise: "\(grouped(file.byteCount)) belong there")
      guard let expected = file.contentDigest else { return .unchecked }
      let found = Digest.sha256(content)
      guard found != expected else { return .correct }
      let reason = "its content has the SHA-256 \(found), not \(expected)"
      return file.allowsOtherContent ? .other(reason) : .wrong(reason)
    } catch {
      return .wrong("\((error as? Problem)?.problem ?? "\(error)")")
    }
  }
}

extension FileCheck: CustomStringConvertible {
  public var description: String {
    let place = location.map { " (\($0.path))" } ?? ""
    return switch state {
    case .missing: "\(name): missing"
    case .correct: "\(name): present, SHA-256 correct\(place)"
    case .unchecked: "\(name): present, no published digest\(place)"
    case .other(let reason): "\(name): present, other content than the original: \(reason)\(place)"
    case .wrong(let reason): "\(name): wrong: \(reason)\(place)"
    }
  }
}
