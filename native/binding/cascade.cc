#include "binding/cascade.h"

#include <string>
#include <utility>

#include "binding/entries.h"
#include "binding/job.h"
#include "core/error.h"
#include "core/sampler/draw.h"

namespace shac::binding {
namespace {

CodeSpace::Snap snap_of(const Napi::Value& value) {
  if (value.IsNull() || value.IsUndefined()) return nullptr;
  const auto codes = codes_argument(value, "a snap table");
  return std::make_shared<const std::vector<std::uint16_t>>(codes.begin(), codes.end());
}

// null, or a list of { parent, codes }.
std::vector<Condition> conditions_of(const Napi::Value& value) {
  std::vector<Condition> list;
  if (value.IsNull() || value.IsUndefined()) return list;
  if (!value.IsArray()) invalid_argument(value.Env(), "conditions must be null or an array");
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Object condition = object_argument(array.Get(i), "condition");
    const auto codes = bytes_argument(property(condition, "codes"), "the codes of a condition");
    const std::uint64_t parent = whole_property(condition, "parent", 0, 0xffffffff);
    list.emplace_back(static_cast<std::uint32_t>(parent), std::vector<std::uint8_t>(codes.begin(), codes.end()));
  }
  return list;
}

Conditions all_conditions(const Napi::Value& value, std::size_t dimensions) {
  if (value.IsNull() || value.IsUndefined()) return {};
  if (!value.IsArray() || value.As<Napi::Array>().Length() != dimensions) {
    invalid_argument(value.Env(), "levels and conditions differ in length");
  }
  const auto array = value.As<Napi::Array>();
  std::vector<std::vector<Condition>> lists;
  for (std::uint32_t j = 0; j < array.Length(); ++j) {
    std::vector<Condition> list = conditions_of(array.Get(j));
    // Tables can be long: those of neighbours are often the same, and are then shared.
    if (!lists.empty() && lists.back() == list) list = lists.back();
    lists.push_back(std::move(list));
  }
  return Conditions(std::move(lists));
}

CodeSpace code_space(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    invalid_argument(env, "levels must be a Uint32Array");
  }
  if (!info[1].IsArray()) invalid_argument(env, "snaps must be an array");
  const auto levels = info[0].As<Napi::Uint32Array>();
  const auto snaps = info[1].As<Napi::Array>();
  if (snaps.Length() != levels.ElementLength()) invalid_argument(env, "levels and snaps differ in length");
  CodeSpace space;
  space.levels.assign(levels.Data(), levels.Data() + levels.ElementLength());
  for (std::uint32_t j = 0; j < snaps.Length(); ++j) space.snaps.push_back(snap_of(snaps.Get(j)));
  space.conditions = all_conditions(info[2], space.levels.size());
  return space;
}

// Whole rows of codes, each one that its coordinate can have.
std::span<const std::uint16_t> rows_argument(const Napi::Value& value, const CodeSpace& space) {
  const auto codes = codes_argument(value, "codes");
  const std::size_t d = space.dimensions();
  if (codes.size() % d != 0) {
    invalid_argument(value.Env(), std::to_string(codes.size()) + " codes are not rows of " + std::to_string(d));
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] >= space.end(i % d)) {
      invalid_argument(value.Env(), "code " + std::to_string(codes[i]) + " of coordinate " + std::to_string(i % d) +
                                        " is not below " + std::to_string(space.end(i % d)));
    }
  }
  return codes;
}

const Forest& forest_argument(const Napi::Value& value, const Cascade& cascade) {
  if (!value.IsNumber()) invalid_argument(value.Env(), "classifier must be a number");
  const double index = value.As<Napi::Number>().DoubleValue();
  if (!(index >= 0 && index < static_cast<double>(cascade.size()))) {
    invalid_argument(value.Env(),
                     "classifier is " + std::to_string(index) + ", there are " + std::to_string(cascade.size()));
  }
  return cascade.forest(static_cast<std::size_t>(index));
}

class CompileJob final : public Job {
 public:
  CompileJob(Napi::Env env, std::vector<std::uint8_t> model) : Job(env, {}), model_(std::move(model)) {}

 private:
  void compute(const CancelToken&) override { forest_ = std::make_shared<const Forest>(read_model(model_)); }

  Napi::Value result(Napi::Env env) override { return make_handle<CompiledClassifier>(env, forest_); }

  const std::vector<std::uint8_t> model_;
  CompiledClassifier forest_;
};

}  // namespace

Napi::Value create_cascade(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return make_handle<Cascade>(info.Env(), code_space(info)); });
}

Napi::Value append_classifier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Cascade& cascade = handle_argument<Cascade>(info[0]);
    if (info[1].IsExternal()) {
      cascade = cascade.with(handle_argument<CompiledClassifier>(info[1]));
    } else {
      cascade = cascade.with(Forest(read_model(bytes_argument(info[1], "model"))));
    }
    return Napi::Number::New(info.Env(), static_cast<double>(cascade.size()));
  });
}

Napi::Value accepts(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Cascade& cascade = handle_argument<Cascade>(info[0]);
    const auto codes = rows_argument(info[1], cascade.space());
    const std::size_t d = cascade.space().dimensions();
    std::vector<std::uint8_t> verdicts(codes.size() / d);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      verdicts[i] = cascade.accepts(codes.data() + i * d, cascade.size()) ? 1 : 0;
    }
    return to_typed_array<Napi::Uint8Array>(info.Env(), verdicts);
  });
}

Napi::Value margins(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Cascade& cascade = handle_argument<Cascade>(info[0]);
    const auto codes = rows_argument(info[1], cascade.space());
    const Forest& forest = forest_argument(info[2], cascade);
    const std::size_t d = cascade.space().dimensions();
    std::vector<float> values(codes.size() / d);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = forest.margin(codes.data() + i * d);
    return to_typed_array<Napi::Float32Array>(info.Env(), values);
  });
}

Napi::Value acceptance(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Cascade& cascade = handle_argument<Cascade>(info[0]);
    return Napi::Number::New(info.Env(), shac::acceptance(cascade.space(), forest_argument(info[1], cascade)));
  });
}

Napi::Value compile_classifier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = bytes_argument(info[0], "model");
    return Job::start(info.Env(),
                      std::make_unique<CompileJob>(info.Env(), std::vector<std::uint8_t>(model.begin(), model.end())));
  });
}

}  // namespace shac::binding
