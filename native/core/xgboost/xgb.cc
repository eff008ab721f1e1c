#include "core/xgboost/xgb.h"

#include <cstdio>
#include <new>

#include "core/error.h"

namespace shac::xgb {
namespace {

void check(int status) {
  if (status == 0) return;
  const std::string message = XGBGetLastError();
  if (message.find("bad_alloc") != std::string::npos) throw std::bad_alloc();
  throw Error(ErrorCode::kXGBoost, "XGBoost: " + message);
}

}  // namespace

std::string version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Matrix::Matrix(std::span<const std::uint16_t> codes, std::size_t rows, std::size_t columns,
               std::span<const std::uint8_t> labels, std::span<const float> weights) {
  const std::vector<float> values(codes.begin(), codes.end());
  // NumPy's array interface, which XGBoost copies from: {"data": [address, read-only], ...}.
  const std::string array = "{\"data\":[" + std::to_string(reinterpret_cast<std::uintptr_t>(values.data())) +
                            ",true],\"shape\":[" + std::to_string(rows) + "," + std::to_string(columns) +
                            "],\"typestr\":\"<f4\",\"version\":3}";
  check(XGDMatrixCreateFromDense(array.c_str(), "{\"missing\":NaN,\"nthread\":1}", &handle_));
  if (labels.empty()) return;
  const std::vector<float> targets(labels.begin(), labels.end());
  try {
    check(XGDMatrixSetFloatInfo(handle_, "label", targets.data(), targets.size()));
    if (!weights.empty()) check(XGDMatrixSetFloatInfo(handle_, "weight", weights.data(), weights.size()));
  } catch (...) {
    XGDMatrixFree(handle_);
    throw;
  }
}

Matrix::~Matrix() { XGDMatrixFree(handle_); }

Booster::Booster() { check(XGBoosterCreate(nullptr, 0, &handle_)); }

Booster::Booster(const Matrix& train) {
  const DMatrixHandle handles[] = {train.handle()};
  check(XGBoosterCreate(handles, 1, &handle_));
}

Booster::~Booster() { XGBoosterFree(handle_); }

void Booster::set(const char* name, const std::string& value) {
  check(XGBoosterSetParam(handle_, name, value.c_str()));
}

void Booster::update(int iteration, const Matrix& train) {
  check(XGBoosterUpdateOneIter(handle_, iteration, train.handle()));
}

std::vector<float> Booster::margins(const Matrix& matrix) const {
  // type 1 is the margin; the strict shape is not needed, one output a row.
  const char* config =
      "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,\"strict_shape\":false}";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  check(XGBoosterPredictFromDMatrix(handle_, matrix.handle(), config, &shape, &dimensions, &values));
  return {values, values + (dimensions == 0 ? 0 : shape[0])};
}

std::vector<std::uint8_t> Booster::save_ubjson() const {
  bst_ulong length = 0;
  const char* bytes = nullptr;
  check(XGBoosterSaveModelToBuffer(handle_, "{\"format\":\"ubj\"}", &length, &bytes));
  return {bytes, bytes + length};
}

void Booster::load_ubjson(std::span<const std::uint8_t> bytes) {
  check(XGBoosterLoadModelFromBuffer(handle_, bytes.data(), bytes.size()));
}

}  // namespace shac::xgb
