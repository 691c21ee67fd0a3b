import Basics

/// All objectives, and how they are read.
public enum ObjectiveCatalog {
  public static let all: [any TrainingObjective.Type] = [
    NaturalTraining.self,
    FGSMTraining.self,
    PGDTraining.self,
    FGSMThenPGD.self,
    TRADES.self,
    FreeTraining.self,
  ]

  /// Reads `natural`, `fgsm`, `pgd:10`, `fgsm-pgd:10@0.5`, `trades:6`, `free:4`.
  ///
  /// - Throws: `Problem.usage` naming the nearest valid name, or the form of the argument.
  public static func objective(named text: String) throws -> Objective {
    guard let rule = read(text) else {
      throw Problem.usage("There is no objective '\(text)'.", remedy: remedy(for: text))
    }
    return Objective(rule)
  }

  /// `natural, fgsm, pgd:STEPS, trades:BETA or free:REPLAYS`.
  static var forms: String {
    let forms = all.map { $0.form }
    return "\(forms.dropLast().joined(separator: ", ")) or \(forms.last!)"
  }

  static func read(_ text: String) -> (any TrainingObjective)? {
    let (name, argument) = parts(text)
    return all.first { $0.name == name }?.init(argument: argument)
  }

  static func remedy(for text: String) -> String {
    let name = parts(text).name
    if let type = all.first(where: { $0.name == name }) { return "Give \(type.form)." }
    let near = Suggestion.nearest(to: name, among: all.map { $0.name })
    return near.isEmpty ? "Give \(forms)." : Suggestion.sentence(for: name, among: all.map { $0.name })
  }

  private static func parts(_ text: String) -> (name: String, argument: String?) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (parts[0], parts.count == 2 ? parts[1] : nil)
  }
}
