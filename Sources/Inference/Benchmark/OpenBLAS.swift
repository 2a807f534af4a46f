import Glibc

/// OpenBLAS on one thread, for comparison. It is opened only where it is compared with: its threads
/// start as it is loaded, and a process that gets none would end or hang there.
struct OpenBLAS {
  typealias MatrixProduct =
    @convention(c) (
      UInt32, UInt32, UInt32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  typealias VectorProduct =
    @convention(c) (
      UInt32, UInt32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32,
      Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  /// Of `cblas.h`.
  static let rowMajor: UInt32 = 101
  static let asItIs: UInt32 = 111

  /// `cblas_sgemm`
  let matrixProduct: MatrixProduct
  /// `cblas_sgemv`
  let vectorProduct: VectorProduct

  /// nil if it is not installed.
  init?() {
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW),
      let matrix = dlsym(library, "cblas_sgemm"), let vector = dlsym(library, "cblas_sgemv")
    else { return nil }
    matrixProduct = unsafeBitCast(matrix, to: MatrixProduct.self)
    vectorProduct = unsafeBitCast(vector, to: VectorProduct.self)
  }
}
