/// A small picture of counts over the pixels of an input, one panel for each channel.
public struct HeatMap: Codable, Equatable, Sendable {
  public var id: String
  public var title: String
  public var channels: Int
  public var height: Int
  public var width: Int
  /// Channel by channel, row by row.
  public var values: [Int]
  /// The largest count of all channels, the upper end of the colour scale.
  public var maximum: Int

  /// - Returns: `nil` unless `shape` is channels, height and width of just as many pixels as there are values.
  public init?(id: String, title: String, shape: [Int], values: [Int]) {
    guard shape.count == 3, shape.allSatisfy({ $0 > 0 }), let maximum = values.max() else { return nil }
    let (pixels, overflow) = shape[1].multipliedReportingOverflow(by: shape[2])
    guard !overflow, values.count % pixels == 0, values.count / pixels == shape[0] else { return nil }
    self.id = id
    self.title = title
    // Features without place stand in one row.
    let isFlat = pixels == 1
    channels = isFlat ? 1 : shape[0]
    height = shape[1]
    width = isFlat ? shape[0] : shape[2]
    self.values = values
    self.maximum = maximum
  }

  /// The picture in words: pixels without a connection, the best connected pixel, and how much the middle holds.
  public var summary: String {
    let total = values.reduce(0, +)
    guard total > 0, let best = values.firstIndex(of: maximum) else { return "No input has a connection left." }
    let pixel = best % (height * width)
    let channel = channels > 1 ? " of channel \(best / (height * width) + 1)" : ""
    let place = "row \(pixel / width + 1), column \(pixel % width + 1)\(channel)"
    return """
      \(Format.count(total)) connections, at most \(Format.count(maximum)) of one input (\(place)). \
      \(unconnected)\(middle(total))
      """
  }

  private var unconnected: String {
    let empty = values.count { $0 == 0 }
    guard empty > 0 else { return "Every input is connected." }
    let share = Format.significant(100 * Double(empty) / Double(values.count))
    return "\(Format.count(empty)) of \(Format.count(values.count)) inputs (\(share)\(Format.space)%) have none."
  }

  private func middle(_ total: Int) -> String {
    guard height >= 4, width >= 4 else { return "" }
    let rows = height / 4..<height - height / 4, columns = width / 4..<width - width / 4
    let inside = values.indices.reduce(0) { sum, index in
      let pixel = index % (height * width)
      return rows.contains(pixel / width) && columns.contains(pixel % width) ? sum + values[index] : sum
    }
    let share = Format.significant(100 * Double(inside) / Double(total))
    return " The middle \(rows.count) × \(columns.count) pixels hold \(share)\(Format.space)% of them."
  }

  public var html: HTMLText {
    let panels = (0..<channels).map { channel -> HTMLText in
      let name = channels > 1 ? "Channel \(channel + 1). " : ""
      let caption: HTMLText? = channels > 1 ? "<span class=\"channel\">channel \(channel + 1)</span>" : nil
      return """
        <span class="panel"><canvas class="map" data-map="\(id)" data-channel="\(channel)" width="\(width)" \
        height="\(height)" role="img" aria-label="\(title). \(name)\(summary)"></canvas>\(caption)</span>
        """
    }
    return """
      <figure class="heat"><figcaption>\(title)</figcaption>
      <div class="panels">\(panels)</div>
      <div class="scale"><span>0</span><span class="ramp"></span><span>\(Format.count(maximum))</span></div>
      <p class="note">\(summary)</p></figure>

      """
  }
}
