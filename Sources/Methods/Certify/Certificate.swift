package import Basics
import Experiments
package import Foundation

/// What `certificate.json` holds: every accuracy that the verdict rests on, the verdict, and the way to make both again. A
/// record of `tombola certify` holds all of it and is a certificate as well.
package struct Certificate: Codable, Equatable, Sendable {
  package static let format = "tombola-certificate-1"

  package var format = Certificate.format
  /// Those of the search that finds the tickets among them.
  package var settings: [String: String]
  package var terms: CertificateTerms
  package var seeds: [UInt64]
  package var dataset: DatasetSummary
  /// The dense network at every learning rate.
  package var dense: [CertifiedArm]
  package var densities: [CertifiedDensity]
  /// The digest of the ticket that was asked about, where one was.
  package var ticketDigest: String?
  package var reproduce: String
  /// By phase.
  package var seconds: [String: Double]
  package var residentBytes: Int
  /// SHA-256 of everything else, as JSON with sorted keys and this field empty.
  package var digest = ""
}

extension Certificate {
  /// What a record says, with its digest.
  init(_ record: Record<CertifyFinding>) throws {
    let finding = record.finding
    guard let dataset = record.dataset else { preconditionFailure("a certificate without data") }
    self.init(
      settings: record.settings, terms: finding.terms, seeds: record.seeds, dataset: dataset, dense: finding.dense,
      densities: finding.densities, ticketDigest: finding.ticketDigest, reproduce: record.reproduce,
      seconds: record.seconds, residentBytes: record.residentBytes)
    digest = try computedDigest()
  }

  /// The digest that the content asks for.
  package func computedDigest() throws -> String {
    var content = self
    content.digest = ""
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Digest.sha256(try encoder.text(content))
  }

  /// The certificate with its digest.
  package func signed() throws -> Certificate {
    var result = self
    result.digest = try computedDigest()
    return result
  }

  /// Reads a certificate.
  ///
  /// - Throws: `Problem.missingInput` without a readable file, `Problem.badData` if it is no certificate or its digest is not
  ///   that of its content.
  package init(contentsOf url: URL) throws {
    let data = try Problem.content(of: url), value: Certificate
    do { value = try StoredJSON.decode(data) } catch let damage as StoredJSON.Damage {
      throw Problem.badData(
        "\(url.lastPathComponent) is no readable certificate: \(damage.reason).",
        remedy: "Give the certificate.json that 'tombola certify' wrote, or make it again.")
    }
    guard value.format == Certificate.format else {
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

  package func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.text(self), to: url)
  }
}
