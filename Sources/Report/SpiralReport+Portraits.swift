/// Decision regions and what every unit sees, as pictures.
extension SpiralReport {
  var portraits: Section? {
    guard !findings.portraits.isEmpty else { return nil }
    let body = findings.portraits.map { portrait -> HTMLText in
      let figures = portrait.panels.enumerated().map { i, panel -> HTMLText in
        let image = i == 0 ? Self.regions(portrait) : Self.activation(portrait, panel)
        let width = i == 0 ? 3 * portrait.size : 2 * portrait.size
        return """
          <figure><img src="\(image.address)" width="\(width)" height="\(width)" alt="\(Self.words(panel, isOutput: i == 0))" \
          style="image-rendering: pixelated"><figcaption class="note">\(panel.label)</figcaption></figure>
          """
      }
      return "<h3>\(portrait.title)</h3>\n<div class=\"maps\">\(figures)</div>\n"
    }
    return Section(
      "Networks in the plane", id: "portraits",
      body: """
        <p>First the output: blue where the network says class 0, orange where it says class 1, with some of the points. \
        Then every unit on a path: dark where it is silent, bright where it is most active.</p>
        \(body)
        """)
  }

  /// The two classes' sides, paler near the border, and the points over them.
  static func regions(_ portrait: SpiralFindings.Portrait) -> PNGImage {
    let colors: [(Double, Double, Double)] = [(120, 170, 225), (240, 170, 110)]
    var pixels: [UInt8] = portrait.panels[0].values.flatMap { z -> [UInt8] in
      let side = z > 0 ? colors[1] : colors[0], pale = 1 / (1 + Double(abs(z)))
      return [side.0, side.1, side.2].map { UInt8(min(255, $0 + (255 - $0) * 0.75 * pale)) }
    }
    let marks: [[UInt8]] = [[10, 50, 110], [120, 45, 0]]
    for point in portrait.points {
      pixels.replaceSubrange(3 * point.place..<3 * point.place + 3, with: marks[point.label])
    }
    return PNGImage(width: portrait.size, height: portrait.size, pixels: pixels)
  }

  /// From zero to the unit's largest value.
  static func activation(_ portrait: SpiralFindings.Portrait, _ panel: SpiralFindings.Portrait.Panel) -> PNGImage {
    let highest = max(panel.values.max() ?? 0, .leastNormalMagnitude)
    let pixels = panel.values.flatMap { value -> [UInt8] in
      let share = Double(max(0, value) / highest)
      return [30 + 225 * share, 25 + 205 * share * share + 15 * share, 60 + 60 * (1 - share)].map {
        UInt8(min(255, $0))
      }
    }
    return PNGImage(width: portrait.size, height: portrait.size, pixels: pixels)
  }

  private static func words(_ panel: SpiralFindings.Portrait.Panel, isOutput: Bool) -> String {
    let share = 100 * Double(panel.values.count { $0 > 0 }) / Double(max(1, panel.values.count))
    return isOutput
      ? "Decision regions: class 1 on \(Format.decimal(share, 0)) % of the square"
      : "\(panel.label): active on \(Format.decimal(share, 0)) % of the square"
  }
}
