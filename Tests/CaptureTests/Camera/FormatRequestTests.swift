import Testing

@testable import Capture

@Suite struct FormatRequestTests {
  private static func size(_ width: Int, _ height: Int, _ rates: [Double]) -> SizeOffer {
    SizeOffer(widths: width...width, heights: height...height, rates: rates)
  }

  /// Like a USB 2 camera: large raw pictures are slow.
  private static let webcam = [
    FormatOffer(
      pixelFormat: .yuyv, sizes: [size(640, 480, [30, 15]), size(1280, 720, [10])]),
    FormatOffer(
      pixelFormat: .mjpg, sizes: [size(640, 480, [60, 30]), size(1280, 720, [60, 30])]),
    FormatOffer(pixelFormat: FourCC("H264"), sizes: [size(1920, 1080, [30])]),
  ]

  private static func request(_ width: Int, _ height: Int, _ rate: Double, _ format: FourCC)
    -> FormatRequest
  { FormatRequest(width: width, height: height, framesPerSecond: rate, pixelFormat: format) }

  @Test(arguments: [
    (CameraOptions(), request(640, 480, 30, .yuyv)),
    (CameraOptions(framesPerSecond: 60), request(640, 480, 60, .mjpg)),
    (CameraOptions(width: 1280, height: 720), request(1280, 720, 30, .mjpg)),
    (CameraOptions(width: 1280, height: 720, framesPerSecond: 10), request(1280, 720, 10, .yuyv)),
    (CameraOptions(width: 1280, pixelFormat: .yuyv), request(1280, 720, 30, .yuyv)),
    (CameraOptions(width: 1920, height: 1080), request(1280, 720, 30, .mjpg)),
    (CameraOptions(pixelFormat: .nv12), request(640, 480, 30, .yuyv)),
  ])
  func choosesTheNearest(options: CameraOptions, expected: FormatRequest) {
    #expect(FormatRequest(options, offers: Self.webcam) == expected)
  }

  @Test func takesAnySizeInsideARange() {
    let offers = [
      FormatOffer(
        pixelFormat: .nv12, sizes: [SizeOffer(widths: 32...800, heights: 32...600, rates: [30, 1])])
    ]
    #expect(
      FormatRequest(CameraOptions(width: 1000, height: 500), offers: offers)
        == Self.request(800, 500, 30, .nv12))
  }

  @Test func asksOfASilentDriverWhatMostHave() {
    #expect(FormatRequest(CameraOptions(), offers: []) == Self.request(640, 480, 30, .yuyv))
    #expect(
      FormatRequest(
        CameraOptions(), offers: [FormatOffer(pixelFormat: FourCC("H264"), sizes: [])]) == nil)
  }

  @Test(
    arguments: [
      ("mjpeg", "MJPG"), ("MJPG", "MJPG"), ("yuyv", "YUYV"), ("yuyv422", "YUYV"), ("nv12", "NV12"),
      ("grey", "GREY"), ("gray", "GREY"), ("i420", "YU12"), ("abc", nil), ("", nil),
    ] as [(String, String?)])
  func readsNamesOfFormats(name: String, code: String?) {
    #expect(FourCC(named: name)?.description == code)
  }
}
