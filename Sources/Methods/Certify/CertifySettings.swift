public import Basics
import Datasets
import Foundation
public import Tickets
import Training

/// What a certificate asks, and how sure it wants to be.
package struct CertificateTerms: Codable, Equatable, Sendable {
  /// Accuracy, as a share, within which two networks count as alike.
  package var tolerance = 0.005
  /// Accuracy, as a share, by which one must lead to be clearly better.
  package var gap = 0.005
  /// The least share of weights removed that counts.
  package var minimumSparsity = 0.6
  /// Level of the tests, over all conditions together.
  package var alpha = 0.05
  package var learningRates: [Double] = []
  /// The rounds of the search whose tickets are judged.
  package var rounds: [Int] = []
  package var checks = CertifiedArm.Kind.checks
  /// The rule of the random-ratio check's layer counts.
  package var ratioAllocation = "smart-ratio"
}

/// What is asked about a sub-network.
public struct CertifySettings: Configurable {
  /// That of the ticket, where one is named; without controls, for a certificate has its own.
  public var search = SearchSettings()
  /// A file, whose search must find it again; none for the tickets of the settings.
  public var ticket = ""
  /// Without learning rates or rounds those of `asked`.
  package var terms = CertificateTerms()

  public init() {}

  private static let share = (
    rule: "a share such as 0.005, not 0.5 for points", holds: { @Sendable (share: Double) in 0 <= share && share < 1 }
  )

  /// Of the common settings those that the help lists.
  private static let main: Set<String> = ["data", "model", "rounds", "steps", "lr"]

  public static let fields: [SettingField<CertifySettings>] =
    SearchSettings.fields(
      of: Set(SettingPart.allCases).subtracting([.stopping]), except: ["controls", "tolerance", "margin"], in: \.search
    ).map { field in
      field.with { $0.isMain = main.contains($0.key) }
    } + [
      SettingField("ticket", \.ticket, "a ticket file, whose settings are taken").base.argument,
      SettingField(
        "lr-sweep", \.terms.rateList, "learning rates; none for 0.3, 1 and 3 times lr",
        valid: ("above 0", { $0.values.allSatisfy { $0 > 0 } })
      ).extent.main,
      SettingField("at", \.terms.roundList, "rounds to judge; none for the ticket's, or the last").extent.main,
      SettingField("checks", \.terms.checkSet, "checks beside the conditions").extent.main,
      SettingField("ratios", \.terms.ratioAllocation, "layers' ratios of random-ratio").extent.main,
      SettingField("within", \.terms.tolerance, "accuracy in which networks are alike", valid: share).extent.main,
      SettingField("gap", \.terms.gap, "accuracy by which one is better", valid: share).extent.main,
      SettingField(
        "min-sparsity", \.terms.minimumSparsity, "least share removed that counts", valid: share
      ).extent.main,
      SettingField(
        "alpha", \.terms.alpha, "level of all tests together",
        valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })
      ).extent.main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identity: String { search.identity }

  /// The settings of the ticket's search, up to the last round that is judged. Controls and tolerance of the search have no
  /// part in finding its masks.
  public static func base(_ given: [String: String]) throws -> CertifySettings {
    var settings = CertifySettings()
    guard let path = given["ticket"], !path.isEmpty else { return settings }
    let ticket = try Ticket(contentsOf: URL(fileURLWithPath: path)), plain = settings.search
    try ticket.checkModel(given["model"])
    (settings.ticket, settings.search) = (path, try ticket.searchSettingsToTheEnd())
    (settings.search.controls, settings.search.tolerance) = (plain.controls, plain.tolerance)
    settings.terms.rounds = [ticket.round]
    var asked = settings
    if let rounds = given["at"] { try asked.set("at", to: rounds) }
    settings.search.rounds = max(ticket.round, asked.terms.rounds.max() ?? 0)
    return settings
  }

  public mutating func spellOut() throws {
    try search.spellOut()
    terms.ratioAllocation = try SearchSettings.spelledOut(terms.ratioAllocation)
  }

  /// The terms with learning rates around the recipe's, and the last round, where none are named.
  package var asked: CertificateTerms {
    var terms = terms
    if terms.learningRates.isEmpty {
      terms.rateList = NumberList(
        [0.3, 1, 3].compactMap { Double(String(format: "%.3g", $0 * search.recipe.learningRate)) })
    }
    if terms.rounds.isEmpty { terms.rounds = [search.rounds] }
    // Only the program that found the mask could look for one on changed data.
    if search.takesMask { terms.checks.removeAll { kind in Corruption.allCases.contains { $0.kind == kind } } }
    return terms
  }
}

// MARK: - Terms as words

/// Some of the checks as one word: `shuffled,inverted`, `all` or `none`.
struct CheckSet: SettingValue {
  var kinds: [CertifiedArm.Kind]
  private static let names = CertifiedArm.Kind.checks.map(\.rawValue)

  init(_ kinds: [CertifiedArm.Kind]) { self.kinds = CertifiedArm.Kind.checks.filter(kinds.contains) }

  init?(setting text: String) {
    let words = text == "all" ? Self.names : text == "none" ? [] : text.split(separator: ",").map(String.init)
    guard words.allSatisfy(Self.names.contains) else { return nil }
    self.init(words.compactMap { CertifiedArm.Kind(rawValue: $0) })
  }

  var settingText: String {
    kinds == CertifiedArm.Kind.checks ? "all" : kinds.isEmpty ? "none" : kinds.map(\.rawValue).joined(separator: ",")
  }

  static var settingForm: String { "all, none, or some of \(names.joined(separator: ",")), with commas" }
  static var isList: Bool { true }

  static func settingRemedy(for text: String) -> String {
    let wrong = text.split(separator: ",").map(String.init).first { !names.contains($0) } ?? text
    return "There is no check '\(wrong)'. \(Suggestion.sentence(for: wrong, among: names + ["all", "none"]))"
  }
}

extension CertificateTerms {
  var rateList: NumberList {
    get { NumberList(learningRates) }
    set { learningRates = newValue.values.sorted() }
  }

  var roundList: SettingList<Int> {
    get { SettingList(rounds) }
    set { rounds = newValue.values }
  }

  var checkSet: CheckSet {
    get { CheckSet(checks) }
    set { checks = newValue.kinds }
  }
}
