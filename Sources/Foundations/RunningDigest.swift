import Crypto
import Foundation

/// SHA-256 of text that comes in pieces.
public struct RunningDigest {
  private var hash = SHA256()

  public init() {}

  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
  }

  /// In lower-case hexadecimal.
  public func finish() -> String { Digest.hexadecimal(hash.finalize()) }
}
