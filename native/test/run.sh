#!/usr/bin/env bash
# Builds and runs the GoogleTest suite of native/core.
#   native/test/run.sh none|address,undefined|thread|clang|published [gtest options]
# `clang` is clang with libc++, as on macOS, and builds the addon with them as well. `published` is with the compiler and
# the XGBoost of `npm run prebuild`, which has to have run.
# SHAC_TEST_JSON=FILE also writes GoogleTest's report there.
set -euo pipefail

if [[ $# -lt 1 || ! $1 =~ ^(none|address,undefined|thread|clang|published)$ ]]; then
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
fi
kind=$1
shift

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build-native-$kind
sanitize=$kind
[[ $kind == none || $kind == clang || $kind == published ]] && sanitize=
toolchain=()
if [[ $kind == clang ]]; then
  # Debian's GoogleTest is a library of libstdc++: it is built here from its source.
  toolchain=(-DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS=-stdlib=libc++ -DSHAC_GTEST_SOURCE=/usr/src/googletest)
fi
if [[ $kind == published ]]; then
  mapfile -t toolchain < <(node "$root/.ci/release/published-xgboost.mjs")
  toolchain+=(-DSHAC_GTEST_SOURCE=/usr/src/googletest)
fi
generator=()
if command -v ninja >/dev/null && [[ ! -f $build/CMakeCache.txt ]]; then generator=(-G Ninja); fi

cmake -S "$root" -B "$build" "${generator[@]}" -DSHAC_NATIVE_TESTS=ON -DSHAC_SANITIZE="$sanitize" \
  -DSHAC_XGBOOST="${SHAC_XGBOOST:-auto}" "${toolchain[@]}" >&2
cmake --build "$build" --parallel "$(nproc)" >&2

if [[ $kind == clang ]]; then
  addon=(--CDSHAC_XGBOOST="${SHAC_XGBOOST:-auto}" --out "$build-addon" --cc clang --cxx clang++ --CDCMAKE_CXX_FLAGS=-stdlib=libc++)
  (cd "$root" && npx --no-install cmake-js compile "${addon[@]}" >&2 && node native/test/addon-answers.mjs "$build-addon/Release/shac.node" >&2)
fi

if [[ -n ${SHAC_TEST_JSON:-} ]]; then set -- "--gtest_output=json:$SHAC_TEST_JSON" "$@"; fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
# XGBoost reads a saved model on all of OpenMP's threads, whatever nthread says; TSan knows no happens-before of the
# uninstrumented libgomp. This library itself has no OpenMP code, so nothing of ours goes unchecked.
if [[ $kind == thread ]]; then export OMP_NUM_THREADS=1; fi
launch=()
# gcc 12's TSan does not know the address layout of kernels with more than 28 bits of randomisation.
if [[ $kind == thread ]] && command -v setarch >/dev/null && setarch -R true 2>/dev/null; then launch=(setarch -R); fi
exec "${launch[@]}" "$build/shac_native_tests" "$@"
