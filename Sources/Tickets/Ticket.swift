import Analysis
import Foundation
import Foundations
public import Networks
import Training

/// A sparse network as an artefact: its architecture, its mask, where its weights start, and where training took them.
///
/// The file is safetensors: masks as bits, weights of survivors alone, everything else as metadata. A compact ticket holds
/// no weights: they are rebuilt from the seed.
public struct Ticket: Sendable {
  public var architecture: Architecture
  public var mask: Mask
  /// The weights that training starts from, zero where pruned.
  public var start: Parameters
  /// The step that `start` belongs to.
  public var startStep: Int
  /// The weights after training; `nil` in a compact ticket.
  public var trained: Parameters?
  public var seed: UInt64
  public var round: Int
  /// The settings of the search that found it.
  public var settings: [String: String]
  /// Accuracies and steps by name.
  public var metrics: [String: Double]

  public init(
    architecture: Architecture, mask: Mask, start: Parameters, startStep: Int, trained: Parameters?, seed: UInt64,
    round: Int, settings: [String: String], metrics: [String: Double] = [:]
  ) {
    self.architecture = architecture
    self.mask = mask
    self.start = start.masked(by: mask)
    self.startStep = startStep
    self.trained = trained?.masked(by: mask)
    self.seed = seed
    self.round = round
    self.settings = settings
    self.metrics = metrics
  }

  /// SHA-256 of the mask's bits and the start weights: equal exactly if both are, bit for bit.
  public var digest: String {
    var data = Data(mask.packedBits)
    start.values.withUnsafeBytes { data.append(contentsOf: $0) }
    return Digest.sha256(data)
  }

  /// The start weights that the seed gives, for a search that rewinds to initialisation.
  public static func rebuiltStart(_ layout: ParameterLayout, mask: Mask, seed: UInt64, settings: [String: String])
    -> Parameters?
  {
    guard let initializer = Initializer(setting: settings["initializer"] ?? "") else { return nil }
    return initializer.parameters(for: layout, seed: seed).masked(by: mask)
  }
}
