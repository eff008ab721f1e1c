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
    const ClassifierBounds::Cut* best = best_cut(box, box.sums[k].upper, bounds_[k]->grey());
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

const ClassifierBounds::Cut* Splitter::best_cut(const CodeBox& box, std::int32_t upper, std::int32_t grey) const {
  const ClassifierBounds::Cut* best = nullptr;
  double least = 1e300;
  for (const ClassifierBounds::Cut& cut : cuts_) {
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
