public import Lanes

/// Class centres spread as far from each other as possible on the unit sphere: a regular simplex, any two of C having the
/// cosine -1/(C - 1).
///
/// What PEDCC (Zhu & Zhang 2019, arXiv:1902.00220) finds by iterated repulsion is here in closed form: the rows of Helmert's
/// matrix are coordinates of a simplex in C - 1 dimensions, and orthonormal columns, from normal numbers by Gram and Schmidt,
/// turn it at random into d dimensions.
public enum EvenCentres {
  /// - Parameters:
  ///   - dimension: d, at least `classes` - 1.
  ///   - random: Draws d (C - 1) normal numbers, column by column.
  /// - Returns: [class][dimension], rows of length 1.
  public static func make(classes: Int, dimension: Int, _ random: inout RandomStream) -> Matrix {
    precondition(classes >= 2 && dimension >= classes - 1, "\(classes) centres in \(dimension) dimensions")
    return simplex(classes) * orthonormalRows(classes - 1, dimension, &random)
  }

  /// [class][classes - 1]: Helmert's coordinates, scaled to length 1.
  private static func simplex(_ classes: Int) -> Matrix {
    var result = Matrix(classes, classes - 1)
    let scale = (Double(classes) / Double(classes - 1)).squareRoot()
    for k in 1..<classes {
      let length = (Double(k) * Double(k + 1)).squareRoot()
      for c in 0..<k { result[c, k - 1] = scale / length }
      result[k, k - 1] = -scale * Double(k) / length
    }
    return result
  }

  /// Rows drawn one after the other, each made orthogonal to those before it, twice for the last digits.
  private static func orthonormalRows(_ count: Int, _ dimension: Int, _ random: inout RandomStream) -> Matrix {
    var rows: [[Double]] = []
    for _ in 0..<count {
      var row = (0..<dimension).map { _ in random.nextNormal() }
      for _ in 0..<2 {
        for other in rows {
          let share = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for i in row.indices { row[i] -= share * other[i] }
        }
        let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in row.indices { row[i] /= length }
      }
      rows.append(row)
    }
    return Matrix(rows)
  }
}
