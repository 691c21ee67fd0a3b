import Foundation
import Yams

/// What a YAML file says, as plain values. Types and tags play no part: `3` and `true` are words.
public enum YAMLValue: Equatable, Sendable {
  case word(String)
  case list([YAMLValue])
  case mapping([Entry])

  public struct Entry: Equatable, Sendable {
    public var key: String
    public var value: YAMLValue

    public init(key: String, value: YAMLValue) {
      self.key = key
      self.value = value
    }
  }

  /// For messages: `a list`.
  public var form: String {
    switch self {
    case .word(let text): "'\(text)'"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// Reads YAML files written by people; one that would unfold into gigabytes is refused.
public enum YAMLFile {
  private static let largestFile = 1 << 20
  /// Aliases repeat what they name, and those that name each other multiply: a dozen cannot do harm.
  private static let mostAliases = 12
  private static let mostValues = 1 << 20

  /// - Parameters:
  ///   - option: What the path stood behind: `--config`.
  ///   - remedy: What the file should look like: "Write one 'key: value' a line."
  /// - Returns: `nil` for an empty file.
  /// - Throws: `Problem.missingInput` if the file cannot be read, `Problem.badData` if it is no YAML, naming the line.
  public static func read(_ path: String, after option: String, remedy: String) throws -> YAMLValue? {
    let data = try Problem.content(of: URL(fileURLWithPath: path), remedy: "Check the path after \(option).")
    guard data.count <= largestFile, let text = String(data: data, encoding: .utf8) else {
      let what = data.count > largestFile ? "has \(data.count) bytes" : "is not UTF-8 text"
      throw Problem.badData("\(path) \(what).", remedy: remedy)
    }
    return try parse(text, name: path, remedy: remedy)
  }

  public static func parse(_ text: String, name: String, remedy: String) throws -> YAMLValue? {
    guard aliases(in: text) <= mostAliases else {
      throw Problem.badData("\(name) has too many aliases (*name).", remedy: "Write out what they stand for.")
    }
    do {
      var count = 0
      return try Yams.compose(yaml: text).map { try value($0, &count) }
    } catch let problem as Problem {
      throw Problem(problem.kind, "\(name) \(problem.problem)", remedy: problem.remedy)
    } catch {
      throw Problem.badData("\(name) is no YAML: \(reason(error)).", remedy: remedy)
    }
  }

  /// Words behind an asterisk, in comments and quotes too.
  private static func aliases(in text: String) -> Int {
    zip(text.utf8, text.utf8.dropFirst()).reduce(0) { count, pair in
      let next = Character(UnicodeScalar(pair.1))
      let isWord = next.isASCII && (next.isLetter || next.isNumber || next == "-" || next == "_")
      return count + (pair.0 == UInt8(ascii: "*") && isWord ? 1 : 0)
    }
  }

  private static func value(_ node: Yams.Node, _ count: inout Int) throws -> YAMLValue {
    count += 1
    guard count <= mostValues else {
      throw Problem.badData("holds more than \(mostValues) values.", remedy: "Write a smaller file.")
    }
    switch node {
    case .scalar(let scalar): return .word(scalar.string)
    case .sequence(let sequence): return .list(try sequence.map { try value($0, &count) })
    case .mapping(let mapping):
      return .mapping(
        try mapping.map { key, content in
          guard let word = key.scalar?.string else {
            throw Problem.badData("has a key that is not one word.", remedy: "Write 'key: value'.")
          }
          return YAMLValue.Entry(key: word, value: try value(content, &count))
        })
    case .alias: throw Problem.badData("has an alias to nothing.", remedy: "Write out what it stands for.")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? YamlError {
    case .parser(_, let problem, let mark, _), .scanner(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let keys, _): "\(keys.joined(separator: ", ")) stands there twice"
    default: "\(error)".split(separator: "\n").joined(separator: "; ")
    }
  }
}
