// terminal.cc for Windows. The descriptors of Node are not those of this library's C runtime, so standard output cannot
// be turned from here: take_output answers 1, and JavaScript turns what JavaScript prints. For an end by a second
// Ctrl-C while the event loop is blocked there are the console's handlers: each event has a thread of its own.
#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <memory>
#include <mutex>
#include <string>

#include "binding/entries.h"
#include "binding/last_words.h"

namespace shac::binding {
namespace {

// As in terminal.cc.
constexpr DWORD kFirstMs = 2000;
constexpr DWORD kSecondMs = 1000;
constexpr UINT kInterrupted = 128 + 2;

// What the threads of the console share; of the main thread's environment, which alone can listen to signals.
std::mutex mutex;
std::unique_ptr<LastWords> last_words;
HANDLE timer = nullptr;
int received = 0;
bool told = false;

void write_all(DWORD stream, const std::string& text) {
  DWORD written = 0;
  if (!text.empty()) WriteFile(GetStdHandle(stream), text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
}

// With the mutex held.
void end_now() {
  if (!told) {
    write_all(STD_ERROR_HANDLE, last_words->ended);
    write_all(STD_OUTPUT_HANDLE, last_words->result);
  }
  TerminateProcess(GetCurrentProcess(), kInterrupted);
}

// With the mutex held. Does not wait for one that runs: it waits for the mutex.
void stop_timer() {
  if (timer != nullptr) DeleteTimerQueueTimer(nullptr, timer, nullptr);
  timer = nullptr;
}

void CALLBACK on_timer(void*, BOOLEAN) {
  const std::scoped_lock lock(mutex);
  if (timer == nullptr || last_words == nullptr) return;  // it was heard meanwhile
  if (received >= 2) end_now();
  write_all(STD_ERROR_HANDLE, last_words->waiting);
}

BOOL WINAPI on_event(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  const std::scoped_lock lock(mutex);
  if (last_words == nullptr) return FALSE;
  if (++received > 2) end_now();
  stop_timer();
  CreateTimerQueueTimer(&timer, nullptr, on_timer, nullptr, received == 1 ? kFirstMs : kSecondMs, 0,
                        WT_EXECUTEONLYONCE);
  return FALSE;  // Node's own handler comes next
}

}  // namespace

Napi::Value take_output(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), 1); }

Napi::Value guard_signals(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto words = last_words_of(info[0]);
    const std::scoped_lock lock(mutex);
    // The newest handler is asked first: this one has to come after Node's.
    if (last_words == nullptr) SetConsoleCtrlHandler(on_event, TRUE);
    last_words = std::move(words);
    return info.Env().Undefined();
  });
}

Napi::Value signal_heard(const Napi::CallbackInfo& info) {
  const std::scoped_lock lock(mutex);
  stop_timer();
  told = info[0].ToBoolean();
  return info.Env().Undefined();
}

Napi::Value release_signals(const Napi::CallbackInfo& info) {
  const std::scoped_lock lock(mutex);
  if (last_words != nullptr) {
    SetConsoleCtrlHandler(on_event, FALSE);
    stop_timer();
    last_words = nullptr;
    received = 0;
    told = false;
  }
  return info.Env().Undefined();
}

}  // namespace shac::binding

#endif
