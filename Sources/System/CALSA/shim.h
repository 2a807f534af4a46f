#pragma once
#include <alsa/asoundlib.h>

// The library's messages would corrupt the terminal screen; its error handler is variadic.
static void emenet_alsa_ignore(const char *file, int line, const char *function, int error,
                               const char *format, ...) {
  (void)file, (void)line, (void)function, (void)error, (void)format;
}
static inline void emenet_alsa_quiet(void) { snd_lib_error_set_handler(emenet_alsa_ignore); }
