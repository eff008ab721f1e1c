// What bounds the sampler's memory does not change what it finds.
#include "core/sampler/draw.h"
#include "core/sampler/sampler.h"
#include "test/support.h"

namespace shac::test {
namespace {

Cascade noisy_cascade(std::size_t d, std::size_t classifiers) {
  Random random(9);
  const std::vector<std::uint32_t> levels = mixed_levels(random, d);
  Cascade cascade(plain_space(levels));
  for (std::size_t k = 0; k < classifiers; ++k) cascade = cascade.with(noisy_forest(random, 40, levels, 3, 30));
  return cascade;
}

// So many coordinates are not kept from one classifier to the next.
TEST(SamplerMemory, ManyCoordinatesAndClassifiersAreDecidedAsByAPlainLoop) {
  constexpr std::size_t kCount = 20;
  const Cascade cascade = noisy_cascade(600, 6);
  SampleRequest request;
  request.seed = 3;
  request.count = kCount;
  request.classifiers = cascade.size();
  request.memory = 0;
  request.threads = 2;
  std::vector<std::uint16_t> expected;
  std::vector<std::uint16_t> row(600);
  std::uint64_t draws = 0;
  for (; expected.size() < kCount * row.size(); ++draws) {
    draw_codes(cascade.space(), request.seed, request.stream, draws, row.data());
    if (cascade.accepts(row.data(), cascade.size())) expected.insert(expected.end(), row.begin(), row.end());
  }
  const SampleResult result = sample(cascade, request, {});
  EXPECT_EQ(result.codes, expected);
  EXPECT_EQ(result.draws, draws);
}

TEST(SamplerMemory, ThePartitionStaysWithinItsBytesHoweverManyAreDrawn) {
  const Cascade cascade = trained_cascade(plain_space(std::vector<std::uint32_t>(6, 32768)), 10, 30, 4);
  SampleRequest request;
  request.classifiers = cascade.size();
  for (const std::size_t boxes : {2, 70, 500}) {
    for (const std::size_t count : {10, 1000, 5000}) {
      request.memory = boxes * Partition::bytes_per_box(6, cascade.size());
      request.count = count;
      const SampleResult result = sample(cascade, request, {});
      EXPECT_LE(result.boxes, boxes);
      EXPECT_EQ(result.rejections.size(), count);
    }
  }
}

}  // namespace
}  // namespace shac::test
