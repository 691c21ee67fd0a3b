import Basics
public import Datasets
import Foundation
public import Lanes

/// The batches of every epoch for fused runs: a function of samples, seed and batch size, so that all runs of a seed share
/// them.
///
/// It is `@unchecked Sendable` because its epochs are made under a lock and never change.
public final class EpochBatches: @unchecked Sendable {
  /// All samples in their own order, for evaluation.
  public let whole: LaneBatches
  public let sampleCount: Int
  public let batch: Int
  public let seed: UInt64
  let features: Int
  private let values: [Float]
  private let labels: [Int32]
  private let lock = NSLock()
  private var epochs: [Int: LaneBatches] = [:]

  /// - Parameters:
  ///   - normalisation: What the network sees instead of the stored numbers.
  ///   - batch: Samples a step, a multiple of 16; what fills no batch at the end of an epoch is left out.
  ///   - seed: Of the data order.
  public init(_ split: Split, of dataset: Dataset, normalisation: Normalisation, batch: Int, seed: UInt64) {
    precondition(batch % 16 == 0 && 0 < batch && batch <= split.count, "batches of \(batch) from \(split.count)")
    let shape = dataset.inputShape, plane = shape.height * shape.width, size = shape.count
    let affine = (0..<shape.channels).map { dataset.affine(normalisation, channel: $0) }
    func value(_ stored: Float, _ i: Int) -> Float {
      let (multiplier, shift) = affine[i % size / plane]
      return shift.addingProduct(stored, multiplier)
    }
    values =
      switch split.pixels {
      case .bytes(let bytes): bytes.enumerated().map { value(Float($1), $0) }
      case .floats(let floats): floats.enumerated().map { value($1, $0) }
      }
    labels = split.labels
    features = size
    sampleCount = split.count
    self.batch = batch
    self.seed = seed
    whole = Self.lanes(Array(0..<Int32(split.count))[...], values, labels, size, batch)
  }

  public var stepsPerEpoch: Int { sampleCount / batch }

  /// What the network sees of a sample, and its label.
  public func sample(_ index: Int) -> (values: [Float], label: Int32) {
    (Array(values[index * features..<(index + 1) * features]), labels[index])
  }

  /// The samples in the order of an epoch.
  public func order(epoch: Int) -> [Int32] { EpochOrder.indices(count: sampleCount, seed: seed, epoch: epoch) }

  private static func lanes(
    _ order: ArraySlice<Int32>, _ values: [Float], _ labels: [Int32], _ features: Int, _ batch: Int
  ) -> LaneBatches {
    values.withUnsafeBufferPointer { values in
      labels.withUnsafeBufferPointer { labels in
        LaneBatches(order: order, features: features, blocks: batch / 16, label: { labels[$0] }) {
          values[$0 * features + $1]
        }
      }
    }
  }

  /// The batches of an epoch, in the order of the stream `data-order/epoch N`.
  public func epoch(_ number: Int) -> LaneBatches {
    lock.withLock {
      if let made = epochs[number] { return made }
      let made = Self.lanes(order(epoch: number).prefix(stepsPerEpoch * batch), values, labels, features, batch)
      epochs[number] = made
      return made
    }
  }
}
