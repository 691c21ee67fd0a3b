/// The shape of an object: polygons, whose union it is, or a mask.
public enum Segmentation: Equatable, Sendable {
  case polygons([[Double]])
  case mask(RunLengthMask)

  /// The pixels of the object in an image of this size.
  public func mask(height: Int, width: Int) throws(RunLengthMask.PolygonFault) -> RunLengthMask {
    switch self {
    case .mask(let mask): return mask
    case .polygons(let polygons):
      var masks: [RunLengthMask] = []
      for polygon in polygons { masks.append(try RunLengthMask(height: height, width: width, polygon: polygon)) }
      guard let union = RunLengthMask.union(masks) else { throw .corners(0) }
      return union
    }
  }
}
