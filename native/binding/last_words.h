// What a process says that is ended from outside its event loop. lib/native/addon.ts has the same type.
#pragma once

#include <memory>
#include <string>

#include "binding/env.h"

namespace shac::binding {

struct LastWords {
  std::string waiting;  // on standard error after a first signal that is not heard
  std::string ended;    // on standard error at the end
  std::string result;   // to `output` at the end
  int output = -1;
};

// Throws for an argument that is no object with them.
inline std::unique_ptr<LastWords> last_words_of(const Napi::Value& argument) {
  const Napi::Object object = object_argument(argument, "lastWords");
  auto words = std::make_unique<LastWords>();
  words->waiting = text_property(object, "waiting");
  words->ended = text_property(object, "ended");
  words->result = text_property(object, "result");
  words->output = property(object, "output").ToNumber().Int32Value();
  return words;
}

}  // namespace shac::binding
