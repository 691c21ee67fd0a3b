public import Networks

/// What networks are trained for whose outputs are compared with numbers of each sample in place of a label: detectors.
public protocol OutputTask: Sendable {
  var loss: OutputLoss { get }
  /// What the samples at some places of a data set's part are compared with: [sample][output].
  func targets(_ part: DataPart, at places: [Int32]) -> [Float]
  /// What stands for accuracy, from 0 to 1, such as average precision.
  ///
  /// - Parameter outputs: Of the samples at `places` of a data set's part: [sample][output].
  func accuracy(_ outputs: [[Float]], _ part: DataPart, at places: [Int32]) -> Double
}

/// The two parts that a data set comes in.
public enum DataPart: Sendable { case train, test }

/// What the samples of one split are compared with.
final class OutputTargets: Sendable {
  let task: any OutputTask
  let part: DataPart
  /// Of the split's samples in the part that they were taken from.
  let places: [Int32]
  /// [sample][output]
  let values: [Float]

  init(_ task: any OutputTask, _ part: DataPart, at places: [Int32]) {
    (self.task, self.part, self.places) = (task, part, places)
    values = task.targets(part, at: places)
    precondition(
      values.count == places.count * task.loss.count,
      "\(values.count) targets for \(places.count) samples of \(task.loss.count) outputs")
  }

  /// What stands for accuracy of some of the split's samples.
  func accuracy(_ outputs: [[Float]], at samples: some Sequence<Int32>) -> Double {
    task.accuracy(outputs, part, at: samples.map { places[Int($0)] })
  }
}
