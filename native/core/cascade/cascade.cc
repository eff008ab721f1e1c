#include "core/cascade/cascade.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"

namespace shac {
namespace {

void check_conditions(const CodeSpace& space) {
  const Conditions& conditions = space.conditions;
  if (conditions.none()) return;
  if (conditions.size() != space.dimensions()) {
    throw Error(ErrorCode::kInvalidArgument, "levels and conditions differ in length");
  }
  for (const std::uint32_t j : conditions.order()) {
    for (const Condition& condition : conditions.of(j)) {
      const std::uint32_t parent = condition.parent();
      const bool whole = condition.codes() == space.end(parent);
      if (whole && !(conditions.on(parent) && condition.holds(kInactive))) continue;
      throw Error(ErrorCode::kInvalidArgument, "a condition of coordinate " + std::to_string(j) +
                                                   " needs one entry for each of the " +
                                                   std::to_string(space.end(parent)) + " codes of coordinate " +
                                                   std::to_string(parent) + ", and cannot hold where that is inactive");
    }
  }
}

void check(const CodeSpace& space) {
  if (space.levels.empty()) throw Error(ErrorCode::kInvalidArgument, "a code space needs at least one coordinate");
  if (space.snaps.size() != space.levels.size()) {
    throw Error(ErrorCode::kInvalidArgument, "levels and snaps differ in length");
  }
  for (std::size_t j = 0; j < space.levels.size(); ++j) {
    const std::uint32_t levels = space.levels[j];
    if (levels == 0 || levels > kCodeLimit) {
      throw Error(ErrorCode::kInvalidArgument, "coordinate " + std::to_string(j) + " has " + std::to_string(levels) +
                                                   " levels, expected 1 to 32768");
    }
    if (space.snaps[j] == nullptr) continue;
    const auto& snap = *space.snaps[j];
    const bool inside = std::all_of(snap.begin(), snap.end(), [&](std::uint16_t code) { return code < levels; });
    if (snap.size() != levels || !inside) {
      throw Error(ErrorCode::kInvalidArgument, "the snap table of coordinate " + std::to_string(j) + " needs " +
                                                   std::to_string(levels) + " codes below " + std::to_string(levels));
    }
  }
  check_conditions(space);
}

}  // namespace

Cascade::Cascade(CodeSpace space) {
  check(space);
  reads_ = std::make_shared<const std::vector<std::uint8_t>>(space.dimensions());
  space_ = std::make_shared<const CodeSpace>(std::move(space));
}

Cascade Cascade::with(std::shared_ptr<const Forest> forest) const {
  if (forest->features() != space_->dimensions()) {
    throw Error(ErrorCode::kInvalidClassifier, "the classifier has " + std::to_string(forest->features()) +
                                                   " features, the search space has " +
                                                   std::to_string(space_->dimensions()) + " coordinates");
  }
  Cascade longer = *this;
  std::vector<std::uint8_t> reads = *reads_;
  for (const std::uint32_t feature : forest->used_features()) reads[feature] = 1;
  space_->conditions.mark_parents(reads);
  longer.reads_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(reads));
  longer.forests_.push_back(std::move(forest));
  return longer;
}

}  // namespace shac
