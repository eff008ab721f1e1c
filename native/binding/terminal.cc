// What a command on a terminal needs of the system and Node does not offer: a standard output that nothing else writes
// to, an end by a second signal while the event loop is blocked, and last words when the process aborts.
//
// POSIX; terminal_windows.cc has the counterparts. What a signal handler reads cannot belong to an
// environment, so there is one of it in a process: the main thread's, which alone can listen to signals.
#ifndef _WIN32

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "binding/entries.h"
#include "binding/last_words.h"

namespace shac::binding {
namespace {

// How long the event loop may take to hear of the first signal before the terminal is told that it does not, and of the
// second before the process is ended without it.
constexpr unsigned kFirstSeconds = 2;
constexpr unsigned kSecondSeconds = 1;
// A launcher that passes on what the terminal has sent to both of us does so within that time.
constexpr time_t kForwardedSeconds = 1;

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// Replaced, never changed: a handler may be reading it.
std::atomic<const LastWords*> last_words{nullptr};
std::array<struct sigaction, kSignals.size()> before;
struct sigaction before_alarm;
struct sigaction before_abort;
std::atomic<int> received{0};
std::atomic<bool> told{false};
std::atomic<bool> from_terminal{false};
std::atomic<time_t> received_at{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<time_t>::is_always_lock_free &&
              std::atomic<const LastWords*>::is_always_lock_free);

// --- called by signal handlers: nothing but what is async-signal-safe ------------------------------------------------

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void say_last_words() {
  const LastWords* words = last_words.load();
  if (words == nullptr || told.exchange(true)) return;
  write_all(STDERR_FILENO, words->ended);
  write_all(words->output, words->result);
}

[[noreturn]] void end_now(int signum) {
  say_last_words();
  _exit(128 + signum);
}

// abort(), which V8 calls when memory is short, ends the process once this has returned.
void on_abort(int) { say_last_words(); }

std::atomic<int> last_signal{SIGINT};

void on_alarm(int) {
  const int error = errno;
  if (received.load() >= 2) end_now(last_signal.load());
  const LastWords* words = last_words.load();
  if (words != nullptr) write_all(STDERR_FILENO, words->waiting);
  errno = error;
}

// npm passes a Ctrl-C on that the terminal has sent to its whole group: for whoever typed it, it is one.
bool is_forwarded(const siginfo_t* info) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const time_t last = received_at.exchange(now.tv_sec);
  const bool was_terminal = from_terminal.exchange(info->si_pid == 0);
  return was_terminal && info->si_pid == getppid() && now.tv_sec - last <= kForwardedSeconds;
}

void on_signal(int signum, siginfo_t* info, void* context) {
  const int error = errno;
  if (!is_forwarded(info)) {
    last_signal.store(signum);
    const int count = received.fetch_add(1) + 1;
    if (count > 2) end_now(signum);
    alarm(count == 1 ? kFirstSeconds : kSecondSeconds);
    for (std::size_t i = 0; i < kSignals.size(); i++) {
      if (kSignals[i] != signum) continue;
      const struct sigaction& node = before[i];
      if ((node.sa_flags & SA_SIGINFO) != 0)
        node.sa_sigaction(signum, info, context);
      else if (node.sa_handler != SIG_DFL && node.sa_handler != SIG_IGN)
        node.sa_handler(signum);
    }
  }
  errno = error;
}

// ---------------------------------------------------------------------------------------------------------------------

[[noreturn]] void system_error(Napi::Env env, const char* what) {
  throw Napi::Error::New(env, std::string(what) + ": " + std::strerror(errno));
}

void install() {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); i++) sigaction(kSignals[i], &action, &before[i]);
  const auto handle = [](int signum, void (*handler)(int), struct sigaction* old) {
    struct sigaction simple {};
    simple.sa_handler = handler;
    simple.sa_flags = SA_RESTART;
    sigfillset(&simple.sa_mask);
    sigaction(signum, &simple, old);
  };
  handle(SIGALRM, on_alarm, &before_alarm);
  handle(SIGABRT, on_abort, &before_abort);
}

}  // namespace

Napi::Value take_output(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (output < 0) system_error(info.Env(), "standard output");
    if (info[0].ToBoolean() && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) system_error(info.Env(), "standard error");
    return Napi::Number::New(info.Env(), output);
  });
}

Napi::Value guard_signals(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto words = last_words_of(info[0]);
    // Those of before are leaked: a handler on another thread may be reading them, and there are few.
    if (last_words.exchange(words.release()) == nullptr) install();
    return info.Env().Undefined();
  });
}

Napi::Value signal_heard(const Napi::CallbackInfo& info) {
  alarm(0);
  told.store(info[0].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value release_signals(const Napi::CallbackInfo& info) {
  if (last_words.exchange(nullptr) != nullptr) {
    alarm(0);
    for (std::size_t i = 0; i < kSignals.size(); i++) sigaction(kSignals[i], &before[i], nullptr);
    sigaction(SIGALRM, &before_alarm, nullptr);
    sigaction(SIGABRT, &before_abort, nullptr);
    received.store(0);
    told.store(false);
  }
  return info.Env().Undefined();
}

}  // namespace shac::binding

#endif
