#pragma once
#include <jansson.h>

// A macro with an argument, which Swift does not import.
static inline size_t emenet_json_real_precision(int digits) { return JSON_REAL_PRECISION(digits); }
