import ArgumentParser
import Attacks
import Basics
import Foundation
import Lanes
import Networks
import Pages
import Report
import Tickets
import Training

struct AttackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Measure how robust a trained ticket is: several attacks, their worst case, and a proven bound.",
    discussion:
      "Attacks: fgsm, pgd:STEPSxRESTARTS, random-pgd, targeted-pgd, apgd-ce, apgd-dlr, apgd-t, square, fmn, noise.")

  @Argument(help: "A ticket file with trained weights.") var ticket: String
  @Option(
    help: "Radius, pixels being 0 to 1: 8/255, 0.1 (default: that of the training, or 0.1 for grey, 8/255 for colour).")
  var epsilon: String?
  @Option(help: "linf or l2.") var ball = "linf"
  @Option(help: "Attacks with commas.") var attacks: String?
  @Option(help: "Length of PGD's steps, like the radius (default: 2.5 radii over the steps).") var step: String?
  @Option(help: "Test samples to attack.") var samples = 1000
  @Option(help: "Of the choice of samples and of the attacks' random numbers.") var seed: UInt64 = 0
  @Option(help: "Samples for interval bounds (linf only); 0 for none.") var boundSamples = 200
  @Option(help: "Samples at a time.") var batch = 128
  @Option(help: "Data set (default: that of the ticket's search).") var data: String?
  @Option(help: "Write an HTML page here.") var report: String?
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard samples > 0, boundSamples >= 0, (1...4096).contains(batch) else {
      throw ValidationError("--samples must be positive, --bound-samples at least 0, --batch from 1 to 4096.")
    }
  }

  func run() throws {
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    guard let trained = value.trained else {
      throw Problem.badData(
        "\(ticket) holds no trained weights.",
        remedy: "Train it first: tombola train \(ticket) --save trained.safetensors")
    }
    var settings = try value.searchSettings()
    if let data { settings.data = data }
    let (splits, architecture) = try settings.prepare(places.locator, architecture: value.architecture)
    try value.checkFits(input: architecture.input, classes: architecture.output.count, data: settings.data)
    let threat = try threat(settings, value.architecture)
    var test = try RobustTest(threat, attacks: try chosenAttacks(threat, value.architecture))
    (test.samples, test.seed, test.batch) = (min(samples, splits.test.count), seed, batch)
    test.progress = { Terminal.note("attack: \($0)") }
    let pool = ThreadPool(threads: threading.threads)
    let outcome = try test.run(value.architecture, trained, mask: value.mask, data: splits, pool: pool)
    var result = RobustResult(
      ticket: ticket, digest: value.digest, network: value.architecture.name, data: settings.data,
      density: value.mask.density, ball: threat.ball.rawValue, epsilon: threat.epsilon, seed: seed,
      samples: test.samples, cleanAccuracy: outcome.cleanAccuracy, attacks: outcome.results,
      worstCase: outcome.worstCase, curve: outcome.curve, flags: GradientMasking.flags(outcome))
    if boundSamples > 0 && threat.ball == .maximum {
      try prove(value, trained, splits, test.bounded(boundSamples, of: splits.test), into: &result)
    }
    if let report {
      let page = RobustReport(result, chartScript: ChartLibrary.locate()).html()
      try AtomicFile.write(page, to: URL(fileURLWithPath: report))
      Terminal.note("report: \(report)")
    }
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  private func threat(_ settings: SearchSettings, _ architecture: Architecture) throws -> Threat {
    guard let ball = Ball(rawValue: ball) else {
      throw Problem.usage(
        "There is no ball '\(ball)'.", remedy: Suggestion.sentence(for: ball, among: Ball.allCases.map(\.rawValue)))
    }
    guard let epsilon else {
      let usual = architecture.input.channels == 1 ? 0.1 : 8.0 / 255
      let linf = settings.recipe.epsilon.value > 0 ? settings.recipe.epsilon.value : usual
      return Threat(ball, epsilon: ball == .maximum ? linf : linf * Double(architecture.input.count).squareRoot() / 4)
    }
    guard let length = PixelLength(setting: epsilon), length.value <= (ball == .maximum ? 1 : 1000) else {
      throw Problem.usage("--epsilon \(epsilon) cannot be used.", remedy: "Give \(PixelLength.settingForm).")
    }
    return Threat(ball, epsilon: length.value)
  }

  /// The usual attacks are those that know the ball and have a loss for so many classes.
  private func chosenAttacks(_ threat: Threat, _ architecture: Architecture) throws -> [any Attack] {
    let length = try step.map { text in
      guard let length = PixelLength(setting: text), length.value > 0 else {
        throw Problem.usage("--step \(text) cannot be used.", remedy: "Give \(PixelLength.settingForm), above 0.")
      }
      return length.value
    }
    func attack(_ name: String) throws -> any Attack {
      let attack = try AttackCatalog.attack(named: name)
      guard let length, var descent = attack as? PGD else { return attack }
      descent.stepSize = length
      return descent
    }
    if let attacks { return try attacks.split(separator: ",").map { try attack(String($0)) } }
    return try AttackCatalog.usual.map(attack).filter {
      $0.balls.contains(threat.ball) && $0.fewestClasses <= architecture.output.count
    }
  }

  private func prove(
    _ ticket: Ticket, _ trained: Parameters, _ data: TrainingData, _ subset: [Int32], into result: inout RobustResult
  ) throws {
    Terminal.note("interval bounds")
    let began = DispatchTime.now().uptimeNanoseconds
    let network = try IntervalNetwork(ticket.architecture, trained.masked(by: ticket.mask))
    let proven = ProvenAccuracy.isProven(
      network, data.test, data.pixelScale, subset: subset, epsilon: result.epsilon, threads: threading.threads)
    if Interruption.isRequested { throw Interruption.problem }
    result.provenAccuracy = Double(proven.count { $0 }) / Double(proven.count)
    result.provenSamples = proven.count
    result.provenSeconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
  }
}

extension RobustResult {
  /// What `attack` prints.
  var text: String {
    func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
    var table = TextTable(header: ["attack", "right %", "forward", "backward", "seconds"])
    table.rows.append(["none", percent(cleanAccuracy), "", "", ""])
    for attack in attacks {
      table.rows.append([
        attack.name, percent(attack.accuracy), "\(attack.forwardPasses)", "\(attack.backwardPasses)",
        String(format: "%.2f", attack.seconds),
      ])
    }
    table.rows.append(["worst case", percent(worstCase), "", "", ""])
    if let provenAccuracy, let provenSamples, let provenSeconds {
      table.rows.append([
        "proven (\(provenSamples) samples)", percent(provenAccuracy), "", "", String(format: "%.2f", provenSeconds),
      ])
    }
    let points = curve.map { String(format: "%.4g: ", $0.epsilon) + percent($0.accuracy) }.joined(separator: ", ")
    let flags = flags.map { "\($0.isRaised ? "WARNING" : "clear"): \($0.name): \($0.finding)" }
    return """
      \(network) on \(data), \(String(format: "%.2f", 100 * density)) % of the weights; \(ball) radius \
      \(String(format: "%.4g", epsilon)), \(samples) test samples of seed \(seed)

      \(table.text)

      PGD-20 over the radius: \(points)
      gradient masking:
        \(flags.joined(separator: "\n  "))
      """
  }
}
