#pragma once
#include <png.h>

// Macros that Swift does not import.
static const png_uint_32 emenet_png_bgra = PNG_FORMAT_BGRA;
