#include "core/sampler/partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/parallel.h"

namespace shac {
namespace {

// The cost model: nanoseconds of one core of a server. Only the ratio of splits to proposals matters.
constexpr double kProposalBase = 50;
constexpr double kProposalTree = 0.8;

// Boxes at a time that are refined on their own: enough for many threads, and the same for any number of them.
constexpr std::size_t kGroups = 64;
// Work that starting one more thread is worth.
constexpr double kThreadWork = 2e6;
// What splits are hoped to remove before anything is known: a cut rarely frees anything at once.
constexpr double kFirstYield = 0.5;

}  // namespace

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
  CodeBox all{std::vector<std::uint16_t>(dimensions_), {}, 1, kFirstYield, 0, {}};
  for (std::size_t j = 0; j < dimensions_; ++j) {
    axes_.emplace_back(space, j);
    all.hi.push_back(static_cast<std::uint16_t>(space.end(j)));
  }
  double trees = 0;
  for (std::size_t k = 0; k < classifiers_; ++k) {
    bounds_.push_back(std::make_shared<const ClassifierBounds>(cascade_.forest(k)));
    trees += static_cast<double>(bounds_.back()->trees());
    all.sums.push_back(bounds_.back()->over(all.view()));
    all.undecided |= std::uint64_t{1} << k;
  }
  proposal_cost_ = kProposalBase + kProposalTree * trees / static_cast<double>(classifiers_);
  std::vector<CodeBox> boxes;
  boxes.push_back(std::move(all));
  seal(std::move(boxes));
}

std::size_t Partition::bytes_per_box(std::size_t dimensions, std::size_t classifiers) {
  return sizeof(CodeBox) + dimensions * (2 * sizeof(std::uint16_t) + sizeof(RawRange)) +
         classifiers * sizeof(SumBounds) + 128;
}

double Partition::refine(const RefineRequest& request, const CancelToken& token) {
  if (live_.empty()) return 0;
  const double worth = request.proposals * proposal_cost_ / live_mass_;
  double cost = 0;
  std::vector<CodeBox> boxes = std::move(live_);
  live_.clear();
  if (boxes.size() < kGroups) {
    std::vector<CodeBox> first;
    cost += Splitter(axes_, bounds_, space().conditions)
                .run(std::move(boxes), worth, std::min(kGroups, request.max_boxes), first, token);
    boxes = std::move(first);
  }
  // Groups of boxes are refined apart from each other, so that the threads that do it cannot show in the result.
  std::vector<std::vector<CodeBox>> groups(kGroups);
  for (std::size_t i = 0; i < boxes.size(); ++i) groups[i % kGroups].push_back(std::move(boxes[i]));
  std::vector<std::vector<CodeBox>> refined(kGroups);
  std::vector<double> costs(kGroups);
  // No more is spent on splits than the proposals would cost.
  const double work = request.proposals * proposal_cost_;
  const auto threads = static_cast<unsigned>(std::min<double>(request.threads, 1 + work / kThreadWork));
  in_parallel(kGroups, threads, [&](unsigned group) {
    costs[group] = Splitter(axes_, bounds_, space().conditions)
                       .run(std::move(groups[group]), worth, request.max_boxes / kGroups, refined[group], token);
  });
  cost += std::accumulate(costs.begin(), costs.end(), 0.0);
  boxes.clear();
  for (auto& group : refined) std::move(group.begin(), group.end(), std::back_inserter(boxes));
  seal(std::move(boxes));
  return cost;
}

void Partition::seal(std::vector<CodeBox> boxes) {
  live_ = std::move(boxes);
  boxes_ = live_.size();
  live_mass_ = 0;
  raw_.clear();
  cumulative_.clear();
  for (const CodeBox& box : live_) {
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

void Partition::plain_codes(std::uint32_t coordinate, const std::uint32_t* boxes, const std::uint16_t* high,
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
