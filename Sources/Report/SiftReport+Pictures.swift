import Foundation
package import Pages

/// Maps, masks and weights as pictures.
extension SiftReport {
  /// Logarithms, so that the middle does not outshine everything.
  private static func map(_ plane: SiftFindings.Plane) -> PNGImage {
    let values = plane.values.map { log10(1 + $0) }
    let low = values.filter { $0 > 0 }.min() ?? 0, high = values.max() ?? 0
    return .bright(
      height: plane.height, width: plane.width, values: values.map { $0 > 0 ? $0 - 0.9 * low : 0 },
      highest: high - 0.9 * low)
  }

  static func strip(_ planes: [SiftFindings.Plane]) -> PNGImage? { .grid(planes.map(map), columns: 7) }

  private static func scale(_ width: Int) -> Int { max(1, 130 / max(1, width)) }

  var displacements: Section? {
    guard !findings.displacements.isEmpty else { return nil }
    let figures = findings.displacements.map { round -> HTMLText in
      let planes = [("same channel", round.same)] + (round.different.map { [("different channels", $0)] } ?? [])
      return """
        \(planes.map { name, plane -> HTMLText in
          Self.map(plane).figure(
            scale: Self.scale(plane.width), words: "Displacements, \(name), round \(round.round)",
            caption: "round \(round.round), \(Format.density(round.density)), \(name)")
        })
        """
    }
    return Section(
      "Displacement maps", id: "displacements",
      body: """
        <p>How often two pixels that one unit reads lie a displacement apart, on a logarithmic scale; the middle is no \
        displacement. First ladder, first seed.</p>
        <div class="maps">\(figures)</div>
        """)
  }

  static func masks(_ portrait: SiftFindings.Portrait) -> PNGImage? {
    let images = portrait.units.map { unit in
      let values = unit.keeps.map { $0 ? 1.0 : 0 }
      return portrait.shape[0] == 3
        ? PNGImage.colours(shape: portrait.shape, values: values.map { 2 * $0 - 1 })
        : .bright(
          height: portrait.shape[1], width: portrait.shape[2],
          values: Array(values.prefix(portrait.shape[1] * portrait.shape[2])), highest: 1)
    }
    return .grid(images, columns: 12)
  }

  static func weights(_ portrait: SiftFindings.Portrait) -> PNGImage? {
    .grid(
      portrait.units.map { unit in
        .colours(shape: portrait.shape, values: zip(unit.weights, unit.keeps).map { $1 ? Double($0) : 0 })
      }, columns: 12)
  }

  var units: Section? {
    guard let portrait = findings.portrait, let masks = Self.masks(portrait), let weights = Self.weights(portrait)
    else { return nil }
    let colours: HTMLText =
      portrait.shape[0] == 3
      ? "Red, green and blue of a pixel are those of its connections; black has none, white all three. Weights: grey is none, brighter is positive."
      : "Bright pixels are connected. Weights: orange positive, blue negative."
    let scale = max(1, 860 / max(1, masks.width))
    return Section(
      "Most connected units", id: "units",
      body: """
        <p>Masks and masked weights of the \(portrait.units.count) first-layer units with most connections at round \
        \(portrait.round) (\(Format.density(portrait.density)) density), first seed. \(colours)</p>
        <div class="maps">\(masks.figure(scale: scale, words: "Masks of the most connected units", caption: "masks"))
        \(weights.figure(scale: scale, words: "Masked weights of the same units", caption: "masked weights"))</div>
        \(histogram(portrait))\(patches(portrait))
        """)
  }

  /// Units by how many inputs they have left, in ten classes.
  private func histogram(_ portrait: SiftFindings.Portrait) -> HTMLText {
    let highest = max(1, portrait.unitDegrees.max() ?? 0), width = max(1, (highest + 9) / 10)
    var counts = [Int](repeating: 0, count: highest / width + 1)
    for degree in portrait.unitDegrees where degree > 0 { counts[degree / width] += 1 }
    var rows = [Table.Row(["0", "\(Format.count(portrait.unitDegrees.count { $0 == 0 }))"])]
    rows += counts.enumerated().map { i, count in
      let low = max(1, i * width), high = i * width + width - 1
      return Table.Row([HTMLText(low == high ? "\(low)" : "\(low) to \(high)"), "\(Format.count(count))"])
    }
    return Table(
      "Units by number of connections", columns: [.text("Connections"), .number("Units")], rows: rows
    ).folded("Units by number of connections")
  }

  private func patches(_ portrait: SiftFindings.Portrait) -> HTMLText? {
    let highest = (portrait.patch + portrait.nullPatch).flatMap(\.values).max() ?? 0
    guard highest > 0 else { return nil }
    func figures(_ planes: [SiftFindings.Plane], _ name: String) -> [HTMLText] {
      planes.enumerated().map { channel, plane in
        let place = planes.count > 1 ? "\(name), channel \(channel + 1)" : name
        return PNGImage.bright(height: plane.height, width: plane.width, values: plane.values, highest: highest)
          .figure(scale: 8, words: "Average \(place)", caption: HTMLText(place))
      }
    }
    return """
      <h3>The average mask around each unit's centre</h3>
      <div class="maps">\(figures(portrait.patch, "mask"))\(figures(portrait.nullPatch, "random masks"))</div>

      """
  }

  var pixels: Section? {
    guard let portrait = findings.portrait,
      let map = HeatMap(
        id: "pixels", title: "Connections of every pixel, round \(portrait.round)", shape: portrait.shape,
        values: portrait.inputDegrees)
    else { return nil }
    return Section("Connections of each pixel", id: "pixels", body: map.html, maps: [map])
  }
}
