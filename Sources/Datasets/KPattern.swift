import Basics
import Lanes

/// Signs whose label depends on a few neighbouring ones at an unknown place: what convolutions learn and fully connected
/// networks do not (Malach & Shalev-Shwartz 2021, arXiv:2010.01369).
///
/// A sample is n signs, each -1 or +1 with equal chance; its label is a rule of the k signs from place j on. `parity`: whether
/// their product is -1. `random`: a random half of the 2^k patterns. All samples are drawn anew, so an epoch over the training
/// set is training on fresh samples, and 10 000 test samples tell the truth. Streams of seed 0: `k-pattern/place`,
/// `k-pattern/rule`, `k-pattern/train`, `k-pattern/test`.
public struct KPattern: DataSource, DataForm {
  public init() {}

  public let name = "k-pattern"
  public let prefix = "k-pattern"
  public let usage = "k-pattern:N,K[,parity|random[,SAMPLES]]"
  public let summary = "n signs whose label is a rule of k neighbouring ones; k-pattern alone is 60,5,parity,400000"
  public let origin = "generated after E. Malach & S. Shalev-Shwartz 2021, arXiv:2010.01369"

  /// What a name asks for.
  public struct Task: Equatable, Sendable {
    public var signs = 60
    public var width = 5
    public var isParity = true
    public var samples = 400_000

    public init() {}

    /// Where the pattern begins.
    public var place: Int {
      var random = RandomStream(seed: 0, "k-pattern/place")
      return random.nextIndex(below: signs - width + 1)
    }
  }

  private static let testCount = 10_000

  /// The task that a data set's name asks for; `nil` if it is another data set's.
  ///
  /// - Throws: `Problem.usage` if what follows the colon cannot be read.
  public static func task(named name: String) throws -> Task? {
    let sides = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides[0] == KPattern().name else { return nil }
    return sides.count == 1 ? Task() : try task(String(sides[1]))
  }

  private static func task(_ text: String) throws -> Task {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var task = Task()
    let unreadable = Problem.usage(
      "'k-pattern:\(text)' names no task.", remedy: "Write \(KPattern().usage), like k-pattern:60,5,parity,400000.")
    guard (2...4).contains(words.count), let signs = Int(words[0]), let width = Int(words[1]) else { throw unreadable }
    (task.signs, task.width) = (signs, width)
    if words.count > 2 {
      guard ["parity", "random"].contains(words[2]) else { throw unreadable }
      task.isParity = words[2] == "parity"
    }
    if words.count > 3 { task.samples = Int(words[3]) ?? 0 }
    guard (1...1024).contains(signs), (1...min(signs, 16)).contains(width), (100...20_000_000).contains(task.samples)
    else {
      throw Problem.usage(
        "'k-pattern:\(text)' is out of range.",
        remedy: "Up to 1024 signs, patterns of at most 16 of them, and 100 to 20000000 samples.")
    }
    return task
  }

  public func load(from locator: DataLocator) throws -> Dataset { try Self.dataset(Task(), name) }

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    try TestShare.checkUnused(options, name: "\(prefix):\(path)")
    return try Self.dataset(Self.task(path), "\(prefix):\(path)")
  }

  private static func dataset(_ task: Task, _ name: String) throws -> Dataset {
    let rule = rule(task)
    func split(_ part: String, _ count: Int) -> Split {
      let random = RandomStream(seed: 0, "k-pattern/\(part)"), place = task.place
      var signs = [UInt8](repeating: 0, count: count * task.signs), labels = [Int32](repeating: 0, count: count)
      let words = (task.signs + 31) / 32
      for sample in 0..<count {
        let first = sample * task.signs
        for i in 0..<task.signs {
          signs[first + i] = UInt8(random.word(at: UInt64(sample * words + i / 32)) >> UInt32(i % 32) & 1)
        }
        labels[sample] = rule[(0..<task.width).reduce(0) { $0 << 1 | Int(signs[first + place + $1]) }]
      }
      return Split(pixels: .bytes(signs), labels: labels)
    }
    return try Dataset(
      name: name, source: KPattern().origin, inputShape: FeatureShape(channels: 1, height: 1, width: task.signs),
      classCount: 2, pixelScale: 1, range: 0...1, train: split("train", task.samples), test: split("test", testCount))
  }

  /// The label of every pattern.
  private static func rule(_ task: Task) -> [Int32] {
    let patterns = 1 << task.width
    guard !task.isParity else { return (0..<patterns).map { Int32(($0.nonzeroBitCount + task.width) % 2) } }
    var labels = (0..<patterns).map { Int32($0 % 2) }, random = RandomStream(seed: 0, "k-pattern/rule")
    random.shuffle(&labels)
    return labels
  }
}
