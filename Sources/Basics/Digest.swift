public import Foundation

#if canImport(CryptoKit)
  import CryptoKit
#else
  import CCrypto
#endif

/// SHA-256 digests in lower-case hexadecimal.
public enum Digest {
  public static func sha256(_ data: some DataProtocol) -> String {
    var stream = DigestStream()
    for region in data.regions { region.withUnsafeBytes { stream.add($0) } }
    return stream.finish()
  }

  public static func sha256(_ text: String) -> String { sha256(Data(text.utf8)) }

  /// The digest of the values' bytes in little-endian order: equal exactly if all bits are equal.
  public static func sha256(_ values: [Float]) -> String {
    var stream = DigestStream()
    stream.add(values)
    return stream.finish()
  }
}

/// SHA-256 of bytes that come in pieces, by the system's library.
public struct DigestStream: ~Copyable {
  #if canImport(CryptoKit)
    private var hash = SHA256()
    public init() {}
    mutating func add(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }
    private consuming func bytes() -> [UInt8] { Array(hash.finalize()) }
  #else
    private let context: OpaquePointer

    public init() {
      context = EVP_MD_CTX_new()
      precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }

    private consuming func bytes() -> [UInt8] {
      var result = [UInt8](repeating: 0, count: 32)
      EVP_DigestFinal_ex(context, &result, nil)
      return result
    }
  #endif

  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the values' bytes in little-endian order.
  public mutating func add<Value: BitwiseCopyable>(_ values: [Value]) { values.withUnsafeBytes { add($0) } }

  public consuming func finish() -> String {
    bytes().map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
