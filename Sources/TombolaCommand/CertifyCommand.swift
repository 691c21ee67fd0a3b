import ArgumentParser
import Basics
import Experiments
import Foundation
import Methods

/// The verb of certificates, which checks them as well.
struct CertifyCommand: ParsableCommand {
  static var configuration: CommandConfiguration { Verb<Certify>.configuration }

  @OptionGroup var options: ExperimentOptions<Certify>
  @Option(help: "Check this certificate instead.") var verify: String?
  @Flag(help: "With --verify: digest and statistics alone, no training.") var quick = false

  func validate() throws {
    guard verify != nil || !quick else { throw ValidationError("--quick goes with --verify.") }
  }

  func run() throws {
    if options.list { return try options.run() }
    if let verify { return try check(URL(fileURLWithPath: verify)) }
    let experiment = try options.experiment()
    try options.run(experiment) { record in
      if options.running.json { return }
      let file =
        Certify.folder(experiment.settings, in: URL(fileURLWithPath: options.running.out)).path
        + "/certificate.json"
      Terminal.print(
        """
        certificate: \(file) (digest \(record.finding.digest.prefix(16)))
        check it: tombola certify --verify \(Shell.quoted(file))
        """)
    }
  }

  private func check(_ file: URL) throws {
    let certificate = try Certificate(contentsOf: file), check = CertificateCheck(certificate)
    let running = options.running
    try check.checkStatistics()
    Terminal.note("Digest and statistics are right.")
    if !quick {
      var line: ProgressLine?
      defer { line?.stop() }
      try check.rederive(
        in: URL(fileURLWithPath: running.out), threads: running.threading.threads, locator: running.places.locator
      ) { line = ProgressLine($0) }
    }
    if running.json {
      return try Terminal.json(["verified": quick ? "statistics" : "all", "digest": certificate.digest])
    }
    let verdicts = certificate.densities.map {
      String(format: "%.2f %%: ", 100 * $0.density) + $0.verdict.rawValue
    }
    let depth =
      quick
      ? "its statistics follow from its accuracies, which were not made again"
      : "every training was made again, with the same bits"
    Terminal.print("The certificate is right: \(depth).\n\(verdicts.joined(separator: "\n"))")
  }
}
