import Crypto
public import Foundation

/// SHA-256 digests in lower-case hexadecimal.
public enum Digest {
  public static func sha256(_ data: some DataProtocol) -> String { hexadecimal(SHA256.hash(data: data)) }
  public static func sha256(_ text: String) -> String { sha256(Data(text.utf8)) }

  /// The digest of the values' bytes in little-endian order: equal exactly if all bits are equal.
  public static func sha256(_ values: [Float]) -> String {
    values.withUnsafeBytes { hexadecimal(SHA256.hash(data: Data($0))) }
  }

  fileprivate static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}

/// SHA-256 of bytes that come in pieces.
public struct DigestStream {
  private var hash = SHA256()

  public init() {}

  public mutating func add(_ text: String) { hash.update(data: Data(text.utf8)) }

  /// Adds the values' bytes in little-endian order.
  public mutating func add<Value: BitwiseCopyable>(_ values: [Value]) {
    values.withUnsafeBytes { hash.update(bufferPointer: $0) }
  }

  public func finish() -> String { Digest.hexadecimal(hash.finalize()) }
}
