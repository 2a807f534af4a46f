#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Kinds of values; anything other than the first three is 'x'.
enum ctoml_kind { CTOML_TEXT = 's', CTOML_NUMBER = 'n', CTOML_FLAG = 'b', CTOML_OTHER = 'x' };

// One value. Each element of an array is reported separately; `section` is "" at the top level.
typedef void (*ctoml_entry)(void *context, const char *section, const char *key, const char *value,
                            char kind, int line);

// Reads TOML text and reports its values in no particular order. Returns 0, or 1 if it is
// malformed; then `problem` says why and `line` where.
int ctoml_read(const char *text, size_t length, ctoml_entry entry, void *context, char *problem,
               size_t problem_size, int *line);

#ifdef __cplusplus
}
#endif
