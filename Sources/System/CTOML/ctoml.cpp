// The shared object contains only the variant of the library that throws exceptions.
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 0
#define TOML_SHARED_LIB 1
#include <toml++/toml.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "ctoml.h"

namespace {

struct Teller {
  ctoml_entry entry;
  void *context;

  void tell(const std::string &section, const std::string &key, const toml::node &node, int line) const {
    std::string text;
    char kind = CTOML_OTHER;
    if (auto *value = node.as_string()) {
      text = value->get();
      kind = CTOML_TEXT;
    } else if (auto *value = node.as_integer()) {
      text = std::to_string(value->get());
      kind = CTOML_NUMBER;
    } else if (auto *value = node.as_floating_point()) {
      char digits[40];
      std::snprintf(digits, sizeof digits, "%.15g", value->get());
      text = digits;
      kind = CTOML_NUMBER;
    } else if (auto *value = node.as_boolean()) {
      text = value->get() ? "true" : "false";
      kind = CTOML_FLAG;
    }
    entry(context, section.c_str(), key.c_str(), text.c_str(), kind, line);
  }

  void tell(const std::string &section, const toml::table &table) const {
    for (auto &&[name, node] : table) {
      const std::string key(name.str());
      const int line = static_cast<int>(name.source().begin.line);
      if (auto *inner = node.as_table()) {
        if (section.empty()) {
          tell(key, *inner);
        } else {
          tell(section, key, node, line);
        }
      } else if (auto *array = node.as_array()) {
        for (auto &&element : *array) tell(section, key, element, line);
      } else {
        tell(section, key, node, line);
      }
    }
  }
};

}  // namespace

int ctoml_read(const char *text, size_t length, ctoml_entry entry, void *context, char *problem,
               size_t problem_size, int *line) {
  try {
    Teller{entry, context}.tell("", toml::parse(std::string_view(text, length)));
    return 0;
  } catch (const toml::parse_error &error) {
    const std::string words(error.description());
    std::snprintf(problem, problem_size, "%s", words.c_str());
    *line = static_cast<int>(error.source().begin.line);
    return 1;
  }
}
