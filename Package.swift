// swift-tools-version: 6.2
import PackageDescription

// `-enable-testing` lets one optimised build serve both the program and its tests
// (`swift build -c release`, `swift test -c release`): unoptimised, the network is 50 times slower.
let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-enable-testing"], .when(configuration: .release)),
]

/// A C library of the system; the module map in `Sources/System/NAME` says what to link.
///
/// - Parameter pkgConfig: where headers are, if not in `/usr/include`
func system(_ name: String, debian: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

func stage(
  _ name: String, _ dependencies: [Target.Dependency], tests: [Target.Dependency] = []
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: swift),
    .testTarget(
      name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies + tests,
      swiftSettings: swift),
  ]
}

let package = Package(
  name: "emenet",
  products: [.executable(name: "emenet", targets: ["LiveDemo"])],
  targets: [
    system("CV4L2", debian: "libv4l-dev"),
    system("CALSA", debian: "libasound2-dev"),
    system("CTurboJPEG", debian: "libturbojpeg0-dev"),
    system("CPNG", debian: "libpng-dev"),
    system("CFFmpeg", debian: "libavformat-dev"),
    system("CChafa", debian: "libchafa-dev", pkgConfig: "chafa"),
    system("CNcurses", debian: "libncursesw5-dev"),
    system("CCairo", debian: "libcairo2-dev"),
    system("CFFTW", debian: "libfftw3-dev"),
    system("CZip", debian: "libzip-dev"),
    system("CJansson", debian: "libjansson-dev"),
    system("CPopt", debian: "libpopt-dev"),
    system("CLinux", debian: "linux-libc-dev"),
    system("CZeroMQ", debian: "libzmq3-dev"),
    system("CLiblo", debian: "liblo-dev"),
    system("CMosquitto", debian: "libmosquitto-dev"),
    .target(
      name: "CTOML", path: "Sources/System/CTOML", linkerSettings: [.linkedLibrary("tomlplusplus")]),
    .target(name: "Allocation", path: "Sources/System/Allocation"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(
      name: "SoundTesting", dependencies: ["Capture"], path: "Tests/Support/SoundTesting",
      swiftSettings: swift),
    .target(
      name: "TestSupport", dependencies: ["Runtime", "Imaging", "Inference", "Reading", "CFFmpeg"],
      path: "Tests/Support/TestSupport", swiftSettings: swift),
    .target(name: "Kernels", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
  ]
    // In the order of the flow: none knows a later one, and the sinks nothing of each other.
    + stage("Runtime", ["CLinux", "CJansson"], tests: ["TestSupport"])
    + stage("Options", ["Runtime", "CPopt", "CTOML"], tests: ["TestSupport"])
    + stage("Imaging", ["Runtime"])
    + stage(
      "Capture",
      ["Runtime", "Imaging", "CV4L2", "CALSA", "CTurboJPEG", "CPNG", "CFFmpeg"],
      tests: ["AllocationCounter", "SoundTesting"])
    + stage(
      "Layers", ["Runtime", "Kernels", "CZip", "CJansson"], tests: ["Inference", "TestSupport"])
    + stage(
      "FaceCrop", ["Runtime", "Imaging", "Layers", "Kernels"],
      tests: ["AllocationCounter", "Capture", "Inference", "Reading", "CPNG", "TestSupport"])
    + stage(
      "Inference", ["Runtime", "Imaging", "Layers", "Kernels", "CFFTW"],
      tests: ["AllocationCounter", "TestSupport"])
    + stage(
      "Reading", ["Runtime", "Imaging", "Capture", "FaceCrop", "Inference"],
      tests: ["SoundTesting", "TestSupport"])
    + stage("Theme", ["Runtime", "Imaging", "Inference", "Reading", "CCairo"])
    + stage(
      "Screen",
      [
        "Runtime", "Imaging", "Capture", "FaceCrop", "Inference", "Reading", "Theme", "CChafa",
        "CNcurses", "CLinux",
      ],
      tests: ["TestSupport"])
    + stage(
      "Recording",
      [
        "Runtime", "Imaging", "Capture", "Inference", "Reading", "Theme", "CCairo", "CFFmpeg",
        "CLinux",
      ], tests: ["Records", "SoundTesting", "TestSupport"])
    + stage(
      "Records", ["Runtime", "Imaging", "Inference", "Reading", "CFFmpeg"],
      tests: ["AllocationCounter", "TestSupport"])
    + stage(
      "Publishing",
      ["Runtime", "Imaging", "Inference", "Reading", "CZeroMQ", "CLiblo", "CMosquitto"],
      tests: ["TestSupport"])
    + stage(
      "Offline",
      ["Runtime", "Imaging", "Capture", "FaceCrop", "Inference", "Reading", "Theme", "CCairo"],
      tests: ["TestSupport"])
    + stage(
      "Report", ["Runtime", "Imaging", "Inference", "Reading", "Theme", "Records"],
      tests: ["TestSupport"])
    + stage(
      "Words",
      [
        "Runtime", "Options", "Capture", "FaceCrop", "Inference", "Reading", "Theme", "Screen",
        "Recording",
        "Records", "Publishing",
      ])
    + [
      .executableTarget(
        name: "LiveDemo",
        dependencies: [
          "Runtime", "Imaging", "Capture", "FaceCrop", "Inference", "Reading", "Theme", "Screen",
          "Recording", "Records", "Publishing", "Offline", "Report", "Options", "Words",
          "Allocation",
        ],
        swiftSettings: swift),
      .testTarget(
        name: "LiveDemoTests",
        dependencies: [
          "LiveDemo", "Inference", "Layers", "CTurboJPEG", "CFFmpeg", "SoundTesting", "TestSupport",
        ],
        swiftSettings: swift),
    ],
  cxxLanguageStandard: .cxx17
)
