import Basics
import Foundation
public import Lanes
import Networks
public import Training

/// The share of samples that interval bounds prove right everywhere in an l-infinity ball.
public enum ProvenAccuracy {
  /// The ends of the network's inputs in the ball around a stored sample, with the rounding of the engine's own
  /// normalisation.
  public static func box(_ pixels: [Float], _ source: SampleSource, _ scale: PixelScale, epsilon: Double)
    -> (low: [Double], high: [Double])
  {
    let places = pixels.count / source.multipliers.count, radius = Double(scale.stored(epsilon))
    func input(_ pixel: Double, _ i: Int) -> Double {
      Double(source.multipliers[i / places]) * pixel + Double(source.shifts[i / places])
    }
    func slack(_ i: Int) -> Double {
      0x1p-22
        * (abs(input(Double(pixels[i]), i)) + Double(source.multipliers[i / places]) * (Double(abs(pixels[i])) + radius))
    }
    let low = pixels.indices.map {
      input(max(Double(scale.lowest), Double(pixels[$0]) - radius), $0) - slack($0)
    }
    let high = pixels.indices.map {
      input(min(Double(scale.highest), Double(pixels[$0]) + radius), $0) + slack($0)
    }
    return (low, high)
  }

  /// Which of the samples are proven right.
  public static func isProven(
    _ network: IntervalNetwork, _ store: SampleStore, _ scale: PixelScale, subset: [Int32], epsilon: Double,
    threads: Int
  ) -> [Bool] {
    let proven = Results(count: subset.count), size = network.architecture.input.count
    let task = Work(store: store, network: network)
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for i in stride(from: thread, to: subset.count, by: threads) {
        if Interruption.isRequested { return }
        let index = Int(subset[i])
        let box = box(task.store.pixels(of: index, count: size), task.store.source, scale, epsilon: epsilon)
        proven.set(i, task.network.proves(label: Int(task.store.labels[index]), low: box.low, high: box.high))
      }
    }
    return proven.values
  }

  private struct Work: Sendable {
    let store: SampleStore
    let network: IntervalNetwork
  }

  /// Filled from several threads.
  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var found: [Bool]

    init(count: Int) { found = [Bool](repeating: false, count: count) }
    func set(_ i: Int, _ value: Bool) { lock.withLock { found[i] = value } }
    var values: [Bool] { lock.withLock { found } }
  }
}

extension SampleStore {
  /// A sample's numbers as they are stored.
  func pixels(of sample: Int, count: Int) -> [Float] {
    switch source.pixels {
    case .bytes(let base): (0..<count).map { Float(base[sample * count + $0]) }
    case .floats(let base): (0..<count).map { base[sample * count + $0] }
    }
  }
}
