public import Basics
public import Lanes

/// How training images are changed at random each time they are used: a function of the seed, the epoch and the sample,
/// hence the same for any number of threads and for a run that was stopped and resumed.
///
/// Both as torchvision has them before `ToTensor` and `Normalize`: `RandomCrop(size, padding: p)`, whose border is black
/// (the stored number 0, which is then normalised like any other), followed by `RandomHorizontalFlip()`. This is the
/// recipe of He et al. 2016 (arXiv:1512.03385, section 4.2) for CIFAR-10, with p = 4.
public struct Augmentation: Hashable, Sendable {
  /// Each image is surrounded by as many black pixels on every side, and a window of its own size taken at random.
  public var padding: Int
  /// Each image is mirrored, left to right, with probability 1/2.
  public var flips: Bool

  public static let none = Augmentation()
  /// What networks for CIFAR-10 are usually trained with.
  public static let cropAndFlip = Augmentation(padding: 4, flips: true)
  public static let largestPadding = 64

  public init(padding: Int = 0, flips: Bool = false) {
    precondition((0...Self.largestPadding).contains(padding), "a padding of \(padding)")
    self.padding = padding
    self.flips = flips
  }

  public var isActive: Bool { self != .none }

  /// The numbers of an epoch. Each sample has four words of its own, whatever else is drawn.
  public func stream(seed: UInt64, epoch: Int) -> RandomStream {
    RandomStream(seed: seed, "augmentation/epoch \(epoch)")
  }

  /// How a sample is moved in the epoch of `stream`: its first word chooses the row of the window, the second the column,
  /// the highest bit of the third whether it is mirrored.
  /// - Parameter sample: Its index in the training split.
  public func move(of sample: Int32, _ stream: RandomStream) -> SampleMove {
    let words = stream.words(at: UInt64(sample))
    return SampleMove(rows: offset(words[0]), columns: offset(words[1]), isMirrored: flips && words[2] >> 31 == 1)
  }

  /// A whole number from -padding to padding; the bias is below 2^-25.
  private func offset(_ word: UInt32) -> Int32 {
    Int32((UInt64(word) * UInt64(2 * padding + 1)) >> 32) - Int32(padding)
  }

  /// - Throws: `Problem.usage` if samples of this shape are no images, or smaller than the padding.
  public func checkFits(_ shape: FeatureShape, data: String) throws {
    guard isActive else { return }
    guard shape.height > 1, shape.width > 1 else {
      throw Problem.usage(
        "augmentation=\(settingText) moves the pixels of images, and the samples of \(data) are none (\(shape)).",
        remedy: "Leave augmentation out.")
    }
    guard padding < min(shape.height, shape.width) else {
      throw Problem.usage(
        "A padding of \(padding) can move images of \(shape.height)x\(shape.width) pixels out of sight.",
        remedy: "Choose a smaller one: augmentation=crop:\(max(1, min(shape.height, shape.width) / 8)).")
    }
  }
}

extension Augmentation: SettingValue {
  /// Reads `none`, `crop-flip` (the usual `crop:4,flip`), or `crop`, `crop:PADDING` and `flip` with commas.
  public init?(setting text: String) {
    self.init()
    if text == "none" { return }
    if text == "crop-flip" {
      self = .cropAndFlip
      return
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if part == "flip", !flips {
        flips = true
      } else if padding == 0, let padding = Self.padding(part) {
        self.padding = padding
      } else {
        return nil
      }
    }
  }

  private static func padding(_ part: Substring) -> Int? {
    if part == "crop" { return cropAndFlip.padding }
    guard part.hasPrefix("crop:"), let padding = Int(part.dropFirst(5)), (1...largestPadding).contains(padding) else {
      return nil
    }
    return padding
  }

  public var settingText: String {
    let parts = (padding > 0 ? ["crop:\(padding)"] : []) + (flips ? ["flip"] : [])
    return parts.isEmpty ? "none" : parts.joined(separator: ",")
  }

  public static var settingForm: String {
    "none, crop-flip, or some of crop:PADDING (from 1 to \(largestPadding)) and flip, with commas"
  }
}
