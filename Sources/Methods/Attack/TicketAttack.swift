public import Attacks
import Basics
public import Datasets
import Foundation
public import Lanes
import Networks
import Tickets
public import Training

/// A trained ticket under attack: what several attacks leave, their worst case, and a proven bound.
public struct TicketAttack {
  private let path: String
  private let ticket: Ticket
  private let trained: Parameters
  private let settings: SearchSettings
  private let data: TrainingData

  /// - Parameter name: Other data than those of the ticket's search.
  /// - Throws: `Problem` if the ticket holds no trained weights, or does not fit the data.
  public init(_ path: String, data name: String?, locator: DataLocator) throws {
    let ticket = try Ticket(contentsOf: URL(fileURLWithPath: path))
    guard let trained = ticket.trained else {
      throw Problem.badData(
        "\(path) holds no trained weights.",
        remedy: "Train it first: tombola train \(Shell.quoted(path)) --save trained.safetensors")
    }
    var settings = try ticket.searchSettings()
    if let name { settings.data = name }
    let (data, architecture) = try settings.prepare(locator, architecture: ticket.architecture)
    try ticket.checkFits(input: architecture.input, classes: architecture.output.count, data: settings.data)
    (self.path, self.ticket, self.trained, self.settings, self.data) = (path, ticket, trained, settings, data)
  }

  /// The radius of the ticket's training, or what is usual for grey and for coloured images as a share of the range; in l2
  /// a ball of about the same content.
  ///
  /// - Throws: `Problem.usage` if the radius of the training means nothing for other data.
  public func usualThreat(_ ball: Ball) throws -> Threat {
    let input = ticket.architecture.input, trained = settings.recipe.epsilon
    try scale.check(trained, count: input.count, of: "The training's epsilon=")
    let usual = (input.channels == 1 ? 0.1 : 8.0 / 255) * scale.width
    let radius = trained.value > 0 ? scale.length(trained) : usual
    return Threat(ball, epsilon: ball == .maximum ? radius : radius * Double(input.count).squareRoot() / 4)
  }

  private var scale: PixelScale { data.pixelScale }

  /// A written length in the data's values.
  ///
  /// - Throws: `Problem.usage` if it can be read in two ways, or is longer than the data's range.
  public func length(_ written: PixelLength, _ ball: Ball, of name: String) throws -> Double {
    try scale.check(written, ball, count: ticket.architecture.input.count, of: name)
    return scale.length(written, ball)
  }

  /// What is said before the attacks: the data, and the radius in its range.
  public func announcement(_ threat: Threat) -> [String] {
    data.announcement() + ["perturbations: \(sentence(threat))"]
  }

  private func sentence(_ threat: Threat) -> String {
    scale.sentence(threat.epsilon, threat.ball, count: ticket.architecture.input.count)
  }

  /// Those attacks that know the ball and have a loss for so many classes.
  public func fitting(_ attacks: [any Attack], _ threat: Threat) -> [any Attack] {
    attacks.filter { $0.balls.contains(threat.ball) && $0.fewestClasses <= ticket.architecture.output.count }
  }

  /// What the attacks leave, in all and by sample.
  ///
  /// - Parameter bounded: How many of the samples get interval bounds, where the ball is that of the largest change.
  /// - Throws: `Problem.usage` if an attack does not fit; `Interruption.problem`.
  public func finding(_ test: RobustTest, bounded: Int, threads: Int) throws -> (
    whole: RobustFinding, samples: AttackedSamples
  ) {
    var test = test
    test.samples = min(test.samples, data.test.count)
    let outcome = try test.run(
      ticket.architecture, trained, mask: ticket.mask, data: data, pool: ThreadPool(threads: threads))
    var finding = RobustFinding(
      ticket: path, digest: ticket.digest, network: ticket.architecture.name, data: settings.data,
      density: ticket.mask.density, ball: test.threat.ball.rawValue, epsilon: test.threat.epsilon,
      range: sentence(test.threat), seed: test.seed,
      samples: test.samples, cleanAccuracy: outcome.cleanAccuracy, attacks: outcome.results,
      worstCase: outcome.worstCase, curve: outcome.curve, flags: GradientMasking.flags(outcome))
    var samples = AttackedSamples(outcome, labels: outcome.places.map { data.test.labels[Int($0)] })
    guard bounded > 0, test.threat.ball == .maximum else { return (finding, samples) }
    test.progress("interval bounds")
    let began = DispatchTime.now().uptimeNanoseconds
    let places = test.bounded(bounded, of: data.test)
    let proven = ProvenAccuracy.isProven(
      try IntervalNetwork(ticket.architecture, trained.masked(by: ticket.mask)), data.test, data.pixelScale,
      subset: places, epsilon: test.threat.epsilon, threads: threads)
    if Interruption.isRequested { throw Interruption.problem }
    finding.provenAccuracy = Double(proven.count { $0 }) / Double(proven.count)
    finding.provenSamples = proven.count
    finding.provenSeconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
    samples.note(proven, at: places)
    return (finding, samples)
  }
}
