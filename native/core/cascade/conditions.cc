#include "core/cascade/conditions.h"

#include <array>
#include <string>
#include <utility>

#include "core/cascade/kernel.h"
#include "core/error.h"

namespace shac {
namespace {

// All bits of a lane where a condition and those before it hold.
using Mask = std::array<std::uint16_t, kBlock>;

void restrict_to(const Condition& condition, const std::int16_t* parent, std::size_t count, Mask& mask) {
  if (condition.is_range()) {
    const auto first = static_cast<std::int16_t>(condition.first()), last = static_cast<std::int16_t>(condition.last());
    for (std::size_t i = 0; i < count; ++i) {
      const bool holds = (parent[i] >= first) & (parent[i] <= last);
      mask[i] &= static_cast<std::uint16_t>(-static_cast<int>(holds));
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!condition.holds(static_cast<std::uint16_t>(parent[i]))) mask[i] = 0;
  }
}

}  // namespace

Condition::Condition(std::uint32_t parent, const std::vector<std::uint8_t>& codes) : parent_(parent) {
  std::vector<std::uint32_t> below{0};
  std::uint32_t changes = 0;
  for (std::size_t code = 0; code < codes.size(); ++code) {
    const bool holds = codes[code] != 0;
    if (holds && (code == 0 || codes[code - 1] == 0)) {
      if (++changes == 1) first_ = static_cast<std::uint16_t>(code);
    }
    if (holds) last_ = static_cast<std::uint16_t>(code);
    below.push_back(below.back() + (holds ? 1 : 0));
  }
  is_range_ = changes == 1;
  below_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(below));
}

std::uint32_t Condition::change(std::uint32_t lo, std::uint32_t hi) const {
  for (std::uint32_t code = lo + 1; code < hi; ++code) {
    if (held(code, code + 1) != held(code - 1, code)) return code;
  }
  return hi;
}

Conditions::Conditions(std::vector<std::vector<Condition>> lists) : lists_(std::move(lists)), group_(lists_.size()) {
  const std::vector<std::uint32_t> depth = sort_by_depth();
  // Those with the same conditions are side by side: what is found of one is found of all of them.
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(depth[a], lists_[a].front().parent()) < std::pair(depth[b], lists_[b].front().parent());
  });
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const std::uint32_t j = order_[i];
    const bool same = i > 0 && lists_[order_[i - 1]] == lists_[j];
    group_[j] = same ? group_[order_[i - 1]] : j;
  }
  if (!none()) find_dependants();
}

// Fills order_, each coordinate after those it depends on; returns how many are above each.
std::vector<std::uint32_t> Conditions::sort_by_depth() {
  const std::size_t d = lists_.size();
  std::vector<std::vector<std::uint32_t>> children(d);
  std::vector<std::size_t> waits_for(d);
  std::vector<std::uint32_t> depth(d), ready;
  std::size_t conditional = 0;
  for (std::uint32_t j = 0; j < d; ++j) {
    for (const Condition& condition : lists_[j]) {
      if (condition.parent() >= d) {
        throw Error(ErrorCode::kInvalidArgument, "coordinate " + std::to_string(j) + " depends on coordinate " +
                                                     std::to_string(condition.parent()) + " of " + std::to_string(d));
      }
      children[condition.parent()].push_back(j);
    }
    waits_for[j] = lists_[j].size();
    if (lists_[j].empty()) ready.push_back(j);
    if (!lists_[j].empty()) ++conditional;
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const std::uint32_t child : children[ready[i]]) {
      depth[child] = std::max(depth[child], depth[ready[i]] + 1);
      if (--waits_for[child] > 0) continue;
      ready.push_back(child);
      order_.push_back(child);
    }
  }
  if (order_.size() < conditional) throw Error(ErrorCode::kInvalidArgument, "a coordinate depends on itself");
  return depth;
}

void Conditions::find_dependants() {
  std::vector<std::vector<std::uint32_t>> above(lists_.size());
  dependants_.resize(lists_.size());
  for (const std::uint32_t j : order_) {
    for (const Condition& condition : lists_[j]) {
      const std::uint32_t parent = condition.parent();
      above[j].push_back(parent);
      above[j].insert(above[j].end(), above[parent].begin(), above[parent].end());
    }
    std::sort(above[j].begin(), above[j].end());
    above[j].erase(std::unique(above[j].begin(), above[j].end()), above[j].end());
    for (const std::uint32_t k : above[j]) dependants_[k].push_back(j);
  }
}

void Conditions::mark_parents(std::vector<std::uint8_t>& marks) const {
  for (std::size_t i = order_.size(); i-- > 0;) {
    if (marks[order_[i]] == 0) continue;
    for (const Condition& condition : lists_[order_[i]]) marks[condition.parent()] = 1;
  }
}

std::vector<std::uint32_t> Conditions::with_parents(const std::vector<std::uint32_t>& coordinates) const {
  if (none()) return coordinates;
  std::vector<std::uint8_t> marks(lists_.size());
  for (const std::uint32_t j : coordinates) marks[j] = 1;
  mark_parents(marks);
  std::vector<std::uint32_t> all;
  for (std::uint32_t j = 0; j < marks.size(); ++j) {
    if (marks[j] != 0) all.push_back(j);
  }
  return all;
}

void Conditions::settle(std::span<const std::uint32_t> coordinates, std::int16_t* codes, std::size_t count) const {
  Mask mask;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const std::uint32_t j = coordinates[i];
    if (i == 0 || group_[coordinates[i - 1]] != group_[j]) {
      mask.fill(0xffff);
      for (const Condition& one : lists_[j]) restrict_to(one, codes + one.parent() * kBlock, count, mask);
    }
    std::int16_t* const own = codes + j * kBlock;
    for (std::size_t lane = 0; lane < count; ++lane) {
      const auto shifted = std::min<std::int16_t>(own[lane], kCodeLimit - 2) + 1;
      own[lane] = static_cast<std::int16_t>(shifted & mask[lane]);
    }
  }
}

}  // namespace shac
