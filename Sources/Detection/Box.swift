/// An axis-parallel rectangle in pixels: left and upper edge, width and height, as COCO stores it.
public struct Box: Equatable, Sendable {
  public var x, y, width, height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  public var area: Double { width * height }

  /// As COCO stores it.
  public var numbers: [Double] { [x, y, width, height] }

  /// Intersection over union with an object; over this box's own area where the object is a crowd, any part of which will do.
  ///
  /// - Returns: 0 where they do not touch.
  public func overlap(with object: Box, isCrowd: Bool) -> Double {
    let across = min(x + width, object.x + object.width) - max(x, object.x)
    let down = min(y + height, object.y + object.height) - max(y, object.y)
    guard across > 0, down > 0 else { return 0 }
    let both = across * down
    let either = isCrowd ? area : area + object.area - both
    return either > 0 ? both / either : 0
  }
}
