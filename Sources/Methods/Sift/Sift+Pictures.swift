import Analysis
import Basics
package import Experiments
import Foundation
package import Pages

/// Maps, masks and weights as pictures.
extension Sift {
  /// The larger pictures, as files of their own: all maps in one, masks and weights as the page has them.
  package static func pictures(_ record: Record<SiftFinding>) -> [Picture] {
    let names = ["same-channel", "different-channel"], maps = maps(record)
    let strips = names.compactMap { name in
      PNGImage.grid(maps.filter { $0.name.hasPrefix(name) }.map(\.image), columns: 7).map {
        Picture(name, $0, scale: 1, words: "Displacement maps, round by round", caption: "\(name)")
      }
    }
    return strips + grids(record)
  }

  // MARK: displacements

  /// A picture a round and kind of pairs.
  private static func maps(_ record: Record<SiftFinding>) -> [Picture] {
    let rounds = record.finding.arms.first?.rounds ?? [], isGrey = record.dataset?.shape[0] == 1
    return zip(rounds, record.finding.displacements ?? []).flatMap { round, map in
      [("same channel", map.sameChannel), ("different channels", map.differentChannel)].prefix(isGrey ? 1 : 2).map {
        let place = "round \(round.round), \(Format.density(round.density)), \($0)"
        return Picture(
          "\($0 == "same channel" ? "same" : "different")-channel-\(round.round)",
          image(map.height, map.width, counts: $1), scale: max(1, 130 / max(1, map.width)),
          words: "Displacements, \($0), round \(round.round)", caption: "\(place)")
      }
    }
  }

  /// Logarithms, so that the middle does not outshine everything.
  private static func image(_ height: Int, _ width: Int, counts: [Int]) -> PNGImage {
    let values = counts.map { log10(1 + Double($0)) }
    let low = values.filter { $0 > 0 }.min() ?? 0, high = values.max() ?? 0
    return .bright(
      height: height, width: width, values: values.map { $0 > 0 ? $0 - 0.9 * low : 0 }, highest: high - 0.9 * low)
  }

  static func displacements(_ record: Record<SiftFinding>) -> Section? {
    let maps = maps(record)
    guard !maps.isEmpty else { return nil }
    let intro: HTMLText = """
      How often two pixels that one unit reads lie a displacement apart, on a logarithmic scale; the middle is no \
      displacement. First ladder, first seed.
      """
    return Section("Displacement maps", id: "displacements", [.paragraph(intro), .pictures(maps)])
  }

  // MARK: units

  /// Masks and masked weights of the most connected units.
  private static func grids(_ record: Record<SiftFinding>) -> [Picture] {
    guard let portrait = record.finding.portrait, let shape = record.dataset?.shape, shape.allSatisfy({ $0 > 0 }),
      shape.reduce(1, { $0 * Double($1) }) == Double(portrait.inputDegrees.count)
    else { return [] }
    func grid(_ image: (SiftFinding.Portrait.Unit) -> PNGImage) -> PNGImage? {
      .grid(portrait.units.map(image), columns: 12)
    }
    func plane(_ unit: SiftFinding.Portrait.Unit, empty: Double, _ value: (Float) -> Double) -> [Double] {
      var values = [Double](repeating: empty, count: shape.reduce(1, *))
      for (input, weight) in zip(unit.inputs, unit.weights) { values[input] = value(weight) }
      return values
    }
    let masks = grid { unit in
      shape[0] == 3
        ? .colours(shape: shape, values: plane(unit, empty: -1) { _ in 1 })
        : .bright(
          height: shape[1], width: shape[2],
          values: Array(plane(unit, empty: 0) { _ in 1 }.prefix(shape[1] * shape[2])), highest: 1)
    }
    let weights = grid { unit in .colours(shape: shape, values: plane(unit, empty: 0) { Double($0) }) }
    guard let masks, let weights else { return [] }
    let scale = max(1, 860 / max(1, masks.width))
    return [
      Picture("masks", masks, scale: scale, words: "Masks of the most connected units", caption: "masks"),
      Picture("weights", weights, scale: scale, words: "Masked weights of the same units", caption: "masked weights"),
    ]
  }

  static func units(_ record: Record<SiftFinding>) -> Section? {
    let grids = grids(record)
    guard !grids.isEmpty, let portrait = record.finding.portrait, let round = record.finding.drawn else { return nil }
    let colours: HTMLText =
      record.dataset?.shape[0] == 3
      ? "Red, green and blue of a pixel are those of its connections; black has none, white all three. Weights: grey is none, brighter is positive."
      : "Bright pixels are connected. Weights: orange positive, blue negative."
    let intro: HTMLText = """
      Masks and masked weights of the \(portrait.units.count) first-layer units with most connections at round \
      \(round.round) (\(Format.density(round.density)) density), first seed. \(colours)
      """
    return Section(
      "Most connected units", id: "units",
      [.paragraph(intro)] + grids.map { .picture($0) } + [
        .folded("Units by number of connections", histogram(portrait.unitDegrees))
      ] + patches(portrait))
  }

  /// Units by how many inputs they have left, in ten classes.
  private static func histogram(_ degrees: [Int]) -> Table {
    let highest = max(1, degrees.max() ?? 0), width = max(1, (highest + 9) / 10)
    var counts = [Int](repeating: 0, count: highest / width + 1)
    for degree in degrees where degree > 0 { counts[degree / width] += 1 }
    var rows = [Table.Row(["0", .count(degrees.count { $0 == 0 })])]
    rows += counts.enumerated().map { i, count in
      let low = max(1, i * width), high = i * width + width - 1
      return Table.Row([.text(low == high ? "\(low)" : "\(low) to \(high)"), .count(count)])
    }
    return Table("Units by number of connections", columns: [.text("Connections"), .number("Units")], rows: rows)
  }

  private static func patches(_ portrait: SiftFinding.Portrait) -> [Block] {
    let all = [("mask", portrait.patch), ("random masks", portrait.nullPatch)]
    let highest = all.flatMap(\.1.average).max() ?? 0
    guard highest > 0 else { return [] }
    let pictures = all.flatMap { name, patch in
      let side = 2 * patch.radius + 1, plane = side * side
      return (0..<patch.channels).map { channel in
        let place = patch.channels > 1 ? "\(name), channel \(channel + 1)" : name
        let values = Array(patch.average[channel * plane..<(channel + 1) * plane])
        return Picture(
          "average-\(name.replacing(" ", with: "-"))-\(channel + 1)",
          .bright(height: side, width: side, values: values, highest: highest), scale: 8, words: "Average \(place)",
          caption: "\(place)")
      }
    }
    return [.heading("The average mask around each unit's centre"), .pictures(pictures)]
  }

  static func pixels(_ record: Record<SiftFinding>) -> Section? {
    guard let portrait = record.finding.portrait, let round = record.finding.portraitRound,
      let map = HeatMap(
        id: "pixels", title: "Connections of every pixel, round \(round)", shape: record.dataset?.shape ?? [],
        values: portrait.inputDegrees)
    else { return nil }
    return Section("Connections of each pixel", id: "pixels", [.maps([map])])
  }
}
