// Conditional coordinates: those that count only for some codes of other ones, their parents.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace shac {

// The code of a conditional coordinate that does not count.
inline constexpr std::uint16_t kInactive = 0;
// No coordinate has more codes, so that a code is never negative in 16 bits.
inline constexpr std::uint32_t kCodeLimit = 1u << 15;

// The code of an active conditional coordinate, from that of its plain parameter. The last two of 32,768 share one.
constexpr std::uint16_t active_code(std::uint16_t plain) {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(plain, kCodeLimit - 2) + 1);
}

// Holds for some codes of a parent.
class Condition {
 public:
  // `codes`: one entry for each code of the parent, not 0 where it holds.
  Condition(std::uint32_t parent, const std::vector<std::uint8_t>& codes);

  std::uint32_t parent() const noexcept { return parent_; }
  std::size_t codes() const noexcept { return below_->size() - 1; }
  // Of the codes lo .. hi-1.
  std::uint32_t held(std::uint32_t lo, std::uint32_t hi) const { return (*below_)[hi] - (*below_)[lo]; }
  bool holds(std::uint16_t code) const { return held(code, code + 1u) != 0; }
  // The first code of lo+1 .. hi-1 that differs in this from the one before; hi when none does.
  std::uint32_t change(std::uint32_t lo, std::uint32_t hi) const;
  // Those for which it holds are first() .. last() and no others.
  bool is_range() const noexcept { return is_range_; }
  std::uint16_t first() const noexcept { return first_; }
  std::uint16_t last() const noexcept { return last_; }

  bool operator==(const Condition& other) const { return parent_ == other.parent_ && *below_ == *other.below_; }

 private:
  std::uint32_t parent_;
  std::shared_ptr<const std::vector<std::uint32_t>> below_;  // for code c: codes below c for which it holds
  std::uint16_t first_ = 0, last_ = 0;
  bool is_range_ = false;
};

// The conditions of each coordinate, all of which must hold. Immutable.
class Conditions {
 public:
  Conditions() = default;  // no coordinate has any
  // One list a coordinate, empty for those without. Throws Error(kInvalidArgument) for a parent that is no coordinate,
  // and when a coordinate would depend on itself.
  explicit Conditions(std::vector<std::vector<Condition>> lists);

  bool none() const noexcept { return order_.empty(); }
  std::size_t size() const noexcept { return lists_.size(); }
  bool on(std::size_t coordinate) const { return !lists_.empty() && !lists_[coordinate].empty(); }
  std::span<const Condition> of(std::size_t coordinate) const { return lists_[coordinate]; }
  // The conditional coordinates, each after those it depends on.
  std::span<const std::uint32_t> order() const noexcept { return order_; }
  // The coordinates that depend on one, directly or not, in that order.
  std::span<const std::uint32_t> dependants(std::size_t coordinate) const {
    return dependants_.empty() ? std::span<const std::uint32_t>() : dependants_[coordinate];
  }

  // Marks what the marked coordinates depend on. One entry a coordinate.
  void mark_parents(std::vector<std::uint8_t>& marks) const;
  // Some coordinates, ascending, and all that they depend on.
  std::vector<std::uint32_t> with_parents(const std::vector<std::uint32_t>& coordinates) const;

  // Whether coordinate j is active in a row in which the coordinates it depends on have their codes.
  bool active(const std::uint16_t* row, std::size_t j) const {
    return std::all_of(lists_[j].begin(), lists_[j].end(),
                       [&](const Condition& one) { return one.holds(row[one.parent()]); });
  }
  // Makes a row's plain codes the codes of its conditional coordinates.
  void settle(std::uint16_t* row) const {
    for (const std::uint32_t j : order_) settle(row, j);
  }
  // The same for one of them, when those that it depends on have their codes.
  void settle(std::uint16_t* row, std::size_t j) const { row[j] = active(row, j) ? active_code(row[j]) : kInactive; }
  // The same for some of them, in the order of order(), of a block of rows: codes[coordinate * kBlock + lane].
  void settle(std::span<const std::uint32_t> coordinates, std::int16_t* codes, std::size_t count) const;

 private:
  std::vector<std::uint32_t> sort_by_depth();
  void find_dependants();

  std::vector<std::vector<Condition>> lists_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> group_;  // of each coordinate: the first one in order() with the same conditions
  std::vector<std::vector<std::uint32_t>> dependants_;
};

}  // namespace shac
