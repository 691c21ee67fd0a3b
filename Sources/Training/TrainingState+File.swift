public import Basics
import Foundation
public import Networks

extension TrainingState {
  /// A checkpoint file: parameters, moments, step counts, and the curve so far.
  public func file(curve: [CurvePoint]) throws -> SafetensorsFile {
    let curveText = String(decoding: try JSONEncoder().text(curve), as: UTF8.self)
    var file = SafetensorsFile(metadata: [
      "format": "tombola-checkpoint-1", "iteration": "\(iteration)", "updates": "\(updates)", "curve": curveText,
    ])
    file.add("parameters", parameters.values)
    file.add("moment1", moment1.values)
    file.add("moment2", moment2.values)
    if let mask { file.add("mask", bytes: mask.packedBits) }
    if !pixels.isEmpty { file.add("pixels", pixels) }
    return file
  }

  /// - Parameter pixels: How many numbers of perturbed samples the training keeps.
  /// - Throws: `Problem.badData` if the file is no checkpoint of this network and objective.
  public init(_ file: SafetensorsFile, layout: ParameterLayout, pixels: Int = 0, name: String) throws {
    guard file.metadata["format"] == "tombola-checkpoint-1",
      let iteration = file.metadata["iteration"].flatMap({ Int($0) }),
      let updates = file.metadata["updates"].flatMap({ Int($0) }),
      StoredRange.count.contains(Double(iteration)), (0...iteration).contains(updates)
    else {
      throw Problem.badData("\(name) is no checkpoint.", remedy: "Delete it and start the same command again.")
    }
    func parameters(_ key: String) throws -> Parameters {
      Parameters(layout: layout, values: try file.floats(key, count: layout.count, file: name))
    }
    self.init(
      parameters: try parameters("parameters"), moment1: try parameters("moment1"),
      moment2: try parameters("moment2"), iteration: iteration, updates: updates,
      mask: try file.entries["mask"].map { _ in
        Mask(layout: layout, packedBits: try file.bytes("mask", count: (layout.count + 7) / 8, file: name))
      },
      pixels: try pixels > 0 ? file.floats("pixels", count: pixels, file: name) : [])
  }

  /// The curve that a checkpoint carries.
  public static func curve(in file: SafetensorsFile) -> [CurvePoint]? {
    file.metadata["curve"].flatMap { try? StoredJSON.decode(Data($0.utf8)) }
  }
}
