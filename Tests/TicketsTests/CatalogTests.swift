import Foundation
import Networks
import Pruning
import Testing
import Tickets
import Training

/// Every file of an extension folder stands in that folder's catalogue.
@Suite struct CatalogTests {
  private func expectListed(
    _ folder: String, _ protocolName: String, in catalog: String, _ types: [any Any.Type], except: [String] = []
  ) throws {
    let url = root.appendingPathComponent("Sources/\(folder)"), listed = Set(types.map { String(describing: $0) })
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasSuffix(".swift") }
    for name in names where !except.contains(name) {
      let text = try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
      let declaration = try Regex("(?:struct|enum|final class) (\\w+): (?:\\w+, )*\(protocolName)\\b")
      let declared = text.matches(of: declaration).compactMap { $0.output[1].substring.map(String.init) }
      #expect(!declared.isEmpty, "\(folder)/\(name) declares no \(protocolName); move it to another folder")
      for type in declared {
        #expect(listed.contains(type), "add a line for \(type) to \(catalog)")
      }
    }
    #expect(listed.count == types.count, "\(catalog) lists a type twice")
    #expect(names.count - except.count <= types.count)
  }

  @Test func listsEveryFile() throws {
    try expectListed(
      "Pruning/Criteria", "Criterion", in: "CriterionCatalog in Sources/Pruning/Criterion.swift", CriterionCatalog.all)
    try expectListed(
      "Pruning/Allocations", "Allocation", in: "AllocationCatalog in Sources/Pruning/Allocation.swift",
      AllocationCatalog.all)
    try expectListed(
      "Networks/Layers", "Layer", in: "Sources/Networks/Layers/LayerCatalog.swift", LayerCatalog.all,
      except: ["LayerCatalog.swift"])
    let types = Dictionary(ModelCatalog.all.map { ("\(type(of: $0))", type(of: $0)) }) { a, _ in a }.map {
      $0.value as any Any.Type
    }
    try expectListed(
      "Networks/Models", "Model", in: "Sources/Networks/Models/ModelCatalog.swift", types,
      except: ["ModelCatalog.swift"])
    #expect(Set(ModelCatalog.all.map(\.name)).count == ModelCatalog.all.count, "two models have one name")
    try expectListed(
      "Training/Objectives", "TrainingObjective", in: "Sources/Training/Objectives/ObjectiveCatalog.swift",
      ObjectiveCatalog.all, except: ["ObjectiveCatalog.swift"])
    try expectListed(
      "Tickets/Controls", "Control", in: "ControlCatalog in Sources/Tickets/Control.swift", ControlCatalog.all)
    #expect(Set(ControlCatalog.all.map { $0.name }).count == ControlCatalog.all.count, "two controls have one name")
    try expectListed(
      "Tickets/Algorithms", "TicketAlgorithm", in: "AlgorithmCatalog in Sources/Tickets/TicketAlgorithm.swift",
      AlgorithmCatalog.all)
  }
}
