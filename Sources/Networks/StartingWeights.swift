/// Weights that a network starts from in place of random ones: those of a file, trained elsewhere.
public struct StartingWeights: Sendable {
  public var parameters: Parameters
  /// Where they come from, as a reader knows it: `net.onnx (pytorch 2.1)`.
  public var source: String
  /// What became of the file's content on the way, one sentence each: what was folded, left out, or had other names.
  public var notes: [String]
  /// What the file's network does to every channel of its input before its first layer, `(multiplier, shift)`; `nil` for
  /// nothing. Training data have to be normalised like this.
  public var affine: [(multiplier: Float, shift: Float)]?
  /// Of a `state_dict`, a line a tensor: which of the file's is which of the network's.
  public var map: [String] = []
  /// Of a `state_dict`, the names of modules by layer.
  public var modules: [String: String] = [:]

  public init(
    _ parameters: Parameters, source: String, notes: [String] = [],
    affine: [(multiplier: Float, shift: Float)]? = nil
  ) {
    (self.parameters, self.source, self.notes, self.affine) = (parameters, source, notes, affine)
  }
}
