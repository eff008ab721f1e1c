// What a thread that watches a sampling call sees of it.
#include "core/progress.h"

#include <thread>

#include "core/joining_thread.h"
#include "core/sampler/sampler.h"
#include "test/support.h"

namespace shac::test {
namespace {

TEST(Progress, EndsWithWhatTheResultSays) {
  const Cascade cascade = searched_cascade(plain_space(std::vector<std::uint32_t>(6, 32768)), 8, 20, 51, {}, hartmann6);
  for (const std::size_t memory : {std::size_t{0}, std::size_t{64} << 20}) {
    for (const std::size_t count : {1u, 5000u}) {
      SampleRequest request{.seed = 52, .count = count, .classifiers = 8, .threads = 3, .memory = memory};
      const SampleResult unwatched = sample(cascade, request, {});
      Progress progress;
      request.progress = &progress;
      const SampleResult result = sample(cascade, request, {});
      EXPECT_EQ(result.codes, unwatched.codes);
      EXPECT_EQ(progress.accepted, count);
      EXPECT_EQ(progress.draws, result.draws);
      EXPECT_EQ(progress.acceptance, result.acceptance);
      EXPECT_EQ(progress.live_mass, result.live_mass);
    }
  }
}

TEST(Progress, GrowsWhileTheCallGoesOn) {
  const Cascade cascade = trained_cascade(plain_space({32768, 32768}), 3, 20, 53);
  Progress progress;
  SampleRequest request{
      .seed = 54, .count = std::size_t{1} << 40, .classifiers = 3, .threads = 2, .progress = &progress};
  CancelToken token;
  JoiningThread call([&] { EXPECT_THROW(sample(cascade, request, token), Cancelled); });
  std::uint64_t accepted = 0, draws = 0;
  for (int seen = 0; seen < 5;) {
    const std::uint64_t now = progress.draws;
    EXPECT_GE(now, draws);
    EXPECT_GE(progress.accepted, accepted);
    seen += now > draws ? 1 : 0;
    draws = now;
    accepted = progress.accepted;
    std::this_thread::yield();
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_GT(progress.acceptance, 0.01);
  EXPECT_LE(progress.acceptance, progress.live_mass * 1.5);
  token.cancel();
}

TEST(Progress, SaysThatNothingWasFoundYet) {
  const Cascade cascade = Cascade(plain_space({100})).with(constant(1, -1.0f));
  Progress progress;
  const SampleRequest request{.count = 5, .classifiers = 1, .memory = 0, .max_draws = 50'000, .progress = &progress};
  error_of(ErrorCode::kEmptyRegion, [&] { sample(cascade, request, {}); });
  EXPECT_EQ(progress.accepted, 0u);
  EXPECT_EQ(progress.acceptance, 0);
  EXPECT_GE(progress.draws, 30'000u);
}

}  // namespace
}  // namespace shac::test
