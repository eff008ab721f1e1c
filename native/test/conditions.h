// Spaces with conditions, and what these mean.
#pragma once

#include <cstdint>
#include <vector>

#include "test/support.h"

namespace shac::test {

// Codes of plain ones, by the definition of conditions alone.
inline void deactivate(const CodeSpace& space, std::vector<std::uint16_t>& row) {
  std::vector<std::uint8_t> done(row.size());
  const std::vector<std::uint16_t> plain = row;
  const auto settle = [&](const auto& self, std::size_t j) -> void {
    if (done[j] != 0) return;
    done[j] = 1;
    if (!space.conditions.on(j)) return;
    bool active = true;
    for (const Condition& condition : space.conditions.of(j)) {
      self(self, condition.parent());
      active = active && condition.holds(row[condition.parent()]);
    }
    row[j] = static_cast<std::uint16_t>(active ? (plain[j] == 32767 ? 32767 : plain[j] + 1) : 0);
  };
  for (std::size_t j = 0; j < row.size(); ++j) settle(settle, j);
}

// Holds for the codes first .. last of a parent that has `end` codes.
inline Condition when(std::uint32_t parent, std::uint32_t end, std::uint32_t first, std::uint32_t last) {
  std::vector<std::uint8_t> codes(end);
  for (std::uint32_t code = first; code <= last; ++code) codes[code] = 1;
  return {parent, codes};
}

// Half of the coordinates depend on an earlier one that has few codes, where there is one.
inline Conditions random_conditions(Random& random, const std::vector<std::uint32_t>& levels) {
  std::vector<std::vector<Condition>> lists(levels.size());
  std::vector<std::uint32_t> few;
  for (std::uint32_t j = 0; j < levels.size(); ++j) {
    if (!few.empty() && random.below(2) == 0) {
      const std::uint32_t parent = few[random.below(few.size())];
      const std::uint32_t inactive = lists[parent].empty() ? 0 : 1;
      std::vector<std::uint8_t> codes(levels[parent] + inactive);
      for (std::size_t code = inactive; code < codes.size(); ++code) codes[code] = random.below(2) == 0 ? 1 : 0;
      lists[j].emplace_back(parent, codes);
    }
    if (levels[j] <= 10) few.push_back(j);
  }
  return Conditions(lists);
}

// Three kinds, of which the second has a depth that decides about further coordinates, and the third a switch; children
// stand before and behind their parents.
inline CodeSpace tree_space() {
  CodeSpace space = plain_space({32768, 3, 32768, 5, 32768, 40, 2, 32768, 32768, 4});
  Random random(17);
  space.snaps[5] = random_snap(random, 40);
  std::vector<std::vector<Condition>> lists(10);
  lists[0] = {when(1, 3, 0, 1)};
  lists[2] = {when(1, 3, 0, 0)};
  lists[3] = {when(1, 3, 1, 1)};
  lists[4] = {when(3, 6, 3, 5)};
  lists[5] = {Condition(3, {0, 1, 0, 1, 0, 1})};
  lists[6] = {when(1, 3, 2, 2)};
  lists[7] = {when(6, 3, 2, 2), when(9, 4, 1, 2)};
  space.conditions = Conditions(lists);
  return space;
}

// So many switches, each with a coordinate of its own: 2^count branches.
inline CodeSpace switches(std::uint32_t count) {
  std::vector<std::uint32_t> levels;
  std::vector<std::vector<Condition>> lists;
  for (std::uint32_t i = 0; i < count; ++i) {
    levels.insert(levels.end(), {2, 32768});
    lists.emplace_back();
    lists.push_back({when(2 * i, 2, 1, 1)});
  }
  CodeSpace space = plain_space(levels);
  space.conditions = Conditions(lists);
  return space;
}

}  // namespace shac::test
