package import Pages

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
    let colors: [[Double]] = [[120, 170, 225], [240, 170, 110]]
    var pixels: [UInt8] = []
    for z in portrait.panels[0].values {
      let pale = 0.75 / (1 + Double(abs(z)))
      for part in colors[z > 0 ? 1 : 0] { pixels.append(UInt8(min(255, part + (255 - part) * pale))) }
    }
    let marks: [[UInt8]] = [[10, 50, 110], [120, 45, 0]]
    for point in portrait.points {
      pixels.replaceSubrange(3 * point.place..<3 * point.place + 3, with: marks[point.label])
    }
    return PNGImage(width: portrait.size, height: portrait.size, pixels: pixels)
  }

  /// From zero to the unit's largest value; every second point of the grid along each axis.
  static func activation(_ portrait: SpiralFindings.Portrait, _ panel: SpiralFindings.Portrait.Panel) -> PNGImage {
    let highest = max(panel.values.max() ?? 0, .leastNormalMagnitude)
    let size = (portrait.size + 1) / 2
    var pixels: [UInt8] = []
    for place in 0..<size * size {
      let value = panel.values[place / size * 2 * portrait.size + place % size * 2]
      let share = Double(max(0, value) / highest)
      let parts: [Double] = [30 + 225 * share, 25 + 15 * share + 205 * share * share, 60 + 60 * (1 - share)]
      for part in parts { pixels.append(UInt8(min(255, part))) }
    }
    return PNGImage(width: size, height: size, pixels: pixels)
  }

  private static func words(_ panel: SpiralFindings.Portrait.Panel, isOutput: Bool) -> String {
    let active = panel.values.count { $0 > 0 }, share = 100 * Double(active) / Double(max(1, panel.values.count))
    return isOutput
      ? "Decision regions: class 1 on \(Format.decimal(share, 0)) % of the square"
      : "\(panel.label): active on \(Format.decimal(share, 0)) % of the square"
  }
}
