import Basics
import Foundation
import Pages

/// What draws charts, and what spreads sweeps over machines.
struct ReportExamination: Examination {
  static let topic = "reports and sweeps"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] { [charts(surroundings), slurm(surroundings)] }

  private static func charts(_ surroundings: Surroundings) -> Checkup {
    let wish = surroundings.environment["TOMBOLA_CHART_JS"]
    guard ChartLibrary.locate(environment: surroundings.environment) == nil else {
      return .good("Chart.js", wish ?? "found")
    }
    if let wish, !wish.isEmpty {
      return .bad(
        .missingInput, "Chart.js", "TOMBOLA_CHART_JS=\(wish) cannot be used",
        remedy: "Name chart.umd.js or chart.min.js of version 3 or 4, not an ES module, or unset it.")
    }
    return .missing(
      "Chart.js", wish == nil ? "not found; pages show tables only" : "TOMBOLA_CHART_JS leaves it out",
      remedy: wish == nil
        ? "On Debian: 'apt-get install libjs-chart.js'; elsewhere set TOMBOLA_CHART_JS to a copy."
        : "Unset it for charts.")
  }

  private static func slurm(_ surroundings: Surroundings) -> Checkup {
    let programs = ["sbatch", "squeue", "scancel"], absent = programs.filter { surroundings.path(of: $0) == nil }
    guard absent.isEmpty, let path = surroundings.path(of: "sbatch") else {
      return .missing(
        "Slurm", "no \(absent.joined(separator: ", ")) on the PATH; 'tombola sweep --engine slurm' needs it",
        remedy: "Run sweeps on this machine, or start them where Slurm is installed.")
    }
    let version = try? SystemProgram.run(path, ["--version"], seconds: 10)
    guard let version, version.status == 0 else {
      let said = version.map { ": \($0.message.prefix(200))" } ?? ""
      return .missing("Slurm", "\(path) does not answer\(said)", remedy: "Check your Slurm set-up.")
    }
    return .good("Slurm", version.text)
  }
}
