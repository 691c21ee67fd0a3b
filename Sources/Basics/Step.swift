import Foundation

/// A point in, or a length of, training: epochs, iterations, or both (`3ep`, `500it`, `120ep50it`).
public struct Step: Hashable, Sendable {
  public var epochs: Int
  public var iterations: Int

  public init(epochs: Int = 0, iterations: Int = 0) {
    self.epochs = epochs
    self.iterations = iterations
  }

  public static let zero = Step()
  public static func epochs(_ count: Int) -> Step { Step(epochs: count) }
  public static func iterations(_ count: Int) -> Step { Step(iterations: count) }

  /// The number of optimiser steps, given how many make up an epoch.
  public func iterations(perEpoch: Int) -> Int { epochs * perEpoch + iterations }
}

extension Step: LosslessStringConvertible {
  /// Parses `3ep`, `500it`, `120ep50it` and `0`; anything else gives `nil`.
  public init?(_ text: String) {
    self.init()
    if text == "0" { return }
    var rest = text[...]
    if let range = rest.range(of: "ep") {
      guard let count = Self.count(rest[..<range.lowerBound]) else { return nil }
      epochs = count
      rest = rest[range.upperBound...]
      if rest.isEmpty { return }
    }
    guard rest.hasSuffix("it"), let count = Self.count(rest.dropLast(2)) else { return nil }
    iterations = count
  }

  /// Plain digits, and no more than 2^31 - 1: products of two such numbers cannot overflow.
  private static func count(_ digits: Substring) -> Int? {
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int32(digits).map { Int($0) }
  }

  public var description: String {
    switch (epochs, iterations) {
    case (0, let iterations): "\(iterations)it"
    case (let epochs, 0): "\(epochs)ep"
    default: "\(epochs)ep\(iterations)it"
    }
  }
}

extension Step: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let step = Step(text) else {
      throw Problem.badData("'\(text)' is not a step.", remedy: "Write it like 3ep, 500it or 120ep50it.")
    }
    self = step
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
