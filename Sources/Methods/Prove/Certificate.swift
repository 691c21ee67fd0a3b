import Basics
import Foundation
import Tickets

/// Which random weights are kept, as a file: with the seed it is the pruned network.
struct Certificate {
  private static let file = "certificate"
  private let content: SafetensorsFile
  /// SHA-256 over the choices and the kept weights of all layers.
  let digest: String

  init(_ proof: Proof, _ network: LayeredNetwork, _ settings: ProveSettings, seed: UInt64, targetDigest: String) {
    var stream = DigestStream()
    for pair in proof.pairs { stream.add(pair.choices) }
    for layer in network.layers { stream.add(layer.weights + layer.biases) }
    digest = stream.finish()
    var content = SafetensorsFile(metadata: [
      "format": "tombola-proof-1", "seed": "\(seed)", "error": settings.error.settingText,
      "candidates": "\(settings.candidates)", "method": settings.method.rawValue, "target_digest": targetDigest,
      "digest": digest,
    ])
    for pair in proof.pairs {
      content.metadata["\(pair.target.name).constant"] = pair.constant.settingText
      content.add(
        "\(pair.target.name).choices",
        bytes: pair.choices.flatMap { choice in (0..<4).map { UInt8(truncatingIfNeeded: choice >> ($0 * 8)) } })
    }
    self.content = content
  }

  func write(to store: StageStore) throws { try content.write(to: store.ticketURL(Self.file)) }

  /// Whether the file of this digest is there.
  static func isThere(_ store: StageStore, _ digest: String) -> Bool {
    (try? SafetensorsFile(contentsOf: store.ticketURL(file)))?.metadata["digest"] == digest
  }
}
