#include "core/sampler/order.h"

#include <algorithm>
#include <numeric>

#include "core/sampler/drawer.h"

namespace shac {

std::vector<std::uint32_t> newest_first(std::size_t classifiers) {
  std::vector<std::uint32_t> order(classifiers);
  for (std::size_t i = 0; i < classifiers; ++i) order[i] = static_cast<std::uint32_t>(classifiers - 1 - i);
  return order;
}

std::vector<std::uint32_t> greedy_order(const Cascade& cascade, const Partition* boxes, std::size_t classifiers,
                                        const Kernel& kernel, std::uint64_t seed, std::uint32_t stream,
                                        std::uint64_t first, std::uint64_t last) {
  // The sums of every classifier over the same draws. A sum in the grey zone may pass for either side here: this is
  // only about the order.
  const std::size_t d = cascade.space().dimensions();
  Drawer drawer(cascade, boxes, kernel, seed, stream);
  std::vector<std::int16_t> codes(d * kBlock);
  std::vector<std::int16_t> sums(kBlock);
  std::vector<std::uint64_t> draws(kBlock);
  std::vector<std::uint32_t> chosen(kBlock);
  std::vector<std::vector<std::uint8_t>> verdicts(classifiers);
  for (std::uint64_t first_of_block = first; first_of_block < last; first_of_block += kBlock) {
    std::iota(draws.begin(), draws.end(), first_of_block);
    if (boxes != nullptr) drawer.choose_boxes(draws.data(), kBlock, chosen.data());
    drawer.draw_all(draws.data(), chosen.data(), kBlock, codes.data());
    for (std::uint32_t k = 0; k < classifiers; ++k) {
      const Forest& forest = cascade.forest(k);
      if (!forest.has_kernel()) continue;
      kernel.sums(forest.view(), codes.data(), kBlock, sums.data());
      for (std::size_t lane = 0; lane < kBlock; ++lane) verdicts[k].push_back(sums[lane] > 0 ? 1 : 0);
    }
  }
  // Without a kernel a classifier is judged to reject nothing, and so asked last: it is slow.
  for (auto& verdict : verdicts) verdict.resize(last - first, 1);

  std::vector<std::uint32_t> left = newest_first(classifiers);
  std::vector<std::uint32_t> order;
  std::vector<std::uint8_t> alive(last - first, 1);
  while (!left.empty()) {
    std::size_t best = 0;
    double best_rate = -1;  // rejected a unit of cost
    for (std::size_t i = 0; i < left.size(); ++i) {
      std::size_t rejected = 0;
      for (std::size_t draw = 0; draw < alive.size(); ++draw) rejected += alive[draw] & (verdicts[left[i]][draw] ^ 1);
      const double rate = static_cast<double>(rejected) / cascade.forest(left[i]).cost();
      if (rate > best_rate) {
        best = i;
        best_rate = rate;
      }
    }
    for (std::size_t draw = 0; draw < alive.size(); ++draw) alive[draw] &= verdicts[left[best]][draw];
    order.push_back(left[best]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return order;
}

}  // namespace shac
