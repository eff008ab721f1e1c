#include "core/sampler/splitter.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shac {
namespace {

// Nanoseconds of one core of a server, as those of partition.cc: only their ratio matters.
constexpr double kSplitTree = 200;
// How fast the hope fades that splits remove something.
constexpr double kYieldMemory = 0.75;

// Cuts of parents that are looked at for one split: each takes two passes over the trees.
constexpr std::size_t kMostParentCuts = 8;

// x^(1/8) for x = i / 1024, by square roots, which every machine rounds alike.
struct RootTable {
  double of[1025];
  RootTable() {
    for (int i = 0; i <= 1024; ++i) of[i] = std::sqrt(std::sqrt(std::sqrt(i / 1024.0)));
  }
};

double eighth_root(std::int32_t part, std::int32_t whole) {
  static const RootTable table;
  if (part <= 0 || whole <= 0) return 0;
  return table.of[std::min<std::int64_t>(1024, std::int64_t{1024} * part / whole + 1)];
}

}  // namespace

Axis::Axis(const CodeSpace& space, std::size_t coordinate)
    : levels(space.levels[coordinate]), end(space.end(coordinate)), conditional(space.conditions.on(coordinate)) {
  if (space.snaps[coordinate] == nullptr) return;
  sorted = *space.snaps[coordinate];
  std::sort(sorted.begin(), sorted.end());
  for (std::uint32_t code = 0; code <= levels; ++code) {
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), code);
    raws_below.push_back(static_cast<std::uint32_t>(below - sorted.begin()));
  }
}

double Splitter::run(std::vector<CodeBox> open, double worth_a_mass, std::size_t max_boxes, std::vector<CodeBox>& done,
                     const CancelToken& token) {
  double cost = 0;
  std::size_t splits = 0;
  while (!open.empty()) {
    CodeBox box = std::move(open.back());
    open.pop_back();
    if (open.size() + done.size() + 2 > max_boxes || box.undecided == 0 ||
        box.mass * worth_a_mass * box.yield < split_cost(box)) {
      done.push_back(std::move(box));
      continue;
    }
    if (++splits % 64 == 0) token.throw_if_cancelled();
    cost += split_cost(box);
    split(std::move(box), open, done);
  }
  return cost;
}

double Splitter::split_cost(const CodeBox& box) const {
  double trees = 0;
  for (std::uint64_t rest = box.undecided; rest != 0; rest &= rest - 1) {
    trees += static_cast<double>(bounds_[static_cast<std::size_t>(__builtin_ctzll(rest))]->trees());
  }
  return kSplitTree * (1 + trees / std::max(1, __builtin_popcountll(box.undecided)));
}

void Splitter::split(CodeBox box, std::vector<CodeBox>& open, std::vector<CodeBox>& done) {
  const std::optional<Choice> choice = choose(box);
  if (!choice) {  // no threshold left inside: what is undecided is so within the grey zone
    box.undecided = 0;
    done.push_back(std::move(box));
    return;
  }
  const auto& [chosen, cut] = *choice;
  CodeBox right = box;
  const Axis& axis = axes_[cut.feature];
  const double whole = axis.below(box.hi[cut.feature]) - axis.below(box.lo[cut.feature]);
  const double part = axis.below(cut.threshold) - axis.below(box.lo[cut.feature]);
  const double mass = box.mass;
  box.hi[cut.feature] = cut.threshold;
  box.mass = mass * (part / whole);
  box.sums[chosen].upper = cut.left_upper;
  right.lo[cut.feature] = cut.threshold;
  right.mass = mass - box.mass;
  right.sums[chosen].upper = cut.right_upper;
  decide_dependants(box, cut.feature);
  decide_dependants(right, cut.feature);

  double kept = 0;
  const bool left_lives = refresh(box);
  const bool right_lives = refresh(right);
  if (left_lives) kept += box.mass;
  if (right_lives) kept += right.mass;
  const double yield = kYieldMemory * box.yield + (1 - kYieldMemory) * (1 - kept / mass);
  box.yield = right.yield = yield;
  if (right_lives) open.push_back(std::move(right));
  if (left_lives) open.push_back(std::move(box));
}

std::optional<Splitter::Choice> Splitter::choose(const CodeBox& box) {
  rank(box);
  for (const std::uint32_t k : ranked_) {
    bounds_[k]->cuts(box.view(), cuts_, scratch_);
    if (!conditions_.none()) cut_parents_instead(box, *bounds_[k]);
    const Cut* best = best_cut(box, box.sums[k].upper, bounds_[k]->grey());
    if (best != nullptr) return Choice{k, *best};
  }
  return std::nullopt;
}

void Splitter::rank(const CodeBox& box) {
  ranked_.clear();
  for (std::uint64_t rest = box.undecided; rest != 0; rest &= rest - 1) {
    ranked_.push_back(static_cast<std::uint32_t>(__builtin_ctzll(rest)));
  }
  const auto score = [&](std::uint32_t k) {
    const SumBounds& sum = box.sums[k];
    return static_cast<double>(sum.upper) / std::max(1, sum.upper - sum.lower);
  };
  std::sort(ranked_.begin(), ranked_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const double sa = score(a);
    const double sb = score(b);
    return sa < sb || (sa == sb && a < b);
  });
}

void Splitter::cut_parents_instead(const CodeBox& box, const ClassifierBounds& bounds) {
  std::vector<Cut> instead;
  const auto is_there = [&](const Cut& cut) {
    return std::any_of(instead.begin(), instead.end(), [&](const Cut& other) {
      return other.feature == cut.feature && other.threshold == cut.threshold;
    });
  };
  std::erase_if(cuts_, [&](const Cut& cut) {
    if (!active_in_part(box, cut.feature)) return false;
    const std::optional<Cut> parents = deciding_cut(box, cut.feature);
    if (parents && instead.size() < kMostParentCuts && !is_there(*parents)) instead.push_back(*parents);
    return true;
  });
  for (Cut& cut : instead) {
    CodeBox part = box;
    part.hi[cut.feature] = cut.threshold;
    decide_dependants(part, cut.feature);
    cut.left_upper = bounds.over(part.view()).upper;
    part.lo = box.lo;
    part.hi = box.hi;
    part.lo[cut.feature] = cut.threshold;
    decide_dependants(part, cut.feature);
    cut.right_upper = bounds.over(part.view()).upper;
  }
  cuts_.insert(cuts_.end(), instead.begin(), instead.end());
}

std::optional<Splitter::Cut> Splitter::deciding_cut(const CodeBox& box, std::uint32_t coordinate) const {
  for (const Condition& condition : conditions_.of(coordinate)) {
    const std::uint32_t parent = condition.parent();
    if (active_in_part(box, parent)) return deciding_cut(box, parent);
    const std::uint32_t at = condition.change(box.lo[parent], box.hi[parent]);
    if (at < box.hi[parent]) return Cut{parent, static_cast<std::uint16_t>(at), 0, 0};
  }
  return std::nullopt;
}

void Splitter::decide_dependants(CodeBox& box, std::uint32_t coordinate) const {
  for (const std::uint32_t j : conditions_.dependants(coordinate)) {
    if (!active_in_part(box, j)) continue;
    bool all = true, none = false;
    for (const Condition& condition : conditions_.of(j)) {
      const std::uint32_t lo = box.lo[condition.parent()], hi = box.hi[condition.parent()];
      const std::uint32_t held = condition.held(lo, hi);
      all = all && held == hi - lo;
      none = none || held == 0;
    }
    if (none) box.hi[j] = kInactive + 1;
    if (all) box.lo[j] = kInactive + 1;
  }
}

const Splitter::Cut* Splitter::best_cut(const CodeBox& box, std::int32_t upper, std::int32_t grey) const {
  const Cut* best = nullptr;
  double least = 1e300;
  for (const Cut& cut : cuts_) {
    const Axis& axis = axes_[cut.feature];
    const double begin = axis.below(box.lo[cut.feature]);
    const double width = axis.below(box.hi[cut.feature]) - begin;
    const double left = (axis.below(cut.threshold) - begin) / width;
    if (left <= 0 || left >= 1) continue;
    const double score = (cut.left_upper < -grey ? 0 : left * eighth_root(cut.left_upper + grey, upper + grey)) +
                         (cut.right_upper < -grey ? 0 : (1 - left) * eighth_root(cut.right_upper + grey, upper + grey));
    if (score < least) {
      least = score;
      best = &cut;
    }
  }
  return best;
}

bool Splitter::refresh(CodeBox& box) {
  constexpr std::size_t kRefreshed = 5;
  rank(box);
  for (std::size_t i = 0; i < std::min(kRefreshed, ranked_.size()); ++i) {
    const std::uint32_t k = ranked_[i];
    const ClassifierBounds& bounds = *bounds_[k];
    if (box.sums[k].upper < -bounds.grey()) return false;
    box.sums[k] = bounds.over(box.view());
    if (box.sums[k].upper < -bounds.grey()) return false;
    if (box.sums[k].lower > bounds.grey()) box.undecided &= ~(std::uint64_t{1} << k);
  }
  return true;
}

}  // namespace shac
