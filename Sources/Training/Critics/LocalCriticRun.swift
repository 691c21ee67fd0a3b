import Basics
import Dispatch
import Foundation
import Lanes
public import Networks

/// Local critic training (Lee, Hsieh & Lee 2021, arXiv:2102.01963): groups of layers that learn from a critic each, so that no
/// gradient passes from one to another and they can work side by side.
///
/// What a batch t does, by number of threads alike. Group i makes h_i of h_(i-1) of the same batch, with the weights that batch
/// t - 1 left it. Critic i makes outputs of h_i, with loss L_i; the last group's own outputs give L_N. Group i takes a step of the
/// recipe's optimiser against the mean of L_i, whose gradient ends at its input. Then critic i takes a step of Adam against the
/// mean over the samples of |L_i - L_(i+1)|, both of this batch's passes, L_(i+1) a constant: before batch t + 1 comes to critic i.
/// All that passes between groups are features, downwards, and losses, upwards, so that with several threads group i - 1 goes on
/// with batch t + 1 while group i works on batch t.
///
/// It is `@unchecked Sendable` because a group is one thread's at a time, and links say when features and losses are there. It is
/// otherwise confined to one task.
public final class LocalCriticRun: @unchecked Sendable {
  public let groups: LayerGroups
  public let recipe: Recipe
  /// Steps that make an epoch, and the whole training, by which the schedule counts.
  public let stepsPerEpoch, totalSteps: Int
  /// How many threads work.
  public var threads: Int { workers.count }
  private let stages: [CriticStage]
  /// The groups of each thread.
  private let workers: [Range<Int>]
  /// Behind each group but the last.
  private let links: [FeatureLink]
  private let criticEvery: Int
  private var classes: Int { groups.network.output.count }

  /// What an epoch's training batches gave, each with the weights that it found.
  public struct Epoch: Codable, Equatable, Sendable {
    /// Mean loss of each critic and, last, of the network.
    public var losses: [Double]
    /// Mean over the samples of |L_i - L_(i+1)|, for each critic.
    public var gaps: [Double]
    /// Mean over the samples of |L_1 - L_N|.
    public var mismatch: Double
  }

  /// - Parameters:
  ///   - start: Weights of the network and of each critic, in this order.
  ///   - criticRate: Learning rate of the critics' Adam.
  ///   - criticEvery: Batches from one step of a critic to the next; the first batch has one.
  ///   - samples: How many an epoch has.
  ///   - threads: At most; no more than there are groups.
  public init(
    _ groups: LayerGroups, start: [Parameters], recipe: Recipe, criticRate: Double, criticEvery: Int = 1, samples: Int,
    threads: Int
  ) {
    precondition(start.count == groups.count, "\(start.count) starts for a network and \(groups.critics.count) critics")
    (self.groups, self.recipe, self.criticEvery) = (groups, recipe, criticEvery)
    let classes = groups.network.output.count
    stages = groups.groups.enumerated().map { i, group in
      let critic = groups.critics.indices.contains(i) ? groups.critics[i] : nil
      return CriticStage(
        group, start: start[0].part(group.layout),
        critic: critic.map { CriticNetwork($0, start: start[i + 1], recipe: recipe, rate: criticRate) },
        classes: classes, recipe: recipe)
    }
    let workers = Self.shares(groups.stepMultiplyAdds, threads: threads)
    self.workers = workers
    links = stages.dropLast().enumerated().map { i, stage in
      FeatureLink(stage.plan, isShared: workers.contains { $0.lowerBound == i + 1 })
    }
    stepsPerEpoch = recipe.stepsPerEpoch(samples: samples)
    totalSteps = recipe.steps.iterations(perEpoch: stepsPerEpoch)
  }

  /// Neighbouring groups for each thread, so that the largest work is smallest.
  static func shares(_ work: [Int], threads: Int) -> [Range<Int>] {
    func divide(_ first: Int, _ parts: Int) -> (largest: Int, ends: [Int]) {
      let all = work[first...].reduce(0, +)
      guard parts > 1 else { return (all, [work.count]) }
      var best = (largest: Int.max, ends: [Int]())
      for end in first + 1...work.count - (parts - 1) {
        let rest = divide(end, parts - 1), largest = max(work[first..<end].reduce(0, +), rest.largest)
        if largest < best.largest { best = (largest, [end] + rest.ends) }
      }
      return best
    }
    var first = 0
    return divide(0, max(1, min(threads, work.count))).ends.map { end in
      defer { first = end }
      return first..<end
    }
  }

  // MARK: passes

  /// One pass over samples, of which every thread keeps its part.
  private final class BatchPass: @unchecked Sendable {
    let samples: SampleStore
    let order: [Int32]
    let isTraining: Bool
    /// Of each group, by place in `order`.
    let losses: [UnsafeMutableBufferPointer<Double>]
    /// Signalled by each group for each batch whose losses are there.
    let ready: [DispatchSemaphore]
    /// Outputs of each group, in evaluation, likewise.
    let outputs: [UnsafeMutableBufferPointer<Float>]
    var isCut = false

    init(_ samples: SampleStore, _ order: [Int32], groups: Int, classes: Int, isTraining: Bool) {
      (self.samples, self.order, self.isTraining) = (samples, order, isTraining)
      losses = (0..<(isTraining ? groups : 0)).map { _ in .allocate(capacity: order.count) }
      ready = (0..<groups).map { _ in DispatchSemaphore(value: 0) }
      outputs = (0..<(isTraining ? 0 : groups)).map { _ in .allocate(capacity: order.count * classes) }
    }

    deinit {
      for losses in losses { losses.deallocate() }
      for outputs in outputs { outputs.deallocate() }
    }
  }

  /// Trains on some samples, by their places in the store, batch by batch.
  ///
  /// - Throws: `Interruption.problem` if the user asks to stop; then the run is of no use any more.
  public func train(_ samples: SampleStore, order: [Int32]) throws -> Epoch {
    let pass = BatchPass(samples, order, groups: stages.count, classes: classes, isTraining: true)
    try carryOut(pass)
    func mean(_ value: (Int) -> Double) -> Double {
      order.indices.reduce(0) { $0 + value($1) } / Double(order.count)
    }
    let last = stages.count - 1
    return Epoch(
      losses: pass.losses.map { losses in mean { losses[$0] } },
      gaps: (0..<last).map { i in mean { abs(pass.losses[i][$0] - pass.losses[i + 1][$0]) } },
      mismatch: mean { abs(pass.losses[0][$0] - pass.losses[last][$0]) })
  }

  /// Outputs of every critic and, last, of the network for all samples, in evaluation: [group][sample * classes + class].
  ///
  /// - Throws: `Interruption.problem` if the user asks to stop.
  public func evaluate(_ samples: SampleStore) throws -> [[Float]] {
    let pass = BatchPass(
      samples, (0..<Int32(samples.count)).map { $0 }, groups: stages.count, classes: classes, isTraining: false)
    try carryOut(pass)
    return pass.outputs.map { Array($0) }
  }

  private func carryOut(_ pass: BatchPass) throws {
    try SystemThread.together(workers.count - 1, stackSize: 16 << 20) { [self] in
      work($0 + 1, pass)
    } meanwhile: {
      work(0, pass)
    }
    if pass.isCut { throw Interruption.problem }
  }

  /// A thread's part of a pass.
  private func work(_ worker: Int, _ pass: BatchPass) {
    let own = workers[worker], source = worker == 0 ? nil : links[own.lowerBound - 1]
    let outgoing = links.indices.contains(own.upperBound - 1) ? links[own.upperBound - 1] : nil
    var first = 0
    while true {
      var count = min(recipe.batch, pass.order.count - first)
      if let source { count = source.next() } else if Interruption.isRequested { (pass.isCut, count) = (count > 0, 0) }
      guard count > 0 else { break }
      for stage in own { forward(stage, pass, first: first, count: count) }
      if pass.isTraining {
        for stage in own { stages[stage].descend(of: totalSteps, perEpoch: stepsPerEpoch) }
        for stage in own where stages[stage].critic != nil {
          if stage + 1 == own.upperBound { pass.ready[stage + 1].wait() }
          teach(stage, pass, first: first)
        }
      }
      first += count
    }
    outgoing?.end()
  }

  private func forward(_ number: Int, _ pass: BatchPass, first: Int, count: Int) {
    let stage = stages[number]
    stage.select(pass.order, first: first, count: count)
    if number == 0 {
      stage.forward(pass.samples, nil, isTraining: pass.isTraining)
    } else {
      links[number - 1].take { stage.forward(pass.samples, $0, isTraining: pass.isTraining) }
    }
    stage.judge(links.indices.contains(number) ? links[number].put(stage.plan, count: count) : nil)
    guard pass.isTraining else {
      let place = pass.outputs[number].baseAddress! + first * classes
      for (i, output) in stage.judgement.enumerated() { place[i] = output }
      return
    }
    stage.evaluate(
      pass.samples.labels, pass.order, first: first, losses: pass.losses[number].baseAddress! + first)
    if workers.contains(where: { $0.lowerBound == number && number > 0 }) { pass.ready[number].signal() }
  }

  private func teach(_ number: Int, _ pass: BatchPass, first: Int) {
    guard (stages[number].iteration - 1) % criticEvery == 0 else { return }
    stages[number].teach(
      losses: UnsafePointer(pass.losses[number].baseAddress! + first),
      behind: UnsafePointer(pass.losses[number + 1].baseAddress! + first))
  }

  // MARK: what it has learned

  /// Steps of the groups so far.
  public var iteration: Int { stages[0].iteration }

  /// Everything that the next step depends on: groups, then critics.
  public var states: [TrainingState] {
    get { stages.map(\.state) + stages.compactMap { $0.critic?.state } }
    set {
      precondition(newValue.count == 2 * stages.count - 1, "\(newValue.count) states of \(stages.count) groups")
      for (i, stage) in stages.enumerated() {
        stage.state = newValue[i]
        stage.critic?.state = newValue[stages.count + i]
      }
    }
  }

  /// Layouts of `states`.
  public var layouts: [ParameterLayout] { stages.map(\.plan.layout) + stages.compactMap { $0.critic?.plan.layout } }

  /// The weights of the first groups with the critic behind them, as `LayerGroups.subnetwork` has them.
  public func parameters(of groups: Int) throws -> Parameters {
    let states = states, critic = groups < stages.count ? [states[stages.count + groups - 1]] : []
    let layout = try self.groups.subnetwork(groups).layout
    let values = (states[..<groups] + critic).flatMap(\.parameters.values)
    return Parameters(layout: layout, values: values)
  }
}

extension Parameters {
  /// Those of a part of the network, whose tensors have the same names.
  func part(_ other: ParameterLayout) -> Parameters {
    let known = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0) })
    var result = Parameters(zerosFor: other)
    for entry in other.entries {
      guard let own = known[entry.name], own.shape == entry.shape else {
        preconditionFailure("\(entry.name) is no tensor of the network")
      }
      result.values.replaceSubrange(entry.range, with: values[own.range])
    }
    return result
  }
}
