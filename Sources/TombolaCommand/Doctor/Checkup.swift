import Basics
import Datasets
import Foundation

/// One thing that `tombola doctor` looked at.
struct Checkup: Encodable {
  enum State: String, Encodable, CaseIterable {
    /// It is there and can be used.
    case good
    /// It is not there; what needs it is left out or refused, and everything else works.
    case missing
    /// Searches cannot run, or something was asked for that cannot be used.
    case bad
  }

  var name: String
  var state: State
  /// What is there, or what is not.
  var found: String
  /// What to do, as a sentence; nil where nothing need be done.
  var remedy: String?
  /// The exit code of a bad one.
  var kind: Problem.Kind?

  private enum CodingKeys: CodingKey { case name, state, found, remedy }

  static func good(_ name: String, _ found: String) -> Checkup { Checkup(name: name, state: .good, found: found) }

  static func missing(_ name: String, _ found: String, remedy: String) -> Checkup {
    Checkup(name: name, state: .missing, found: found, remedy: remedy)
  }

  static func bad(_ kind: Problem.Kind, _ name: String, _ found: String, remedy: String) -> Checkup {
    Checkup(name: name, state: .bad, found: found, remedy: remedy, kind: kind)
  }
}

/// Where `tombola doctor` looks.
struct Surroundings {
  var environment: [String: String]
  var locator: DataLocator
  /// The folder given with `--data-dir`.
  var dataFolder: String?
  /// The folder of run folders; it need not exist yet.
  var store: URL

  func path(of program: String) -> String? { SystemProgram.path(of: program, environment: environment) }

  /// Where a program is, if anywhere, as one checkup.
  /// - Parameter package: The Debian package that has it.
  func program(_ names: [String], package: String, for purpose: String) -> Checkup {
    guard let path = names.lazy.compactMap({ path(of: $0) }).first else {
      return .missing(
        names[0], "not on the PATH; \(purpose)", remedy: "On Debian: 'apt-get install \(package)'.")
    }
    return .good(names[0], path)
  }
}

/// A part of the surroundings that `tombola doctor` looks at: one struct a file, listed in `Doctor.examinations`.
protocol Examination: Sendable {
  /// The heading above its checkups.
  static var topic: String { get }
  static func checkups(_ surroundings: Surroundings) -> [Checkup]
}

enum Doctor {
  static let examinations: [any Examination.Type] = [
    MachineExamination.self, StoreExamination.self, DataExamination.self, ReportExamination.self,
    PythonExamination.self, TestExamination.self,
  ]
}
