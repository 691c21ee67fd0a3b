import Basics
import Foundation

/// The data sets and file forms that Tombola reads. A new one is a new file in this folder plus one line here.
public enum Catalog {
  public static let sources: [any DataSource] = [
    CIFAR10(),
    CIFAR100(),
    CubistSpiral(),
    Digits(),
    FashionMNIST(),
    KPattern(),
    MNIST(),
  ]

  public static let forms: [any DataForm] = [
    CSVFiles(),
    CubistSpiral(),
    IDXFolder(),
    ImageFolder(),
    KPattern(),
    NumpyArrays(),
  ]

  /// The data set that `name` names: `digits`, `idx:DIR` and so on, changed as `+NAME` behind it says: `cifar-10+grey`.
  /// - Throws: `Problem.usage` with the nearest names if there is none, or if it has no use for the options;
  ///   `Problem.missingInput` if its files are not there; `Problem.badData` if they are damaged.
  public static func dataset(
    named name: String, from locator: DataLocator = DataLocator(), options: LoadOptions = LoadOptions()
  ) throws -> Dataset {
    let parts = TransformCatalog.parts(of: name)
    let dataset = try plain(named: parts.base, from: locator, options: options)
    return try parts.steps.reduce(dataset) { try $1.transform.apply(to: $0, argument: $1.argument) }
  }

  private static func plain(
    named name: String, from locator: DataLocator, options: LoadOptions
  ) throws -> Dataset {
    if let held = try locator.heldDataset(named: name) {
      try check(options, name, nil)
      try TestShare.checkUnused(options, name: name)
      return held
    }
    guard let colon = name.firstIndex(of: ":") else {
      let source = try source(named: name)
      try check(options, name, nil)
      try TestShare.checkUnused(options, name: name)
      return try source.load(from: locator)
    }
    let form = try form(String(name[..<colon]))
    try check(options, name, form)
    return try form.load((String(name[name.index(after: colon)...]) as NSString).expandingTildeInPath, options)
  }

  private static func check(_ options: LoadOptions, _ name: String, _ form: (any DataForm)?) throws {
    let idle =
      (form?.resizesImages == true ? [] : options.changes(aboutTables: false))
      + (form?.readsTables == true ? [] : options.changes(aboutTables: true))
    if let key = idle.first {
      throw Problem.usage(
        "\(key) has no effect on \(name): its samples are used as they are.", remedy: "Leave \(key) out.")
    }
  }

  public static func source(named name: String) throws -> any DataSource {
    guard let source = sources.first(where: { $0.name == name }) else {
      let words = name.split(separator: "+", maxSplits: 1).map(String.init)
      if words.count == 2, sources.contains(where: { $0.name == words[0] }) {
        throw Problem.usage(
          "'+\(words[1])' is no change of a data set.",
          remedy: Suggestion.sentence(for: words[1], among: TransformCatalog.all.map(\.name)))
      }
      guard !["sprites", "coco"].contains(name.prefix { $0 != ":" }) else {
        throw Problem.usage(
          "\(name) are scenes of several objects, not samples of a class each.",
          remedy: "tombola detect trains on them, and measures what it has trained; tombola data export writes them.")
      }
      throw Problem.usage(
        "There is no data set '\(name)'.",
        remedy: Suggestion.sentence(for: name, among: sources.map(\.name)) + " Your own files: \(formUsages).")
    }
    return source
  }

  private static func form(_ prefix: String) throws -> any DataForm {
    guard let form = forms.first(where: { $0.prefix == prefix }) else {
      throw Problem.usage(
        "There is no file form '\(prefix):'.", remedy: Suggestion.sentence(for: prefix, among: forms.map(\.prefix)))
    }
    return form
  }

  private static var formUsages: String { forms.map(\.usage).joined(separator: ", ") }
}
