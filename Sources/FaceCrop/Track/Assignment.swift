/// Pairs rows with columns to maximise the sum of their gains (the Hungarian method with
/// potentials, Kuhn 1955 and Munkres 1957). Pairs without gain stay unmatched.
///
/// - Parameter gains: (rows, columns), at least 0
/// - Returns: the column of each row, nil if it has none
func assign(_ gains: [[Float]]) -> [Int?] {
  let (rows, columns) = (gains.count, gains.first?.count ?? 0)
  guard rows > 0, columns > 0 else { return [Int?](repeating: nil, count: rows) }
  // One extra column per row stands for "none" and gains nothing.
  let width = columns + rows
  func cost(_ row: Int, _ column: Int) -> Float { column < columns ? -gains[row][column] : 0 }
  var (rowPotential, columnPotential) = (
    [Float](repeating: 0, count: rows + 1),
    [Float](repeating: 0, count: width + 1)
  )
  var owner = [Int](repeating: 0, count: width + 1)  // of each column, rows from 1; 0 is free
  var previous = [Int](repeating: 0, count: width + 1)
  for row in 1...rows {
    owner[0] = row
    var column = 0
    var least = [Float](repeating: .infinity, count: width + 1)
    var isUsed = [Bool](repeating: false, count: width + 1)
    repeat {
      isUsed[column] = true
      let current = owner[column]
      var (step, next) = (Float.infinity, 0)
      for candidate in 1...width where !isUsed[candidate] {
        let reduced =
          cost(current - 1, candidate - 1) - rowPotential[current] - columnPotential[candidate]
        if reduced < least[candidate] {
          least[candidate] = reduced
          previous[candidate] = column
        }
        if least[candidate] < step {
          step = least[candidate]
          next = candidate
        }
      }
      for candidate in 0...width {
        if isUsed[candidate] {
          rowPotential[owner[candidate]] += step
          columnPotential[candidate] -= step
        } else {
          least[candidate] -= step
        }
      }
      column = next
    } while owner[column] != 0
    repeat {
      let before = previous[column]
      owner[column] = owner[before]
      column = before
    } while column != 0
  }
  var result = [Int?](repeating: nil, count: rows)
  for column in 1...columns where owner[column] != 0 && gains[owner[column] - 1][column - 1] > 0 {
    result[owner[column] - 1] = column - 1
  }
  return result
}
