public import Basics
public import Lanes

/// What a training step lowers: the loss on the samples as they are, or on perturbed ones.
///
/// Perturbations are in the data's values, within an l-infinity ball of radius epsilon and within what pixels can be. They
/// are made with evaluation's batch norm and trained on with the batch's own (as in the code of Li et al. 2020).
///
/// A new objective is one file in `Objectives/` plus one line in `ObjectiveCatalog`. Its kernel calls are emitted once, when
/// a run is made; steps then allocate nothing.
public protocol TrainingObjective: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// Authors, year and arXiv id of where it comes from; `nil` where nothing is to be cited.
  static var paper: String? { get }
  /// How it is written: `pgd:STEPS`.
  static var form: String { get }

  /// - Parameter argument: What follows the name and a colon; `nil` if nothing does. The result is `nil` if it cannot be
  ///   read.
  init?(argument: String?)
  /// What `init(argument:)` reads.
  var argument: String? { get }

  /// Whether it trains on perturbed samples; the radius must then be set, and the calls have a perturbation.
  var isAdversarial: Bool { get }
  /// Whether training with the loss makes sense.
  func allows(_ loss: Loss) -> Bool
  /// Steps of the attack that one optimiser step waits for.
  var attackSteps: Int { get }
  /// The usual length of an attack's step, as a multiple of epsilon.
  var usualStep: Double { get }
  /// The attacks of training one after the other, the last until the end; the gradients are the same in all.
  var stages: [AttackStage] { get }
  /// How far from the samples attacks within `epsilon` start, both in the data's values.
  func startRadius(_ epsilon: Double, _ scale: PixelScale) -> Double
  /// Optimiser steps that a batch is used for.
  var replays: Int { get }
  /// Whether the perturbation lives on from step to step; checkpoints then hold its pixels.
  var keepsPixels: Bool { get }
  /// Whether gradients are put together from several passes before the step that they make.
  var keepsGradients: Bool { get }

  /// Appends what perturbs the batch before each optimiser step.
  func emitAttack(_ calls: StepCalls)
  /// Appends what makes the gradients of the weights, all terms of a sample times its class's weight (`forwardWithLoss`
  /// sees to the loss). What the attack left in the network's input is still there.
  func emitGradients(_ calls: StepCalls)
}

extension TrainingObjective {
  public static var form: String { name }
  public var argument: String? { nil }
  public var isAdversarial: Bool { true }
  /// Attacks raise the softmax cross-entropy, so that is what adversarial training must lower.
  public func allows(_ loss: Loss) -> Bool { !isAdversarial || loss == .softmaxCrossEntropy }
  public var attackSteps: Int { 0 }
  public var usualStep: Double { 1 }
  public var stages: [AttackStage] { [AttackStage(until: 1, rule: self)] }
  public func startRadius(_ epsilon: Double, _ scale: PixelScale) -> Double { epsilon }
  public var replays: Int { 1 }
  public var keepsPixels: Bool { false }
  public var keepsGradients: Bool { false }
  public func emitAttack(_ calls: StepCalls) {}
}

/// A part of training with one kind of attack.
public struct AttackStage: Sendable {
  /// Share of all optimiser steps after which it is over.
  public var until: Double
  public var rule: any TrainingObjective

  /// The optimiser step that the next stage begins with; none for the last.
  func end(of total: Int) -> Int { until == 1 ? .max : Int((until * Double(total)).rounded()) }
}

extension TrainingObjective {
  /// Steps of attacks in the first `steps` of `total` optimiser steps.
  public func attackSteps(in steps: Int, of total: Int) -> Int {
    var from = 0, sum = 0
    for stage in stages {
      let end = stage.end(of: total)
      sum += stage.rule.attackSteps * max(0, min(steps, end) - from)
      from = end
    }
    return sum
  }
}

/// A `TrainingObjective` as a setting: `natural`, `pgd:10`. Two are equal if they are written alike.
public struct Objective: Hashable, Sendable, SettingValue, CustomStringConvertible {
  public let rule: any TrainingObjective

  public init(_ rule: any TrainingObjective) { self.rule = rule }

  public init?(setting text: String) {
    guard let rule = ObjectiveCatalog.read(text) else { return nil }
    self.rule = rule
  }

  public var settingText: String {
    let name = type(of: rule).name
    return rule.argument.map { "\(name):\($0)" } ?? name
  }
  public static var settingForm: String { ObjectiveCatalog.forms }
  public static func settingRemedy(for text: String) -> String { ObjectiveCatalog.remedy(for: text) }
  public var description: String { settingText }

  /// Optimiser steps that a batch is used for.
  public var replays: Int { rule.replays }

  public static func == (a: Objective, b: Objective) -> Bool { a.settingText == b.settingText }
  public func hash(into hasher: inout Hasher) { hasher.combine(settingText) }
}
