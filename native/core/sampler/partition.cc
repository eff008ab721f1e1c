#include "core/sampler/partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/cascade/bounds.h"
#include "core/parallel.h"

namespace shac {
namespace {

// The cost model: nanoseconds of one core of a server. Only the ratio of splits to proposals matters.
constexpr double kProposalBase = 50;
constexpr double kProposalTree = 0.8;
constexpr double kSplitTree = 200;

// Boxes at a time that are refined on their own: enough for many threads, and the same for any number of them.
constexpr std::size_t kGroups = 64;
// Work that starting one more thread is worth.
constexpr double kThreadWork = 2e6;
// A cut rarely frees anything at once; this is what is hoped for before anything is known, and how fast hope fades.
constexpr double kFirstYield = 0.5;
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

struct Partition::Box {
  std::vector<std::uint16_t> lo;
  std::vector<std::uint16_t> hi;
  double mass;
  double yield;                 // share of mass that the last splits removed, fading
  std::uint64_t undecided;      // classifiers that neither accept nor reject all of it
  std::vector<SumBounds> sums;  // of each classifier: valid, perhaps those of a box around this one

  BoxView view() const { return {lo.data(), hi.data()}; }
};

// Splits boxes on one thread.
class Partition::Splitter {
 public:
  explicit Splitter(const Partition& partition) : partition_(partition) {}

  // Splits boxes of `open` until none is worth it or there are `max_boxes`. What comes out is appended to `done`.
  // Returns the cost.
  double run(std::vector<Box> open, double worth_a_mass, std::size_t max_boxes, std::vector<Box>& done,
             const CancelToken& token) {
    double cost = 0;
    std::size_t splits = 0;
    while (!open.empty()) {
      Box box = std::move(open.back());
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

 private:
  double split_cost(const Box& box) const {
    double trees = 0;
    for (std::uint64_t rest = box.undecided; rest != 0; rest &= rest - 1) {
      trees += static_cast<double>(partition_.bounds_[static_cast<std::size_t>(__builtin_ctzll(rest))]->trees());
    }
    return kSplitTree * (1 + trees / std::max(1, __builtin_popcountll(box.undecided)));
  }

  void split(Box box, std::vector<Box>& open, std::vector<Box>& done) {
    rank(box);
    const ClassifierBounds::Cut* best = nullptr;
    std::uint32_t chosen = 0;
    for (const std::uint32_t k : ranked_) {
      partition_.bounds_[k]->cuts(box.view(), cuts_, scratch_);
      best = best_cut(box, box.sums[k].upper, partition_.bounds_[k]->grey());
      chosen = k;
      if (best != nullptr) break;
    }
    if (best == nullptr) {  // no threshold left inside: what is undecided is so within the grey zone
      box.undecided = 0;
      done.push_back(std::move(box));
      return;
    }
    const ClassifierBounds::Cut cut = *best;
    Box right = box;
    const Axis& axis = partition_.axes_[cut.feature];
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

  // The undecided classifiers, the one that is closest to rejecting the box first.
  void rank(const Box& box) {
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

  // The cut with the least volume left to search, a part counting less the closer it is to being rejected.
  const ClassifierBounds::Cut* best_cut(const Box& box, std::int32_t upper, std::int32_t grey) const {
    const ClassifierBounds::Cut* best = nullptr;
    double least = 1e300;
    for (const ClassifierBounds::Cut& cut : cuts_) {
      const Axis& axis = partition_.axes_[cut.feature];
      const double begin = axis.below(box.lo[cut.feature]);
      const double width = axis.below(box.hi[cut.feature]) - begin;
      const double left = (axis.below(cut.threshold) - begin) / width;
      if (left <= 0 || left >= 1) continue;
      const double score =
          (cut.left_upper < -grey ? 0 : left * eighth_root(cut.left_upper + grey, upper + grey)) +
          (cut.right_upper < -grey ? 0 : (1 - left) * eighth_root(cut.right_upper + grey, upper + grey));
      if (score < least) {
        least = score;
        best = &cut;
      }
    }
    return best;
  }

  // Brings the bounds of the most promising classifiers up to date. False when one rejects the whole box.
  bool refresh(Box& box) {
    constexpr std::size_t kRefreshed = 5;
    rank(box);
    for (std::size_t i = 0; i < std::min(kRefreshed, ranked_.size()); ++i) {
      const std::uint32_t k = ranked_[i];
      const ClassifierBounds& bounds = *partition_.bounds_[k];
      if (box.sums[k].upper < -bounds.grey()) return false;
      box.sums[k] = bounds.over(box.view());
      if (box.sums[k].upper < -bounds.grey()) return false;
      if (box.sums[k].lower > bounds.grey()) box.undecided &= ~(std::uint64_t{1} << k);
    }
    return true;
  }

  const Partition& partition_;
  std::vector<std::uint32_t> ranked_;
  std::vector<ClassifierBounds::Cut> cuts_;
  std::vector<std::int32_t> scratch_;
};

bool Partition::supports(const Cascade& cascade, std::size_t classifiers) {
  if (classifiers == 0 || classifiers > kMaxClassifiers) return false;
  for (std::size_t k = 0; k < classifiers; ++k) {
    if (!cascade.forest(k).has_kernel()) return false;
  }
  return true;
}

Partition::Partition(Cascade cascade, std::size_t classifiers)
    : cascade_(std::move(cascade)), classifiers_(classifiers), dimensions_(cascade_.space().dimensions()) {
  const CodeSpace& space = cascade_.space();
  Box all{std::vector<std::uint16_t>(dimensions_), {}, 1, kFirstYield, 0, {}};
  for (std::size_t j = 0; j < dimensions_; ++j) {
    Axis& axis = axes_.emplace_back();
    axis.levels = space.levels[j];
    all.hi.push_back(static_cast<std::uint16_t>(axis.levels));
    if (space.snaps[j] == nullptr) continue;
    axis.sorted = *space.snaps[j];
    std::sort(axis.sorted.begin(), axis.sorted.end());
    for (std::uint32_t code = 0; code <= axis.levels; ++code) {
      const auto below = std::lower_bound(axis.sorted.begin(), axis.sorted.end(), code);
      axis.raws_below.push_back(static_cast<std::uint32_t>(below - axis.sorted.begin()));
    }
  }
  double trees = 0;
  for (std::size_t k = 0; k < classifiers_; ++k) {
    bounds_.push_back(std::make_shared<const ClassifierBounds>(cascade_.forest(k)));
    trees += static_cast<double>(bounds_.back()->trees());
    all.sums.push_back(bounds_.back()->over(all.view()));
    all.undecided |= std::uint64_t{1} << k;
  }
  proposal_cost_ = kProposalBase + kProposalTree * trees / static_cast<double>(classifiers_);
  std::vector<Box> boxes;
  boxes.push_back(std::move(all));
  seal(std::move(boxes));
}

Partition::~Partition() = default;

std::size_t Partition::bytes_per_box(std::size_t dimensions, std::size_t classifiers) {
  return sizeof(Box) + dimensions * (2 * sizeof(std::uint16_t) + sizeof(RawRange)) + classifiers * sizeof(SumBounds) +
         128;
}

double Partition::refine(const RefineRequest& request, const CancelToken& token) {
  if (live_.empty()) return 0;
  const double worth = request.proposals * proposal_cost_ / live_mass_;
  double cost = 0;
  std::vector<Box> boxes = std::move(live_);
  live_.clear();
  if (boxes.size() < kGroups) {
    std::vector<Box> first;
    cost += Splitter(*this).run(std::move(boxes), worth, std::min(kGroups, request.max_boxes), first, token);
    boxes = std::move(first);
  }
  // Groups of boxes are refined apart from each other, so that the threads that do it cannot show in the result.
  std::vector<std::vector<Box>> groups(kGroups);
  for (std::size_t i = 0; i < boxes.size(); ++i) groups[i % kGroups].push_back(std::move(boxes[i]));
  std::vector<std::vector<Box>> refined(kGroups);
  std::vector<double> costs(kGroups);
  // No more is spent on splits than the proposals would cost.
  const double work = request.proposals * proposal_cost_;
  const auto threads = static_cast<unsigned>(std::min<double>(request.threads, 1 + work / kThreadWork));
  in_parallel(kGroups, threads, [&](unsigned group) {
    costs[group] =
        Splitter(*this).run(std::move(groups[group]), worth, request.max_boxes / kGroups, refined[group], token);
  });
  cost += std::accumulate(costs.begin(), costs.end(), 0.0);
  boxes.clear();
  for (auto& group : refined) std::move(group.begin(), group.end(), std::back_inserter(boxes));
  seal(std::move(boxes));
  return cost;
}

void Partition::seal(std::vector<Box> boxes) {
  live_ = std::move(boxes);
  boxes_ = live_.size();
  live_mass_ = 0;
  raw_.clear();
  cumulative_.clear();
  for (const Box& box : live_) {
    live_mass_ += box.mass;
    cumulative_.push_back(live_mass_);
    for (std::size_t j = 0; j < dimensions_; ++j) {
      const std::uint32_t begin = axes_[j].below(box.lo[j]);
      const std::uint32_t end = axes_[j].below(box.hi[j]);
      raw_.push_back({static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end - begin)});
    }
  }
  guide_.assign(std::max<std::size_t>(1, boxes_), 0);
  std::uint32_t box = 0;
  for (std::size_t step = 0; step < guide_.size(); ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(guide_.size()) * live_mass_;
    while (box + 1 < boxes_ && cumulative_[box] <= share) ++box;
    guide_[step] = box;
  }
}

Partition::Range Partition::range(std::size_t box, std::size_t coordinate) const {
  return {live_[box].lo[coordinate], live_[box].hi[coordinate]};
}

void Partition::codes(std::uint32_t coordinate, const std::uint32_t* boxes, const std::uint16_t* high,
                      const std::uint16_t* low, std::size_t count, std::int16_t* codes) const {
  const RawRange* ranges = raw_.data() + coordinate;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t bits = std::uint32_t{high[i]} << 16 | low[i];
    codes[i] = static_cast<std::int16_t>(ranges[boxes[i] * dimensions_].at(bits));
  }
  const auto& sorted = axes_[coordinate].sorted;
  if (sorted.empty()) return;
  for (std::size_t i = 0; i < count; ++i) {
    codes[i] = static_cast<std::int16_t>(sorted[static_cast<std::uint16_t>(codes[i])]);
  }
}

std::uint32_t Partition::box_of(std::uint64_t bits) const {
  const double share = static_cast<double>(bits >> 11) * 0x1p-53;
  std::uint32_t box = guide_[static_cast<std::size_t>(share * static_cast<double>(guide_.size()))];
  const double target = share * live_mass_;
  while (box + 1 < boxes_ && cumulative_[box] <= target) ++box;
  return box;
}

}  // namespace shac
