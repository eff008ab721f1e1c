#include "core/sampler/sweeper.h"

#include <algorithm>
#include <numeric>

namespace shac {
namespace {

// When no more lanes than this are left, they are laid side by side first.
constexpr std::size_t kNarrow = kBlock / 2;

bool is_among(std::uint32_t coordinate, std::span<const std::uint32_t> moved) {
  return std::find(moved.begin(), moved.end(), coordinate) != moved.end();
}

bool reads(const Stump& tree, std::span<const std::uint32_t> moved) { return is_among(tree.feature, moved); }

// A comparison that does not matter has threshold 0.
template <typename Perfect>
bool reads(const Perfect& tree, std::span<const std::uint32_t> moved) {
  for (std::size_t i = 0; i < std::size(tree.feature); ++i) {
    if (tree.threshold[i] != 0 && is_among(tree.feature[i], moved)) return true;
  }
  return false;
}

template <typename AnyTree>
std::vector<AnyTree> reading(const AnyTree* trees, std::size_t count, std::span<const std::uint32_t> moved) {
  std::vector<AnyTree> some;
  std::copy_if(trees, trees + count, std::back_inserter(some), [&](const AnyTree& tree) { return reads(tree, moved); });
  return some;
}

// A coordinate, and those that depend on it.
std::vector<std::uint32_t> with_dependants(const Conditions& conditions, std::size_t coordinate) {
  std::vector<std::uint32_t> all{static_cast<std::uint32_t>(coordinate)};
  const auto dependants = conditions.dependants(coordinate);
  all.insert(all.end(), dependants.begin(), dependants.end());
  return all;
}

std::vector<std::uint32_t> features_of(const Readers::Reader& reader) {
  std::vector<std::uint32_t> features;
  for (const Stump& tree : reader.stumps) features.push_back(tree.feature);
  for (const Tree2& tree : reader.trees2) features.insert(features.end(), tree.feature, tree.feature + 3);
  for (const Tree3& tree : reader.trees3) features.insert(features.end(), tree.feature, tree.feature + 7);
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

}  // namespace

ForestView Readers::Reader::view() const noexcept {
  return {stumps.data(), stumps.size(), trees2.data(), trees2.size(), trees3.data(), trees3.size(), 0};
}

Readers::Readers(const Cascade& cascade, std::size_t classifiers) : readers_(cascade.space().dimensions()) {
  const Conditions& conditions = cascade.space().conditions;
  for (const bool with_kernel : {true, false}) {
    for (std::size_t k = classifiers; k-- > 0;) {
      const Forest& forest = cascade.forest(k);
      if (forest.has_kernel() != with_kernel) continue;
      const ForestView view = forest.view();
      for (const std::uint32_t j : conditions.with_parents(forest.used_features())) {
        const std::vector<std::uint32_t> moved = with_dependants(conditions, j);
        Reader& reader = readers_[j].emplace_back();
        reader.classifier = static_cast<std::uint32_t>(k);
        reader.forest = &forest;
        if (!with_kernel) continue;
        reader.stumps = reading(view.stumps, view.stump_count, moved);
        reader.trees2 = reading(view.trees2, view.tree2_count, moved);
        reader.trees3 = reading(view.trees3, view.tree3_count, moved);
        reader.features = features_of(reader);
      }
    }
  }
}

Sweeper::Sweeper(const Cascade& cascade, const Readers& readers, const Kernel& kernel, std::uint64_t seed,
                 std::uint32_t stream)
    : cascade_(cascade),
      readers_(readers),
      kernel_(kernel),
      drawer_(cascade, nullptr, kernel, seed, stream),
      draws_(kBlock),
      others_(kBlock),
      proposals_(cascade.space().dimensions() * kBlock),
      after_(kBlock),
      before_(kBlock),
      narrow_(cascade.space().dimensions() * kBlock),
      row_(cascade.space().dimensions()) {}

void Sweeper::draw(std::uint64_t first, std::int16_t* codes) {
  std::iota(draws_.begin(), draws_.end(), first);
  drawer_.draw_all(draws_.data(), nullptr, kBlock, codes);
}

std::span<const std::uint16_t> Sweeper::accepted(const Forest& forest, const std::int16_t* codes) {
  all_lanes();
  if (forest.has_kernel()) kernel_.sums(forest.view(), codes, kBlock, after_.data());
  keep_accepted(forest, forest.has_kernel() ? after_.data() : nullptr, codes);
  return lanes_;
}

void Sweeper::enter(std::size_t classifiers, const std::int16_t* codes) {
  classifiers_ = classifiers;
  sums_.resize(classifiers * kBlock);
  changed_.resize(classifiers * kBlock);
  for (std::size_t k = 0; k < classifiers; ++k) {
    const Forest& forest = cascade_.forest(k);
    if (forest.has_kernel()) kernel_.sums(forest.view(), codes, kBlock, sums_.data() + k * kBlock);
  }
}

void Sweeper::sweep(std::uint64_t first, std::int16_t* codes, const CancelToken& token) {
  std::iota(draws_.begin(), draws_.end(), first);
  for (std::uint32_t block = 0; block * kCoordinatesPerBlock < cascade_.space().dimensions(); ++block) {
    drawer_.draw(block, draws_.data(), nullptr, kBlock, proposals_.data());
  }
  for (std::size_t j = 0; j < cascade_.space().dimensions(); ++j) {
    if (cascade_.reads(j)) move(j, codes, token);
  }
}

void Sweeper::propose(std::size_t coordinate) {
  const Conditions& conditions = cascade_.space().conditions;
  const auto dependants = conditions.dependants(coordinate);
  moved_.assign(1, static_cast<std::uint32_t>(coordinate));
  settled_.clear();
  if (!conditions.on(coordinate) && dependants.empty()) return;
  if (conditions.on(coordinate)) settled_ = moved_;
  for (const std::uint32_t j : dependants) {
    if (!cascade_.reads(j)) continue;
    moved_.push_back(j);
    settled_.push_back(j);
  }
  const std::uint64_t part = std::uint64_t{coordinate + 1} << kPartShift;
  for (std::size_t lane = 0; lane < kBlock; ++lane) others_[lane] = draws_[lane] | part;
  for (const std::uint32_t j : moved_) {
    drawer_.draw(j / kCoordinatesPerBlock, others_.data(), nullptr, kBlock, proposals_.data(),
                 1u << j % kCoordinatesPerBlock);
  }
}

void Sweeper::swap_moved(std::int16_t* codes) {
  for (const std::uint32_t j : moved_) {
    std::swap_ranges(codes + j * kBlock, codes + (j + std::size_t{1}) * kBlock, proposals_.data() + j * kBlock);
  }
}

void Sweeper::move(std::size_t coordinate, std::int16_t* codes, const CancelToken& token) {
  propose(coordinate);
  swap_moved(codes);
  drawer_.settle(settled_, kBlock, codes);
  all_lanes();
  const auto readers = readers_.of(coordinate);
  for (const Readers::Reader& reader : readers) {
    if (reader.classifier >= classifiers_) continue;
    token.throw_if_cancelled();
    const bool kernel = reader.forest->has_kernel();
    if (kernel) change(reader, codes);
    keep_accepted(*reader.forest, kernel ? changed_.data() + reader.classifier * kBlock : nullptr, codes);
    if (lanes_.empty()) break;
  }
  for (const std::uint32_t j : moved_) {
    std::int16_t* const current = codes + j * kBlock;
    std::int16_t* const old = proposals_.data() + j * kBlock;
    for (const std::uint16_t lane : lanes_) std::swap(current[lane], old[lane]);
  }
  swap_moved(codes);
  for (const Readers::Reader& reader : readers) {
    if (reader.classifier >= classifiers_ || !reader.forest->has_kernel()) continue;
    std::int16_t* const sums = sums_.data() + reader.classifier * kBlock;
    const std::int16_t* const changed = changed_.data() + reader.classifier * kBlock;
    for (const std::uint16_t lane : lanes_) sums[lane] = changed[lane];
  }
}

void Sweeper::change(const Readers::Reader& reader, std::int16_t* codes) {
  std::int16_t* const changed = changed_.data() + reader.classifier * kBlock;
  const std::int16_t* const sums = sums_.data() + reader.classifier * kBlock;
  const ForestView view = reader.view();
  const std::size_t count = lanes_.size();
  if (count > kNarrow) {
    kernel_.sums(view, codes, kBlock, after_.data());
    swap_moved(codes);
    kernel_.sums(view, codes, kBlock, before_.data());
    swap_moved(codes);
    for (std::size_t lane = 0; lane < kBlock; ++lane) {
      changed[lane] = static_cast<std::int16_t>(sums[lane] - before_[lane] + after_[lane]);
    }
    return;
  }
  const auto gather = [&](const std::int16_t* from, std::uint32_t feature) {
    std::int16_t* const to = narrow_.data() + feature * kBlock;
    for (std::size_t i = 0; i < count; ++i) to[i] = from[lanes_[i]];
  };
  for (const std::uint32_t feature : reader.features) gather(codes + feature * kBlock, feature);
  kernel_.sums(view, narrow_.data(), count, after_.data());
  for (const std::uint32_t j : moved_) gather(proposals_.data() + j * kBlock, j);
  kernel_.sums(view, narrow_.data(), count, before_.data());
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t lane = lanes_[i];
    changed[lane] = static_cast<std::int16_t>(sums[lane] - before_[i] + after_[i]);
  }
}

void Sweeper::keep_accepted(const Forest& forest, const std::int16_t* sums, const std::int16_t* codes) {
  const std::int32_t grey = forest.grey();
  std::size_t count = 0;
  for (const std::uint16_t lane : lanes_) {
    lanes_[count] = lane;
    if (sums == nullptr || (sums[lane] >= -grey && sums[lane] <= grey)) {
      count += accepts_exactly(forest, codes, lane) ? 1 : 0;
    } else {
      count += sums[lane] > grey ? 1 : 0;
    }
  }
  lanes_.resize(count);
}

void Sweeper::all_lanes() {
  lanes_.resize(kBlock);
  std::iota(lanes_.begin(), lanes_.end(), std::uint16_t{0});
}

bool Sweeper::accepts_exactly(const Forest& forest, const std::int16_t* codes, std::size_t lane) {
  for (const std::uint32_t feature : forest.used_features()) {
    row_[feature] = static_cast<std::uint16_t>(codes[feature * kBlock + lane]);
  }
  return forest.accepts(row_.data());
}

}  // namespace shac
