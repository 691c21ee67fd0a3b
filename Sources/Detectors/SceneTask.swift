public import Detection

/// What a detector finds besides boxes with their classes.
public enum SceneTask: String, CaseIterable, Codable, Sendable {
  case detect, segment, keypoints

  /// What is compared with annotations.
  public var recognition: RecognitionTask {
    switch self {
    case .detect: .boxes
    case .segment: .masks
    case .keypoints: .keypoints
    }
  }

  /// Of what precision is, as pages name it.
  public var title: String {
    switch self {
    case .detect: "Boxes"
    case .segment: "Masks"
    case .keypoints: "Keypoints"
    }
  }
}
