// Writes UBJSON by hand: whole classifiers with any part wrong, and single values.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/xgboost/model.h"
#include "test/support.h"

namespace shac::test {

class Writer {
 public:
  Writer& raw(std::string_view text) {
    for (const char byte : text) bytes_.push_back(static_cast<std::uint8_t>(byte));
    return *this;
  }
  Writer& big_endian(std::uint64_t bits, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(bits >> shift));
    return *this;
  }
  Writer& length(std::uint64_t value) { return raw("L").big_endian(value, 8); }
  Writer& key(std::string_view name) { return length(name.size()).raw(name); }
  Writer& text(std::string_view value) { return raw("S").key(value); }
  Writer& number(double value) { return raw("D").big_endian(std::bit_cast<std::uint64_t>(value), 8); }
  Writer& numbers(const std::vector<double>& values) {
    raw("[$D#").length(values.size());
    for (const double value : values) big_endian(std::bit_cast<std::uint64_t>(value), 8);
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// A tree as XGBoost lays it out: leaves have a negative left child and their value in `condition`.
struct TreeArrays {
  std::vector<double> left, right, feature, condition;
  std::vector<double> type = {};  // 0: numerical, as all are when this is empty
};

inline TreeArrays arrays_of(const Tree& tree) {
  TreeArrays arrays;
  for (const Node& node : tree) {
    const bool is_leaf = node.feature < 0;
    arrays.left.push_back(is_leaf ? -1 : node.left);
    arrays.right.push_back(is_leaf ? -1 : node.right);
    arrays.feature.push_back(is_leaf ? 0 : node.feature);
    arrays.condition.push_back(is_leaf ? node.leaf : node.threshold);
  }
  return arrays;
}

// A valid classifier unless a field is set otherwise.
struct ModelFields {
  std::string objective = "binary:logistic";
  std::string booster = "gbtree";
  std::string base_score = "5E-1";
  std::string num_feature = "4";
  std::vector<TreeArrays> trees{arrays_of(stump(2, 100, 0.5f, -0.5f))};
};

inline Bytes encode(const ModelFields& fields) {
  Writer w;
  w.raw("{").key("learner").raw("{");
  w.key("objective").raw("{").key("name").text(fields.objective).raw("}");
  w.key("learner_model_param").raw("{");
  w.key("base_score").text(fields.base_score).key("num_feature").text(fields.num_feature).raw("}");
  w.key("gradient_booster").raw("{").key("name").text(fields.booster);
  w.key("model").raw("{").key("trees").raw("[");
  for (const TreeArrays& tree : fields.trees) {
    w.raw("{").key("left_children").numbers(tree.left).key("right_children").numbers(tree.right);
    w.key("split_indices").numbers(tree.feature).key("split_conditions").numbers(tree.condition);
    w.key("split_type").numbers(tree.type.empty() ? std::vector<double>(tree.left.size()) : tree.type).raw("}");
  }
  w.raw("]}}}}");
  return w.bytes();
}

}  // namespace shac::test
