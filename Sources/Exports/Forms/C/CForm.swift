public import Basics
public import Foundation
import Lanes
import Networks
import Tickets
import Training

/// One C99 file of the sparse network, with a header: static memory, one sample a call, survivors alone.
///
/// Batch norm is folded and dead units are gone (`FoldedNetwork`); how far outputs move by it is measured on the test set,
/// and what whole-number weights cost in accuracy as well.
public struct CForm: ExportForm {
  public static let name = "c"
  public static let summary = "one C99 file and its header: predict() without heap, survivors alone"
  public static let fields: [SettingField<CForm>] = [
    SettingField("int8", \.int8, "whether weights are whole numbers of eight bits, with a scale for every unit")
  ]

  public var int8 = false

  public init() {}

  public func write(_ network: ExportedNetwork, to url: URL) throws -> [String] {
    let folded = try FoldedNetwork(network.architecture, network.parameters, mask: network.mask)
    let source = try source(folded, network, name: Self.symbol(url))
    let header = url.deletingPathExtension().appendingPathExtension("h")
    guard header.lastPathComponent != url.lastPathComponent else {
      throw Problem.usage("\(url.lastPathComponent) is the header's name.", remedy: "Name the file something.c.")
    }
    let text = source.source(header: header.lastPathComponent)
    let checks = FoldingCheck(folded, network, parameters: int8 ? folded.quantisedParameters : folded.parameters)
    try AtomicFile.write(source.header, to: header)
    try AtomicFile.write(text, to: url)
    let code = CCompiler.codeBytes(of: url, constants: source.constantBytes)
    return [
      "header: \(header.path)",
      folded.text,
      checks.text(weights: int8 ? "int8" : "float"),
      "constants \(source.constantBytes) bytes, static memory \(4 * source.memory.count) bytes, \(code)",
    ]
  }

  private func source(_ folded: FoldedNetwork, _ network: ExportedNetwork, name: String) throws -> CSource {
    guard folded.parameters.values.allSatisfy(\.isFinite) else {
      throw Problem.badData("Some weights are not finite.", remedy: "Export a training that has not diverged.")
    }
    for stage in folded.stages {
      guard case .product(let rows, _) = stage.operation else { continue }
      guard (0..<rows.units).allSatisfy({ rows.start[$0 + 1] - rows.start[$0] <= Int(UInt16.max) }) else {
        throw Problem.badData(
          "A unit of '\(stage.node)' has more than \(UInt16.max) weights, which the C file does not count.",
          remedy: "Export a sparser ticket.")
      }
    }
    return CSource(
      folded, name: name, quantised: int8 ? folded.quantisedRows : nil, affine: network.affine,
      storesBytes: network.storesBytes,
      notes: [
        "\(folded.architecture.name), \(network.weights.rawValue) weights of ticket \(network.ticket.digest.prefix(16)), found on \(CForm.plain(network.data)).",
        "Written by 'tombola export --to c'.",
      ])
  }

  /// Without what could end a comment.
  private static func plain(_ text: String) -> String {
    text.replacingOccurrences(of: "*/", with: "*").replacingOccurrences(of: "\n", with: " ")
  }

  /// The file's name as an identifier of C.
  static func symbol(_ url: URL) -> String {
    let name = url.deletingPathExtension().lastPathComponent.map {
      $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_"
    }
    return (name.first?.isNumber ?? true ? "net_" : "") + String(name)
  }
}
