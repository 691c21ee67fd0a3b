import ArgumentParser
import Basics
import Detection
import Foundation

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Measure detections against COCO annotations.",
    discussion: """
      Files are in COCO's forms. Several files of detections, one a seed, give means with 95 % intervals. What each number \
      means is in docs/detection.md.

      Example: tombola score instances.json seed-*.json --task masks --by-class
      """
  )

  @Argument(help: "A file of annotations: instances or keypoints.") var annotations: String
  @Argument(help: "Files of detections: lists of results.") var detections: [String]
  @Option(help: "What is compared: \(RecognitionTask.allCases.map(\.rawValue).joined(separator: ", ")).")
  var task = RecognitionTask.boxes.rawValue
  @Option(
    help: """
      How far annotators differ on a keypoint, one value or one for each, with commas \
      (default: COCO's of 17 keypoints, \(KeypointSigmas.usual) of other numbers).
      """)
  var sigmas: String?
  @Flag(help: "Show every category too.") var byClass = false
  @Flag(help: "Leave out entries with faults, and say how many.") var skipFaulty = false
  @Flag(help: "Print one JSON object instead of the tables.") var json = false

  func validate() throws {
    if detections.isEmpty { throw ValidationError("Name a file of detections after that of the annotations.") }
  }

  func run() throws {
    guard let task = RecognitionTask(rawValue: task) else {
      throw Problem.usage(
        "There is no task '\(task)'.",
        remedy: Suggestion.sentence(for: task, among: RecognitionTask.allCases.map(\.rawValue)))
    }
    let truth = try Annotations.read(URL(fileURLWithPath: annotations), task: task)
    let found = try detections.map { try Detections.read(URL(fileURLWithPath: $0), for: truth.value) }
    let skipped = try judged([truth.faults] + found.map(\.faults))
    let sigmas = try sigmas(for: truth.value)
    let evaluations = try found.map { try DetectionEvaluation($0.value, against: truth.value, sigmas: sigmas) }
    let report = ScoreReport(
      evaluations, annotations: truth.value, files: [annotations] + detections, skipped: skipped)
    if json { try Terminal.json(report) } else { Terminal.print(report.text(byClass: byClass)) }
  }

  /// The number of faulty entries, if they may be left out.
  private func judged(_ lists: [FaultList]) throws -> Int {
    for list in lists {
      list.lines.forEach(Terminal.note)
      if list.count > list.lines.count { Terminal.note("\(list.file): \(list.count - list.lines.count) more faults") }
    }
    let count = lists.reduce(0) { $0 + $1.count }
    guard count > 0, !skipFaulty else { return count }
    let files = lists.filter { !$0.isEmpty }.map(\.file).joined(separator: ", ")
    throw Problem.badData(
      "\(count == 1 ? "There is a fault" : "There are \(count) faults") in \(files), listed above.",
      remedy: "Mend what is listed, or leave it out with --skip-faulty.")
  }

  private func sigmas(for annotations: Annotations) throws -> KeypointSigmas {
    guard let sigmas else { return KeypointSigmas() }
    let values = sigmas.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
    guard values.count == sigmas.split(separator: ",", omittingEmptySubsequences: false).count,
      values.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw Problem.usage("--sigmas \(sigmas) are not numbers above 0.", remedy: "Write one, or several with commas.")
    }
    if values.count > 1, let other = annotations.keypointCounts.values.first(where: { $0 != values.count }) {
      throw Problem.usage(
        "--sigmas has \(values.count) values, and there are \(other) keypoints.",
        remedy: "Give one value, or one for each keypoint.")
    }
    return KeypointSigmas(values)
  }
}
