public import Foundation

extension Certificate {
  /// The digest that the content asks for.
  public func computedDigest() throws -> String {
    var content = self
    content.digest = ""
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Digest.sha256(try encoder.encode(content))
  }

  /// The certificate with its digest.
  public func signed() throws -> Certificate {
    var result = self
    result.digest = try computedDigest()
    return result
  }

  /// Reads a certificate.
  ///
  /// - Throws: `Problem.missingInput` without a readable file, `Problem.badData` if it is no certificate or its digest is not
  ///   that of its content.
  public init(contentsOf url: URL) throws {
    guard let data = try? Data(contentsOf: url) else {
      throw Problem.missingInput("There is no readable file \(url.path).", remedy: "Check the path.")
    }
    guard let value = try? JSONDecoder().decode(Certificate.self, from: data), value.format == Certificate.format else {
      throw Problem.badData(
        "\(url.lastPathComponent) is no certificate of this version.",
        remedy: "Give the certificate.json that 'tombola certify' wrote.")
    }
    guard try value.computedDigest() == value.digest else {
      throw Problem.badData(
        "\(url.lastPathComponent) has been changed: its content does not have the digest that it states.",
        remedy: "Take another copy, or make the certificate again with the command in it.")
    }
    self = value
  }

  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: url)
  }
}
