public import Basics
public import Foundation
import Networks

extension Ticket {
  static let format = "tombola-ticket-1"
  /// Of coefficients of a basis, which nothing must take for weights.
  private static let basisFormat = "tombola-coefficients-1"

  /// The ticket as a file.
  ///
  /// - Parameter compact: Leave out all weights; they are rebuilt from the seed when the file is read.
  /// - Throws: `Problem.usage` if `compact` is asked of a ticket whose start the seed alone does not give.
  public func file(compact: Bool = false) throws -> SafetensorsFile {
    var file = try frame(compact ? "seed" : "stored")
    if compact {
      guard startStep == 0, basis == nil,
        Self.rebuiltStart(mask.layout, mask: mask, seed: seed, settings: settings) == start
      else {
        throw Problem.usage(
          "The seed alone does not give the weights that this ticket starts from.",
          remedy: """
            Only tickets that start from the very weights that the seed draws for the network can be compact, as those of \
            find with rewind=0it and retraining=rewind do.
            """)
      }
      file.add("mask_gaps", bytes: GapCode.encode(mask.keeps))
      return file
    }
    file.add("mask", bytes: mask.packedBits)
    file.add("start", survivors(start))
    if let trained {
      file.add("trained", survivors(trained))
      file.metadata["trained_digest"] = Digest.sha256(trained.values)
    }
    return file
  }

  /// A file with the metadata alone.
  ///
  /// - Parameter weights: How the weights are kept.
  func frame(_ weights: String) throws -> SafetensorsFile {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.text(value), as: UTF8.self) }
    var file = SafetensorsFile(metadata: [
      "format": basis == nil ? Self.format : Self.basisFormat, "architecture": try text(architecture),
      "settings": try text(settings), "metrics": try text(metrics), "seed": "\(seed)", "round": "\(round)",
      "start_step": "\(startStep)", "digest": digest, "weights": weights,
    ])
    if !edits.isEmpty { file.metadata["edits"] = try text(edits) }
    if !classAccuracies.isEmpty { file.metadata["class_accuracies"] = try text(classAccuracies) }
    return file
  }

  private func survivors(_ parameters: Parameters) -> [Float] {
    mask.keeps.indices.filter { mask.keeps[$0] }.map { parameters.values[$0] }
  }

  /// - Parameter takesCoefficients: Whether the numbers may be coefficients of a basis.
  /// - Throws: `Problem.missingInput` or `Problem.badData`, naming the file and what is wrong with it.
  public init(contentsOf url: URL, takesCoefficients: Bool = false) throws {
    let stored = try SafetensorsFile(contentsOf: url)
    try self.init(stored, name: url.lastPathComponent, takesCoefficients: takesCoefficients)
    file = url.lastPathComponent
  }

  public init(_ file: SafetensorsFile, name: String, takesCoefficients: Bool = false) throws {
    let isOfBasis = file.metadata["format"] == Self.basisFormat
    guard isOfBasis || file.metadata["format"] == Self.format else {
      throw Self.damaged(name, "is a safetensors file but no Tombola ticket")
    }
    guard !isOfBasis || takesCoefficients else {
      throw Problem.badData(
        "\(name) holds coefficients of a basis, not weights.",
        remedy: "Its own basis search reads it when it goes on; choose a ticket of another search.")
    }
    func value<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value {
      do {
        return try StoredJSON.decode(Data((file.metadata[key] ?? "").utf8), named: key)
      } catch let damage as StoredJSON.Damage {
        throw Self.damaged(name, "has an unreadable \(key): \(damage.reason)")
      }
    }
    let architecture = try value("architecture", Architecture.self)
    try Self.checkSize(architecture, bits: Self.parameterLimit(file), name)
    let layout = architecture.layout
    let settings = try value("settings", [String: String].self)
    guard isOfBasis == (settings[Self.basisKey] != nil) else {
      throw Self.damaged(name, "does not say whether it holds weights or coefficients")
    }
    let seed = try value("seed", UInt64.self)
    let mask = try Self.mask(in: file, layout, name)
    let start: Parameters
    var trained = file.entries["trained"] == nil ? nil : try Self.spread(file, "trained", mask, name)
    var scale: Float?
    if file.metadata["weights"] == "signs" {
      (scale, start, trained) = try Self.signs(in: file, mask, seed: seed, settings: settings, name)
    } else if file.metadata["weights"] == "seed" {
      guard let rebuilt = Self.rebuiltStart(layout, mask: mask, seed: seed, settings: settings) else {
        throw Self.damaged(name, "names no initialiser to rebuild its weights with")
      }
      start = rebuilt
    } else {
      start = try Self.spread(file, "start", mask, name)
    }
    let startStep = try value("start_step", Int.self), round = try value("round", Int.self)
    guard startStep >= 0, round >= 0 else { throw Self.damaged(name, "has a negative start_step or round") }
    self.init(
      architecture: architecture, mask: mask, start: start, startStep: startStep, trained: trained, seed: seed,
      round: round, settings: settings, metrics: try value("metrics", [String: Double].self))
    if file.metadata["edits"] != nil { edits = try value("edits", [String].self) }
    if file.metadata["class_accuracies"] != nil {
      classAccuracies = try value("class_accuracies", [String: [Double?]].self)
    }
    self.scale = scale
    guard digest == file.metadata["digest"] else {
      throw Self.damaged(name, "does not have the digest that it states: a mask or weight was changed")
    }
    guard self.trained.map({ Digest.sha256($0.values) }) == file.metadata["trained_digest"] else {
      throw Self.damaged(name, "does not have the trained_digest that it states: a trained weight was changed")
    }
  }

  /// How many parameters a file of its size may describe: a bit each, or in gap code, whose survivors take a bit or more,
  /// no fewer than one survivor in 1,024. Arithmetic code takes at least a bit a block.
  private static func parameterLimit(_ file: SafetensorsFile) -> Int {
    let gaps = file.entries["mask_gaps"]?.bytes.count ?? 0, code = file.entries["mask_code"]?.bytes.count ?? 0
    let bound = max(gaps * 8 * 1024, code > 0 ? 1 << 16 + code << 16 : 0)
    return max(8 * (file.entries["mask"]?.bytes.count ?? 0), min(bound, 1 << 28))
  }

  private static func mask(in file: SafetensorsFile, _ layout: ParameterLayout, _ name: String) throws -> Mask {
    if file.entries["mask_code"] != nil {
      guard let mask = MaskCode.decode(try file.bytes("mask_code", file: name), layout) else {
        throw damaged(name, "has a mask that cannot be decoded")
      }
      return mask
    }
    guard file.entries["mask_gaps"] != nil else {
      return Mask(layout: layout, packedBits: try file.bytes("mask", count: (layout.count + 7) / 8, file: name))
    }
    guard let keeps = GapCode.decode(try file.bytes("mask_gaps", file: name), count: layout.count) else {
      throw damaged(name, "has a mask that cannot be decoded")
    }
    return Mask(layout: layout, keeps: keeps)
  }

  /// Refuses an architecture whose parameters are not those that the mask has bits for, before any memory is taken or any
  /// product of its numbers overflows.
  private static func checkSize(_ architecture: Architecture, bits: Int, _ name: String) throws {
    for (node, shape) in architecture.shapes {
      var count = 1
      for size in [shape.channels, shape.height, shape.width] {
        guard 1...(1 << 24) ~= size, count <= 1 << 24 else {
          throw damaged(name, "gives '\(node)' the impossible shape \(shape)")
        }
        count *= size
      }
      guard count <= 1 << 24 else { throw damaged(name, "gives '\(node)' the impossible shape \(shape)") }
    }
    var count = 0
    for node in architecture.nodes {
      for shape in node.layer.parameters(of: architecture.inputShapes(of: node)) {
        count += shape.count
        guard count <= bits else {
          throw damaged(name, "describes a network of more parameters than its mask can hold (\(bits))")
        }
      }
    }
    guard count > 0 else { throw damaged(name, "describes a network without parameters") }
  }

  private static func spread(_ file: SafetensorsFile, _ key: String, _ mask: Mask, _ name: String) throws -> Parameters
  {
    let kept = mask.keeps.indices.filter { mask.keeps[$0] }
    let values = try file.floats(key, count: kept.count, file: name)
    guard values.allSatisfy(\.isFinite) else { throw damaged(name, "holds weights that are not finite numbers") }
    var result = Parameters(zerosFor: mask.layout)
    for (i, value) in zip(kept, values) { result.values[i] = value }
    return result
  }

  static func damaged(_ name: String, _ what: String) -> Problem {
    .badData(
      "\(name) \(what).", remedy: "Take another copy, or find the ticket again with the command in its run folder.")
  }
}
