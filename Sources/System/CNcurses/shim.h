#pragma once
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

// ncurses keeps its state in globals and macros; these give Swift the few that the screen needs.
static inline int emenet_curses_columns(void) { return COLS; }
static inline int emenet_curses_rows(void) { return LINES; }
static inline int emenet_curses_colors(void) { return COLORS; }
static inline void emenet_curses_keys(void) {
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  set_escdelay(25);
}
static inline int emenet_curses_pairs(void) { return COLOR_PAIRS; }
static inline TERMINAL *emenet_curses_terminal(void) { return cur_term; }
static inline SCREEN *emenet_curses_open(const char *name, FILE *output) {
  return newterm((char *)name, output, stdin);
}
static inline bool emenet_curses_has(const char *capability) {
  const char *text = tigetstr((char *)capability);
  return text != NULL && text != (const char *)-1;
}
// terminfo's names, and their values in the current description; the lists end with NULL.
static inline const char *emenet_terminfo_flag_name(int index) { return boolnames[index]; }
static inline const char *emenet_terminfo_number_name(int index) { return numnames[index]; }
static inline const char *emenet_terminfo_string_name(int index) { return strnames[index]; }
static inline int emenet_terminfo_flag(const char *name) { return tigetflag((char *)name); }
static inline int emenet_terminfo_number(const char *name) { return tigetnum((char *)name); }
/// NULL if it is absent
static inline const char *emenet_terminfo_string(const char *name) {
  const char *text = tigetstr((char *)name);
  return text == (const char *)-1 ? NULL : text;
}
static inline int emenet_window_size(struct winsize *size) {
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, size);
}
static inline int emenet_curses_key(void) { return getch(); }
static inline void emenet_curses_erase(void) { erase(); }
static inline void emenet_curses_refresh(void) { refresh(); }
static inline void emenet_curses_repaint(void) { clearok(curscr, TRUE); }

/// One cell; `pair` may exceed the 256 that A_COLOR holds.
static inline void emenet_curses_put(int row, int column, wchar_t glyph, attr_t attributes, int pair) {
  wchar_t text[2] = {glyph, 0};
  cchar_t cell;
  setcchar(&cell, text, attributes, 0, &pair);
  mvadd_wch(row, column, &cell);
}

static const attr_t emenet_curses_bold = A_BOLD;
static const attr_t emenet_curses_dim = A_DIM;
static const attr_t emenet_curses_reverse = A_REVERSE;
/// Codes from this one on are function keys, not characters.
static const int emenet_key_first = KEY_MIN;
static const int emenet_key_left = KEY_LEFT;
static const int emenet_key_right = KEY_RIGHT;
