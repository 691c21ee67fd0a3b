import Basics
import Datasets
import Foundation
import Testing

/// What is written is read back by the reader of data sets, which checks sizes and checksums.
@Suite struct NPZWriterTests {
  @Test func readsBack() throws {
    let scratch = try Scratch()
    var file = NPZWriter()
    let x: [Float] = [0.5, -1, 2, 3.25, 1e-9, 7], y: [Int32] = [0, 1, 1]
    file.add("x_train", x, shape: [3, 2])
    file.add("y_train", y, shape: [3])
    file.add("x_test", Array(x[..<4]), shape: [2, 2])
    file.add("y_test", Array(y[..<2]), shape: [2])
    let dataset = try Catalog.dataset(named: "npz:\(try scratch.write("written.npz", Array(file.data)))")
    #expect(dataset.train.floats == x && dataset.test.floats == Array(x[..<4]))
    #expect(dataset.train.labels == y && dataset.test.labels == [0, 1])
  }
}
