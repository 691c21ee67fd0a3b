import Basics
import Datasets
import Foundation
import Testing

/// Folders of images as people have them: which are parts, which are classes, and what is left aside.
@Suite struct ImagePartsTests {
  /// One image each of two classes below two parts.
  private func parts(_ train: String, _ test: String, _ more: [String: String] = [:]) throws -> ImageScratch {
    let files = ["\(train)/cat/1.png": "rgb.png", "\(train)/dog/1.png": "one.png", "\(test)/dog/1.png": "rgba.png"]
    return try ImageScratch(files.merging(more) { $1 })
  }

  @Test(arguments: [
    ("Train", "Test"), ("training", "testing"), ("TRAIN", "valid"), ("train", "VAL"), ("training_set", "test_set"),
    ("photos/Train", "photos/Validation"), ("a/b/train", "a/b/test"),
  ])
  func knowsParts(_ train: String, _ test: String) throws {
    let dataset = try parts(train, test).load()
    #expect(dataset.classNames == ["cat", "dog"] && dataset.train.labels == [0, 1] && dataset.test.labels == [1])
    #expect(try dataset.train.bytes == GoldenImages.pixels("rgb.png") + GoldenImages.pixels("one.png"))
    #expect(dataset.range == 0...255)
  }

  @Test func saysWhatItLeavesAside() throws {
    let folder = try parts(
      "train", "test",
      [
        "val/cat/1.png": "rgb.png", "labels.csv": "rgb.png", "__MACOSX/train/cat/._1.png": "rgb.png",
        ".DS_Store": "one.png",
      ])
    let notes = try folder.load().notes
    #expect(notes == ["left aside in \(folder.scratch.path): val, labels.csv", "transparency is dropped (a file)"])
    let validated = try parts("train", "val").load()
    #expect(validated.notes.first == "val serves for testing")
  }

  @Test func passesByWhatSystemsLeave() throws {
    let dataset = try parts(
      "train", "test",
      [
        "train/__MACOSX/cat/._1.png": "rgb.png", "train/cat/THUMBS.DB": "rgb.png", "train/cat/@eaDir/1.png": "rgb.png",
        "train/.ipynb_checkpoints/1.png": "rgb.png", "train/cat/desktop.ini": "rgb.png",
      ]
    ).load()
    #expect(dataset.classNames == ["cat", "dog"] && dataset.train.count == 2)
  }

  @Test func readsEveryFormat() throws {
    let dataset = try ImageScratch([
      "train/a/1.webp": "lossless.webp", "train/b/1.tif": "rgb.tiff", "test/a/1": "cmyk-adobe.jpg",
      "test/b/1.jpg": "turned.jpg", "test/b/2.tiff": "grey-16.tiff",
    ]).load()
    #expect(try dataset.train.bytes == GoldenImages.pixels("lossless.webp") + GoldenImages.pixels("rgb.tiff"))
    #expect(
      dataset.notes == [
        "16 bits are rounded to 8 (a file)", "CMYK becomes RGB without a profile (a file)",
        "tags that ask to turn the image are not followed (a file)",
      ])
  }

  private static let composed = "\u{E9}", decomposed = "e\u{301}"

  /// Two folders of one class in one part cannot be told; between parts names may differ so, as copies between systems do.
  @Test func tellsUnicodeForms() throws {
    let both = try parts("train", "test", ["train/\(Self.composed)/1.png": "rgb.png"])
    try both.scratch.write("train/\(Self.decomposed)/1.png", GoldenImages.bytes("rgb.png"))
    expectProblem(
      .badData, "two folders whose names look alike", "(U+0065 U+0301)", "(U+00E9)", "Rename one", loading: both.name)
    let single = try ImageScratch(["\(Self.composed)/1.png": "rgb.png", "z/1.png": "rgb.png"])
    try single.scratch.write("\(Self.decomposed)/1.png", GoldenImages.bytes("rgb.png"))
    expectProblem(.badData, "look alike", loading: single.name)
    let copied = try ImageScratch([
      "train/\(Self.composed)/1.png": "rgb.png", "train/z/1.png": "rgb.png", "test/\(Self.decomposed)/1.png": "one.png",
    ])
    #expect(try copied.load().test.labels == [1])
  }

  /// Files whose names differ in Unicode form alone stand in the order of their bytes, whichever was made first.
  @Test func orderIsNotThatOfTheFileSystem() throws {
    let digests = try [true, false].map { isComposedFirst in
      let folder = try parts("train", "test"), names = [Self.composed, Self.decomposed]
      for (index, name) in (isComposedFirst ? names : names.reversed()).enumerated() {
        let image = name.utf8.elementsEqual(Self.composed.utf8) ? "rgb.png" : "one.png"
        try folder.scratch.write("train/cat/\(name).png", GoldenImages.bytes(image))
        try folder.scratch.write("train/cat/\(index).png", GoldenImages.bytes("rgb.png"))
      }
      return try folder.load().digest
    }
    #expect(digests[0] == digests[1])
    #expect(["b", Self.composed, "a", Self.decomposed].sortedNames().map { $0.utf8.count } == [1, 1, 3, 2])
  }

  @Test func refusesWhatCouldMeanTwoThings() throws {
    let files: [([String], [String])] = [
      (["train/a/1.png", "Training/a/1.png"], ["has both Training and train, which mean the same"]),
      (["train/1.png", "test/1.png"], ["has test and train, but no training images in class folders"]),
      (["test/a/1.png", "test/b/1.png", "c/1.png"], ["has test, but no training images"]),
      (
        ["cat/train/1.png", "cat/test/1.png", "dog/train/1.png", "dog/test/1.png"],
        ["all of the same names", "test, train"]
      ),
      (["1/a/1.png", "1/b/1.png", "2/a/1.png", "2/b/1.png"], ["(1, 2) hold only folders", "(a, b): either could be"]),
    ]
    for (paths, words) in files {
      let folder = try ImageScratch(Dictionary(uniqueKeysWithValues: paths.map { ($0, "rgb.png") }))
      for word in words { expectProblem(.badData, word, loading: folder.name) }
    }
  }
}
