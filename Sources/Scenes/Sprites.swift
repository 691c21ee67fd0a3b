public import Basics
public import Datasets
import Detection
import Lanes

/// Scenes made of images of a data set: one to a few of them, at three sizes, on a dark canvas.
///
/// Scene i depends on its number and the seed alone. Stream: `sprites/train/i`, `sprites/test/i`.
public struct Sprites: SceneForm {
  public let prefix = "sprites"
  public let usage = "sprites, sprites:NAME of a grey image data set"

  public init() {}

  /// Sides of small, medium and large sprites in pixels.
  static let sides = [8...12, 13...20, 21...28]

  public func load(_ argument: String?, _ settings: SceneSettings, _ locator: DataLocator) throws -> SceneSet {
    let name = argument ?? "digits", source = try Catalog.dataset(named: name, from: locator)
    guard source.inputShape.channels == 1, source.inputShape.height > 1, source.inputShape.height == source.inputShape.width
    else {
      throw Problem.usage(
        "sprites:\(name): its samples are \(source.inputShape), not square grey images.",
        remedy: "Choose a data set of such images, such as sprites:digits or sprites:fashion-mnist.")
    }
    guard settings.scenes > 0, settings.testScenes > 0 else {
      throw Problem.usage("Sprites are made, so that there are never none.", remedy: "Give --set scenes=4000 test-scenes=1000.")
    }
    let names = source.classNames.isEmpty ? (0..<source.classCount).map(String.init) : source.classNames
    let limits = SizeLimits(small: square(Self.sides[0], Self.sides[1]), large: square(Self.sides[1], Self.sides[2]))
    return SceneSet(
      name: argument.map { "sprites:\($0)" } ?? "sprites", source: "made of \(source.name)",
      shape: FeatureShape(channels: 1, height: settings.canvas, width: settings.canvas),
      categories: names.enumerated().map { Category(id: $0 + 1, name: $1) },
      keypointNames: ["top left", "top right", "bottom right", "bottom left"], sizeLimits: limits,
      train: part(source, source.train, "train", settings.scenes, settings),
      test: part(source, source.test, "test", settings.testScenes, settings))
  }

  /// The square of the side halfway between the largest of one size and the smallest of the next.
  private func square(_ a: ClosedRange<Int>, _ b: ClosedRange<Int>) -> Double {
    let side = Double(a.upperBound + b.lowerBound) / 2
    return side * side
  }

  private func part(_ source: Dataset, _ split: Split, _ name: String, _ count: Int, _ settings: SceneSettings) -> ScenePart {
    let maker = SpriteMaker(source, split, settings)
    var images: [UInt8] = [], scenes: [[SceneObject]] = []
    images.reserveCapacity(count * settings.canvas * settings.canvas)
    for i in 0..<count {
      var random = RandomStream(seed: settings.sceneSeed, "sprites/\(name)/\(i)")
      let (pixels, objects) = maker.scene(&random)
      images += pixels
      scenes.append(objects)
    }
    return ScenePart(images: images, scenes: scenes)
  }
}

/// Draws scenes of the samples of one split.
private struct SpriteMaker {
  private let settings: SceneSettings
  private let side: Int
  private let split: Split
  private let members: [[Int32]]
  /// Of classes, by Zipf's law: the first class is the most frequent.
  private let cumulative: [Double]
  private let scale: Float

  init(_ source: Dataset, _ split: Split, _ settings: SceneSettings) {
    (self.settings, self.split, side) = (settings, split, source.inputShape.height)
    scale = 255 * source.pixelScale
    var members = [[Int32]](repeating: [], count: source.classCount)
    for (i, label) in split.labels.enumerated() { members[Int(label)].append(Int32(i)) }
    self.members = members
    var sum = 0.0
    cumulative = members.indices.map { i in
      if !members[i].isEmpty { sum += 1 / Deterministic.power(Double(i + 1), settings.zipf) }
      return sum
    }
  }

  /// A sprite with its place: bytes and which pixels are its own.
  private struct Sprite {
    var category, row, column, side: Int
    var pixels: [UInt8]
    /// Pixels above an eighth of white are the sprite's own.
    func owns(_ row: Int, _ column: Int) -> Bool { pixels[row * side + column] >= 32 }
  }

  func scene(_ random: inout RandomStream) -> (pixels: [UInt8], objects: [SceneObject]) {
    let canvas = settings.canvas, count = 1 + random.nextIndex(below: settings.objects)
    var owner = [Int](repeating: -1, count: canvas * canvas), pixels = [UInt8](repeating: 0, count: canvas * canvas)
    for i in pixels.indices { pixels[i] = UInt8(random.nextIndex(below: 24)) }
    for _ in 0..<settings.clutter { addStroke(to: &pixels, &random) }
    var sprites: [Sprite] = []
    for _ in 0..<count {
      // A place that covers too much of the others is drawn anew, a few times.
      for _ in 0..<20 {
        let sprite = sprite(&random)
        guard fits(sprite, sprites, owner) else { continue }
        for row in 0..<sprite.side {
          for column in 0..<sprite.side where sprite.owns(row, column) {
            let place = (sprite.row + row) * canvas + sprite.column + column
            owner[place] = sprites.count
            pixels[place] = sprite.pixels[row * sprite.side + column]
          }
        }
        sprites.append(sprite)
        break
      }
    }
    return (pixels, sprites.indices.map { object($0, sprites[$0], owner) })
  }

  /// A faint line of a few pixels.
  private func addStroke(to pixels: inout [UInt8], _ random: inout RandomStream) {
    let canvas = settings.canvas, length = 4 + random.nextIndex(below: 8), value = 60 + random.nextIndex(below: 100)
    let row = random.nextIndex(below: canvas), column = random.nextIndex(below: canvas)
    let slope = random.nextUniform() * 2 - 1, isFlat = random.nextUniform() < 0.5
    for i in 0..<length {
      let shift = Int((Double(i) * slope).rounded())
      let (r, c) = isFlat ? (row + shift, column + i) : (row + i, column + shift)
      if 0..<canvas ~= r, 0..<canvas ~= c { pixels[r * canvas + c] = UInt8(value) }
    }
  }

  private func sprite(_ random: inout RandomStream) -> Sprite {
    let drawn = random.nextUniform() * cumulative.last!
    let category = cumulative.firstIndex { drawn < $0 } ?? cumulative.count - 1
    let member = members[category][random.nextIndex(below: members[category].count)]
    let range = Sprites.sides[random.nextIndex(below: Sprites.sides.count)]
    let side = range.lowerBound + random.nextIndex(below: range.count)
    let pixels = resized(sample(Int(member)), to: side)
    let free = settings.canvas - side + 1
    return Sprite(
      category: category, row: random.nextIndex(below: free), column: random.nextIndex(below: free), side: side, pixels: pixels)
  }

  private func sample(_ place: Int) -> [Float] {
    let range = place * side * side..<(place + 1) * side * side
    switch split.pixels {
    case .bytes(let values): return values[range].map { Float($0) * scale }
    case .floats(let values): return values[range].map { $0 * scale }
    }
  }

  /// The sample without its empty edge, bilinearly at another size, so that the sprite fills its square along its longer side.
  private func resized(_ sample: [Float], to size: Int) -> [UInt8] {
    let crop = cropped(sample)
    var out = [UInt8](repeating: 0, count: size * size)
    let scale = Float(crop.side) / Float(size)
    func value(_ row: Int, _ column: Int) -> Float {
      let r = crop.row + row, c = crop.column + column
      return 0..<side ~= r && 0..<side ~= c ? sample[r * side + c] : 0
    }
    for row in 0..<size {
      let y = (Float(row) + 0.5) * scale - 0.5, top = Int(y.rounded(.down)), down = y - Float(top)
      for column in 0..<size {
        let x = (Float(column) + 0.5) * scale - 0.5, left = Int(x.rounded(.down)), across = x - Float(left)
        let upper = value(top, left) * (1 - across) + value(top, left + 1) * across
        let lower = value(top + 1, left) * (1 - across) + value(top + 1, left + 1) * across
        out[row * size + column] = UInt8(min(255, max(0, (upper * (1 - down) + lower * down).rounded())))
      }
    }
    return out
  }

  private func cropped(_ sample: [Float]) -> (row: Int, column: Int, side: Int) {
    var (top, bottom, left, right) = (side, -1, side, -1)
    for row in 0..<side {
      for column in 0..<side where sample[row * side + column] >= 32 {
        (top, bottom, left, right) = (min(top, row), max(bottom, row), min(left, column), max(right, column))
      }
    }
    guard bottom >= top else { return (0, 0, side) }
    let longest = max(bottom - top, right - left) + 1
    return ((top + bottom + 1 - longest) / 2, (left + right + 1 - longest) / 2, longest)
  }

  /// Whether no sprite before it loses more than the allowed share of its pixels.
  private func fits(_ sprite: Sprite, _ others: [Sprite], _ owner: [Int]) -> Bool {
    let canvas = settings.canvas
    for (i, other) in others.enumerated() {
      var own = 0, left = 0
      for row in 0..<other.side {
        for column in 0..<other.side where other.owns(row, column) {
          own += 1
          let r = other.row + row, c = other.column + column
          guard owner[r * canvas + c] == i else { continue }
          let (dr, dc) = (r - sprite.row, c - sprite.column)
          let isCovered = 0..<sprite.side ~= dr && 0..<sprite.side ~= dc && sprite.owns(dr, dc)
          if !isCovered { left += 1 }
        }
      }
      if Double(own - left) > settings.occlusion * Double(own) { return false }
    }
    return (0..<sprite.side * sprite.side).contains { sprite.pixels[$0] >= 32 }
  }

  private func object(_ number: Int, _ sprite: Sprite, _ owner: [Int]) -> SceneObject {
    let canvas = settings.canvas
    var whole = Extent(), counts: [UInt32] = [], length: UInt32 = 0, isObject = false
    for row in 0..<sprite.side {
      for column in 0..<sprite.side where sprite.owns(row, column) { whole.add(sprite.row + row, sprite.column + column) }
    }
    for column in 0..<canvas {
      for row in 0..<canvas {
        let isHere = owner[row * canvas + column] == number
        if isHere != isObject {
          counts.append(length)
          (length, isObject) = (0, isHere)
        }
        length += 1
      }
    }
    counts.append(length)
    let mask = RunLengthMask(height: canvas, width: canvas, counts: counts), box = mask.boundingBox
    let corners = [(whole.left, whole.top), (whole.right, whole.top), (whole.right, whole.bottom), (whole.left, whole.bottom)]
    let flat = corners.flatMap { x, y -> [Double] in
      let there = owner[min(canvas - 1, y) * canvas + min(canvas - 1, x)]
      return [Double(x), Double(y), there >= 0 && there != number ? 1 : 2]
    }
    return SceneObject(category: sprite.category, box: box, mask: mask, keypoints: Keypoints(flat: flat), area: box.area)
  }
}

/// The smallest rectangle around some pixels; right and bottom are the first beyond it.
private struct Extent {
  var left = Int.max, top = Int.max, right = 0, bottom = 0

  mutating func add(_ row: Int, _ column: Int) {
    (left, top) = (min(left, column), min(top, row))
    (right, bottom) = (max(right, column + 1), max(bottom, row + 1))
  }
}
