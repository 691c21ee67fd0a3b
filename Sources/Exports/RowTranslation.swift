import Basics
import Networks

/// What a form keeps of its values if its operators tell rows (samples x features) from images (samples x channels x height x width).
///
/// The engine does not: features are images of one place, and images read by a linear layer are rows.
protocol RowTranslation {
  /// Values that are one row a sample.
  var rows: Set<String> { get set }
  /// Images that have been made of rows.
  var images: Set<String> { get set }
  /// Adds the operator that makes a row of a value.
  mutating func addRow(_ row: String, of value: String, _ shape: FeatureShape)
  /// Adds the operator that makes an image, of one place, of a row.
  mutating func addImage(_ image: String, of value: String, _ shape: FeatureShape)
}

extension RowTranslation {
  /// The value as one row a sample.
  mutating func row(_ value: String, of shape: FeatureShape) -> String {
    if rows.contains(value) { return value }
    let row = "\(value):row"
    if rows.insert(row).inserted { addRow(row, of: value, shape) }
    return row
  }

  /// The value as an image.
  mutating func image(_ value: String, of shape: FeatureShape) -> String {
    guard rows.contains(value) else { return value }
    let image = "\(value):image"
    if images.insert(image).inserted { addImage(image, of: value, shape) }
    return image
  }

  /// Values of a sum, which must all be rows or all be images.
  mutating func alike(_ values: [String], _ shape: FeatureShape) -> [String] {
    let areRows = values.map(rows.contains)
    return areRows.contains(true) && areRows.contains(false) ? values.map { row($0, of: shape) } : values
  }
}

extension Parameters {
  /// A node's tensor of that role, if it has one.
  func tensor(of node: String, _ role: ParameterShape.Role) -> (dimensions: [Int], values: [Float])? {
    layout.entries(of: node).first { $0.shape.role == role }.map { ($0.shape.dimensions, Array(values[$0.range])) }
  }
}
