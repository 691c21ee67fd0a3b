import ArgumentParser
import Attacks
import Basics
import Foundation
import Lanes
import Methods
import Pages
import Training

/// `tombola attack`: has a page if asked for one, and no run folder.
struct AttackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Measure a trained ticket under attacks, and bound it.",
    discussion: """
      Attacks: \(AttackCatalog.names.joined(separator: ", ")); with steps, or steps x restarts, behind a colon: pgd:20x5. \
      The second number of apgd-t is one of classes (apgd-t:100x9), that of cw one of searches (cw:200x9).
      """)

  @Argument(help: "A ticket file with trained weights.") var ticket: String
  @Option(
    help: """
      Radius: of pixels 8/255, 0.1 or, in linf, 8 for 8/255; else in the data's values (default: that of the training, or \
      of the range 0.1 for one channel, 8/255 for more).
      """)
  var epsilon: String?
  @Option(help: "linf or l2.") var ball = "linf"
  @Option(help: "Attacks with commas.") var attacks: String?
  @Option(help: "Length of PGD's steps, like the radius (default: 2.5 radii over the steps).") var step: String?
  @Option(help: "Test samples to attack.") var samples = 1000
  @Option(help: "Of the choice of samples and of the attacks' random numbers.") var seed: UInt64 = 0
  @Option(help: "Samples for interval bounds (linf only); 0 for none.") var boundSamples = 200
  @Option(help: "Samples at a time.") var batch = 128
  @Option(help: "Data set (default: that of the training that made the file).") var data: String?
  @Option(help: "Write an HTML page here.") var report: String?
  @Option(help: "Write what became of every sample here, as CSV.") var perSample: String?
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard samples > 0, boundSamples >= 0, (1...4096).contains(batch) else {
      throw ValidationError("--samples must be positive, --bound-samples at least 0, --batch from 1 to 4096.")
    }
  }

  func run() throws {
    let attack = try TicketAttack(ticket, data: data, locator: places.locator), threat = try threat(attack)
    attack.announcement(threat).forEach(Terminal.note)
    var test = try RobustTest(threat, attacks: try chosenAttacks(attack, threat))
    (test.samples, test.seed, test.batch) = (samples, seed, batch)
    test.progress = { Terminal.note("attack: \($0)") }
    let (finding, samples) = try attack.finding(test, bounded: boundSamples, threads: threading.threads)
    if let perSample {
      try AtomicFile.write(samples.csv, to: URL(fileURLWithPath: perSample))
      Terminal.note("samples: \(perSample)")
    }
    if let report {
      let page = finding.document.html(chartScript: ChartLibrary.locate())
      try AtomicFile.write(page, to: URL(fileURLWithPath: report))
      Terminal.note("report: \(report)")
    }
    if json { try Terminal.json(finding) } else { Terminal.print(finding.document.text) }
  }

  private func threat(_ attack: TicketAttack) throws -> Threat {
    guard let ball = Ball(rawValue: ball) else {
      throw Problem.usage(
        "There is no ball '\(ball)'.", remedy: Suggestion.sentence(for: ball, among: Ball.allCases.map(\.rawValue)))
    }
    guard let epsilon else { return try attack.usualThreat(ball) }
    guard let length = PixelLength(setting: epsilon) else {
      throw Problem.usage("--epsilon \(epsilon) cannot be used.", remedy: "Give \(PixelLength.settingForm).")
    }
    return Threat(ball, epsilon: try attack.length(length, ball, of: "--epsilon "))
  }

  /// Those that are named, or the usual ones that fit.
  private func chosenAttacks(_ attacked: TicketAttack, _ threat: Threat) throws -> [any Attack] {
    let length = try step.map { text in
      guard let length = PixelLength(setting: text), length.value > 0 else {
        throw Problem.usage("--step \(text) cannot be used.", remedy: "Give \(PixelLength.settingForm), above 0.")
      }
      return try attacked.length(length, threat.ball, of: "--step ")
    }
    func attack(_ name: String) throws -> any Attack {
      let attack = try AttackCatalog.attack(named: name)
      guard let length, var descent = attack as? PGD else { return attack }
      descent.stepSize = length
      return descent
    }
    if let attacks { return try attacks.split(separator: ",").map { try attack(String($0)) } }
    return attacked.fitting(try AttackCatalog.usual.map(attack), threat)
  }
}
