import Basics
import Foundation
import Networks

/// A folded network as one C99 file and a header: tables of the survivors, and the routines that its stages need.
///
/// Products walk a unit's terms in ascending order and start with bias and addend, each step one multiply-add, which is the
/// engine's order of summation. Where the target fuses them (`__FP_FAST_FMAF`) every output has the engine's bits.
package struct CSource {
  let name: String
  let stages: [InferenceStage]
  let input: FeatureShape
  /// Where every tensor begins in the static memory, in floats, and how many there are.
  let memory: CMemory
  /// Scales of whole-number weights, one list a product; `nil` for weights as floats.
  let quantised: [QuantisedRows?]
  let affine: [(multiplier: Float, shift: Float)]?
  let storesBytes: Bool
  let notes: [String]

  /// - Parameter quantised: One entry a stage, `nil` for those without weights; `nil` for weights as floats.
  init(
    _ network: FoldedNetwork, name: String, quantised: [QuantisedRows?]?,
    affine: [(multiplier: Float, shift: Float)]?, storesBytes: Bool, notes: [String] = []
  ) {
    (stages, input, self.name) = (network.stages, network.architecture.input, name)
    memory = CMemory(stages, input: input)
    self.quantised = quantised ?? stages.map { _ in nil }
    (self.affine, self.storesBytes, self.notes) = (affine, storesBytes, notes)
  }

  var classes: Int { stages.last?.output.count ?? input.count }
  private var takesBytes: Bool { affine != nil && storesBytes }
  private var inputType: String { takesBytes ? "uint8_t" : "float" }
  private var symbol: String { name.uppercased() }
  private var isQuantised: Bool { quantised.contains { $0 != nil } }

  // MARK: the header

  var header: String {
    """
    /* \(notes.joined(separator: "\n   ")) */
    #ifndef \(symbol)_H
    #define \(symbol)_H

    #include <stdint.h>

    #define \(symbol)_INPUTS \(input.count) /* \(input), \(meaning) */
    #define \(symbol)_OUTPUTS \(classes)

    /* Computes the outputs of one sample (before any softmax) and returns the place of the first of the largest.
       Works in static memory: one call at a time. */
    int predict(const \(inputType) input[\(symbol)_INPUTS], float outputs[\(symbol)_OUTPUTS]);

    #endif

    """
  }

  private var meaning: String {
    affine == nil
      ? "normalised numbers" : storesBytes ? "bytes as the data set stores them" : "numbers as the data set stores them"
  }

  // MARK: tables

  /// Bytes of constants that the tables below take, without the pointers to them.
  var constantBytes: Int { tables.reduce(0) { $0 + $1.bytes } }

  struct Table {
    var type, name: String
    var values: [String]
    var width: Int
    var bytes: Int { values.count * width }
  }

  private func table(_ type: String, _ name: String, _ width: Int, _ values: [String]) -> Table {
    Table(type: type, name: name, values: values, width: width)
  }

  var tables: [Table] {
    stages.enumerated().flatMap { i, stage -> [Table] in
      guard case .product(let rows, _) = stage.operation else { return [] }
      let terms = quantised[i].map { ($0.start, $0.column) } ?? (rows.start, rows.column)
      let counts = (0..<rows.units).map { terms.0[$0 + 1] - terms.0[$0] }
      let gaps = (0..<rows.units).flatMap { unit -> [UInt8] in
        Self.gaps(terms.1[terms.0[unit]..<terms.0[unit + 1]])
      }
      var result = [
        table("uint16_t", "count\(i)", 2, counts.map(String.init)),
        table("uint8_t", "gap\(i)", 1, gaps.map { String($0) }),
        table("float", "bias\(i)", 4, rows.bias.map(Self.literal)),
      ]
      if let quantised = quantised[i] {
        result.append(table("int8_t", "weight\(i)", 1, quantised.values.map { String($0) }))
        result.append(table("float", "scale\(i)", 4, quantised.scale.map(Self.literal)))
      } else {
        result.append(table("float", "weight\(i)", 4, rows.weight.map(Self.literal)))
      }
      return result.map { $0.values.isEmpty ? table($0.type, $0.name, $0.width, ["0"]) : $0 }
    }
  }

  /// The distances between ascending columns, the first from -1: 1 to 255, where 0 stands for 255 columns without a term.
  package static func gaps(_ columns: ArraySlice<Int>) -> [UInt8] {
    var last = -1, result: [UInt8] = []
    for column in columns {
      var gap = column - last
      while gap > 255 {
        result.append(0)
        gap -= 255
      }
      result.append(UInt8(gap))
      last = column
    }
    return result
  }

  /// The shortest text that reads back as the same number.
  static func literal(_ value: Float) -> String {
    let text = "\(value)"
    return (text.contains(".") || text.contains("e") ? text : text + ".0") + "f"
  }

  private func text(_ table: Table) -> String {
    var lines: [String] = [], line = " "
    for value in table.values {
      if line.count + value.count > 118 {
        lines.append(line)
        line = " "
      }
      line += " \(value),"
    }
    lines.append(line)
    return "static const \(table.type) \(table.name)[\(table.values.count)] = {\n\(lines.joined(separator: "\n"))\n};\n"
  }

  // MARK: the file

  /// - Parameter header: The header's file name.
  func source(header: String) -> String {
    let kinds = Set(stages.map(\.routine))
    let routines = CRoutines(isQuantised: isQuantised, kinds: kinds)
    return """
      /* \(notes.joined(separator: "\n   "))
         Constants: \(constantBytes) bytes. Static memory: \(4 * memory.count) bytes. No heap, no library but this file\(CRoutines.libraryNote). */
      #include "\(header)"

      \(routines.preamble)
      static float memory[\(max(1, memory.count))];

      \(tables.map(text).joined(separator: "\n"))
      \(routines.text)
      int predict(const \(inputType) input[\(symbol)_INPUTS], float outputs[\(symbol)_OUTPUTS]) {
        int i, best = 0;
      \(loading)
      \(stages.indices.map(call).joined(separator: "\n"))
        for (i = 0; i < \(symbol)_OUTPUTS; i++) {
          outputs[i] = memory[\(memory.offsets[stages.count]) + i];
          if (outputs[i] > outputs[best]) best = i;
        }
        return best;
      }

      """
  }

  private var loading: String {
    let at = memory.offsets[0], size = input.height * input.width
    guard let affine else { return "  for (i = 0; i < \(input.count); i++) memory[\(at) + i] = input[i];" }
    return affine.enumerated().map { channel, line in
      let first = channel * size, value = takesBytes ? "(float)input[i]" : "input[i]"
      return """
          for (i = \(first); i < \(first + size); i++)
            memory[\(at) + i] = FMA(\(value), \(Self.literal(line.multiplier)), \(Self.literal(line.shift)));
        """
    }.joined(separator: "\n")
  }

  private func shape(_ tensor: Int) -> FeatureShape { tensor == 0 ? input : stages[tensor - 1].output }

  private func call(_ i: Int) -> String {
    let stage = stages[i], x = shape(stage.inputs[0]), y = stage.output, relu = stage.isRectified ? 1 : 0
    func at(_ tensor: Int) -> String { "memory + \(memory.offsets[tensor])" }
    let from = at(stage.inputs[0]), to = at(i + 1), addend = stage.addend.map(at) ?? "0"
    switch stage.operation {
    case .product(let rows, let convolution):
      let scale = quantised[i] == nil ? "" : ", scale\(i)"
      let rowsText = "count\(i), gap\(i), weight\(i)\(scale), bias\(i)"
      guard let c = convolution else {
        return "  linear(\(from), \(to), \(addend), \(rows.units), \(relu), \(rowsText));"
      }
      return """
          {
            static const window w = {\(x.height), \(x.width), \(y.height), \(y.width), \(c.kernel), \(c.stride), \
        \(c.padding), \(x.channels / c.groups), \(c.outputs / c.groups)};
            convolution(&w, \(from), \(to), \(addend), \(rows.units), \(relu), \(rowsText));
          }
        """
    case .pool(let isMaximum, let w):
      return
        "  pool(\(from), \(to), \(x.channels), \(x.height), \(x.width), \(y.height), \(y.width), \(w.height), \(w.width), \(w.stride), \(isMaximum ? 1 : 0));"
    case .sum:
      return stage.inputs.enumerated().dropFirst().map { k, other in
        "  add(\(k == 1 ? from : to), \(at(other)), \(to), \(y.count), \(k + 1 == stage.inputs.count ? relu : 0));"
      }.joined(separator: "\n")
    case .rectifier: return "  rectify(\(from), \(to), \(y.count));"
    case .sign: return "  signs(\(from), \(to), \(y.count));"
    case .join:
      var first = 0
      return stage.inputs.map { input in
        defer { first += shape(input).count }
        return "  copy(\(at(input)), \(to) + \(first), \(shape(input).count));"
      }.joined(separator: "\n")
    case .upsample(let factor):
      return "  upsample(\(from), \(to), \(y.channels), \(y.height), \(y.width), \(factor));"
    }
  }
}

extension InferenceStage {
  /// Of the C file, that computes it.
  var routine: String {
    switch operation {
    case .product(_, let convolution): convolution == nil ? "linear" : "convolution"
    case .pool: "pool"
    case .sum: "add"
    case .rectifier: "rectify"
    case .sign: "signs"
    case .join: "copy"
    case .upsample: "upsample"
    }
  }
}
