public import Basics
public import Foundation

/// A kind of file that takes a ticket's network to other programs: one file in `Forms/` and a line in the catalogue.
///
/// Its settings, with their defaults, are what `--set` of `tombola export` may say of it.
public protocol ExportForm: Configurable {
  /// What `--to` names: `onnx`.
  static var name: String { get }
  static var summary: String { get }

  /// Writes the network through `AtomicFile`, beside `url` whatever else the form needs.
  ///
  /// - Returns: Lines to be printed below the file's name: sizes, differences, how to load it.
  /// - Throws: `Problem.badData` if the form cannot express the network, naming the node; `Problem.cannotWrite`.
  func write(_ network: ExportedNetwork, to url: URL) throws -> [String]
}

extension ExportForm {
  public static var fields: [SettingField<Self>] { [] }
}

/// All forms.
public enum ExportCatalog {
  public static let all: [any ExportForm.Type] = [
    CForm.self,
    CoreMLExport.self,
    NPZExport.self,
    OnnxExport.self,
    SafetensorsExport.self,
  ]

  /// The form with the given settings.
  ///
  /// - Throws: `Problem.usage` naming the nearest form or setting.
  public static func form(named name: String, _ settings: [(key: String, text: String)]) throws -> any ExportForm {
    guard let type = all.first(where: { $0.name == name }) else {
      throw Problem.usage(
        "There is no form '\(name)' to export to.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
    }
    return try form(type, settings)
  }

  private static func form<Form: ExportForm>(_ type: Form.Type, _ settings: [(key: String, text: String)]) throws
    -> Form
  {
    var form = Form()
    for (key, text) in settings { try form.set(key, to: text) }
    return form
  }
}
