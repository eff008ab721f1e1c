// RAII over XGBoost's C API. Every failure is an Error(kXGBoost) with XGBoost's own message.
// Only calls that exist in both XGBoost 1.7 and 3.x are used.
#pragma once

#include <xgboost/c_api.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shac::xgb {

// "1.7.4"
std::string version();

// A dense matrix of `rows` x `columns` codes, row by row; `labels` may be empty, and `weights` (all rows count alike).
class Matrix {
 public:
  Matrix(std::span<const std::uint16_t> codes, std::size_t rows, std::size_t columns,
         std::span<const std::uint8_t> labels = {}, std::span<const float> weights = {});
  ~Matrix();
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  DMatrixHandle handle() const noexcept { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

// A booster runs on the calling thread alone unless `nthread` says otherwise. One thread at a time may use it.
class Booster {
 public:
  Booster();                              // no training data: to load a model into
  explicit Booster(const Matrix& train);  // `train` must outlive it
  ~Booster();
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  void set(const char* name, const std::string& value);
  void update(int iteration, const Matrix& train);
  // Float32 margins, one a row.
  std::vector<float> margins(const Matrix& matrix) const;
  std::vector<std::uint8_t> save_ubjson() const;
  // XGBoost trusts these bytes: pass only what read_model() has checked. It reads them on all of OpenMP's threads,
  // whatever `nthread` says.
  void load_ubjson(std::span<const std::uint8_t> bytes);

 private:
  BoosterHandle handle_ = nullptr;
};

}  // namespace shac::xgb
