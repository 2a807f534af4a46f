import Testing

@testable import FaceCrop
