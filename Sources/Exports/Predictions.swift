import Basics
import Datasets
public import Foundation
public import Lanes
public import Networks
public import Training

/// What a folded network says of samples: outputs, probabilities of the classes and the predicted class.
public struct Predictions: Sendable {
  /// [sample][output], before softmax.
  public private(set) var outputs: [[Float]] = []
  /// True classes.
  public let labels: [Int32]
  /// Of the classes; numbers from 0 where the data set has no names.
  public let classNames: [String]

  /// - Parameter pool: Computes `batch` samples at a time.
  public init(
    _ network: FoldedNetwork, of samples: SampleStore, classNames: [String], batch: Int, pool: ThreadPool
  ) {
    let plan = InferencePlan(network, samples.source, batch: min(batch, samples.count), threads: pool.threads)
    for first in stride(from: 0, to: samples.count, by: plan.batch) {
      plan.select(first..<min(first + plan.batch, samples.count))
      plan.run(on: pool)
      outputs += plan.outputs
    }
    labels = (0..<samples.count).map { samples.labels[$0] }
    let classes = max(2, network.architecture.output.count)
    self.classNames = classNames.count == classes ? classNames : (0..<classes).map { String($0) }
  }

  /// Softmax of the outputs; of a single output the logistic function, for class 1.
  public func probabilities(_ sample: Int) -> [Float] { Self.probabilities(of: outputs[sample]) }

  /// The same of the outputs of one sample.
  package static func probabilities(of outputs: [Float]) -> [Float] {
    let values = outputs.map(Double.init)
    if values.count == 1 {
      let one = 1 / (1 + exp(-values[0]))
      return [Float(1 - one), Float(one)]
    }
    let largest = values.max() ?? 0, powers = values.map { exp($0 - largest) }, sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  /// The first of the classes with the largest output.
  public func predicted(_ sample: Int) -> Int {
    outputs[sample].count == 1 ? (outputs[sample][0] > 0 ? 1 : 0) : outputs[sample].firstOfLargest
  }

  public var accuracy: Double {
    Double(labels.indices.count { predicted($0) == Int(labels[$0]) }) / Double(max(1, labels.count))
  }

  // MARK: files

  /// `sample,label,predicted` and a probability for each class.
  public var csv: String {
    func cell(_ text: String) -> String {
      text.contains { ",\"\r\n".contains($0) } ? "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" : text
    }
    let header = "sample,label,predicted," + classNames.map { cell("p(\($0))") }.joined(separator: ",")
    let lines = labels.indices.map { i in
      "\(i),\(cell(name(Int(labels[i])))),\(cell(classNames[predicted(i)])),"
        + probabilities(i).map { "\($0)" }.joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  private func name(_ label: Int) -> String { classNames.indices.contains(label) ? classNames[label] : String(label) }

  private struct JSON: Encodable {
    struct Sample: Encodable {
      var label: Int32
      var predicted: Int
      var probabilities: [Float]
    }
    var command = "predict"
    var classes: [String]
    var accuracy: Double
    var samples: [Sample]
  }

  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(
      JSON(
        classes: classNames, accuracy: accuracy,
        samples: labels.indices.map {
          JSON.Sample(label: labels[$0], predicted: predicted($0), probabilities: probabilities($0))
        }))
  }

  /// `outputs` and `probabilities` as [samples, classes], `predicted` and `labels` as [samples].
  public var npz: Data {
    var file = NPZWriter()
    let count = outputs.count
    file.add("outputs", outputs.flatMap { $0 }, shape: [count, outputs.first?.count ?? 0])
    file.add("probabilities", (0..<count).flatMap(probabilities), shape: [count, classNames.count])
    file.add("predicted", (0..<count).map { Int32(predicted($0)) }, shape: [count])
    file.add("labels", labels, shape: [count])
    return file.data
  }

  /// Writes the form that the file's name ends with.
  ///
  /// - Throws: `Problem.usage` for another ending than csv, json or npz; `Problem.cannotWrite`.
  public func write(to url: URL) throws {
    switch url.pathExtension.lowercased() {
    case "csv": try AtomicFile.write(csv, to: url)
    case "json": try AtomicFile.write(json(), to: url)
    case "npz": try AtomicFile.write(npz, to: url)
    default:
      throw Problem.usage(
        "\(url.lastPathComponent) names no form of file.", remedy: "End it with .csv, .json or .npz.")
    }
  }
}
