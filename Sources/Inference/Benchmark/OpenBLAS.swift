import Glibc

/// OpenBLAS on one thread, for comparison. It is loaded only for the benchmark: loading it starts
/// its threads, and a process that may not create threads would exit or hang.
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

  /// Constants from `cblas.h`.
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
