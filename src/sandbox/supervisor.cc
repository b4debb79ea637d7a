// SPDX-License-Identifier: MIT
#include "sandbox/supervisor.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <vector>

#include "core/error.h"
#include "sandbox/bubblewrap.h"
#include "sandbox/confined_process.h"
#include "sandbox/descriptors.h"
#include "sandbox/working_folder.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;
using Stopped = CodeEnding::Stopped;

constexpr double kStartSeconds = 60;  // Until the interpreter is up, however busy the machine.
constexpr double kEndSeconds = 10;    // Until a killed namespace is gone.
constexpr size_t kReportBytes = 256;
constexpr size_t kErrorBytes = 1 << 14;  // Kept of standard error, from its end.

class Run {
 public:
  Run(std::string_view program, std::string_view nonce, const CodeRunnerOptions& options,
      const Confinement& confinement)
      : options_(options), confinement_(confinement), process_(spec(program, nonce)) {
    // What only the child may hold, or its end would not be seen.
    null_.reset();
    source_.reset();
    filter_.reset();
    output_.writer.reset();
    errors_.writer.reset();
    report_.writer.reset();
    info_.writer.reset();
  }

  CodeEnding finish() {
    while (!process_ended_ && ending_.stopped == Stopped::kNo && !start_failed_) wait_and_read();
    if (started_) ending_.seconds = since(*started_);
    end_processes();
    while (output_.reader || errors_.reader || report_.reader) {
      if (!read_what_is_there()) break;
    }
    if (!started_) throw Error(ErrorCode::kIo, start_fault());
    return std::move(ending_);
  }

 private:
  static double since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  ProcessSpec spec(std::string_view program, std::string_view nonce) {
    source_ = memory_file("program", harness_input(nonce, program));
    ProcessSpec spec;
    spec.environment = python_environment("/tmp");
    spec.limits = options_.limits;
    spec.as_nobody = confinement_.as_nobody;
    spec.descriptors = {{null_.get(), STDIN_FILENO},
                        {output_.writer.get(), STDOUT_FILENO},
                        {errors_.writer.get(), STDERR_FILENO},
                        {report_.writer.get(), kReportDescriptor},
                        {source_.get(), kSourceDescriptor}};
    if (!confinement_.sandboxed) {
      folder_.emplace(confinement_.as_nobody ? kNobody : -1);
      spec.arguments = python_arguments(options_);
      spec.environment = python_environment(folder_->path().string());
      spec.folder = folder_->path();
      spec.filter = confinement_.filter;
      return spec;
    }
    spec.arguments = bubblewrap_arguments(options_);
    filter_ = memory_file("seccomp", confinement_.filter);
    info_ = make_pipe();
    block_ = make_blocking_pipe();
    spec.descriptors.insert(spec.descriptors.end(), {{filter_.get(), kFilterDescriptor},
                                                     {info_.writer.get(), kInfoDescriptor},
                                                     {block_.reader.get(), kBlockDescriptor}});
    return spec;
  }

  // One wait, for at most what is left of the time.
  void wait_and_read() {
    std::vector<pollfd> waiting = {{process_.descriptor(), POLLIN, 0}};
    for (const Pipe* pipe : {&output_, &errors_, &report_, &info_}) {
      if (pipe->reader) waiting.push_back({pipe->reader.get(), POLLIN, 0});
    }
    const double left =
        started_ ? options_.limits.wall_seconds - since(*started_) : kStartSeconds - since(began_);
    const int timeout_ms = static_cast<int>(std::clamp(left * 1000, 0.0, 3.6e6)) + 1;
    if (poll(waiting.data(), waiting.size(), timeout_ms) < 0 && errno != EINTR) {
      throw error_from_errno("cannot wait for a program");
    }
    read_what_is_there();
    process_ended_ = waiting.front().revents != 0;
    if (left > 0) return;
    if (started_) {
      ending_.stopped = Stopped::kTime;
    } else {
      start_failed_ = true;
    }
  }

  // Returns whether anything came.
  bool read_what_is_there() {
    const size_t before = total_bytes_;
    std::string discarded;
    read_pipe(output_, discarded);
    read_pipe(errors_, ending_.errors);
    if (ending_.errors.size() > kErrorBytes) {
      ending_.errors.erase(0, ending_.errors.size() - kErrorBytes);
    }
    const size_t output_bytes = total_bytes_;
    read_pipe(report_, ending_.report);
    if (!started_ && ending_.report.starts_with(kReportStarted)) started_ = Clock::now();
    const bool too_much = output_bytes - report_bytes_ >
                          static_cast<size_t>(std::max<int64_t>(options_.limits.output_bytes, 0));
    report_bytes_ += total_bytes_ - output_bytes;
    if (too_much || ending_.report.size() > kReportBytes) ending_.stopped = Stopped::kOutput;
    if (info_.reader) follow_namespace();
    return total_bytes_ != before;
  }

  void read_pipe(Pipe& pipe, std::string& bytes) {
    if (!pipe.reader) return;
    const size_t before = bytes.size();
    if (!read_some(pipe.reader.get(), bytes)) pipe.reader.reset();
    total_bytes_ += bytes.size() - before;
  }

  // Takes hold of the namespace's first process, whose end is the end of all others, before it may
  // start anything.
  void follow_namespace() {
    if (!read_some(info_.reader.get(), info_text_)) info_.reader.reset();
    const std::optional<int> pid = init_process_id(info_text_);
    if (!pid) return;
    init_ = open_process(*pid);
    info_.reader.reset();
    if (!init_) throw error_from_errno("cannot follow bubblewrap's process");
    if (write(block_.writer.get(), "", 1) != 1) throw error_from_errno("cannot start a program");
  }

  void end_processes() {
    if (confinement_.sandboxed && process_ended_) ending_.exit_code = process_.end();
    kill_and_wait(init_, kEndSeconds);
    ending_.exit_code = process_.end();
  }

  std::string start_fault() const {
    const std::string program =
        (confinement_.sandboxed ? options_.bubblewrap : options_.python).string();
    std::string said = ending_.errors.substr(0, 500);
    std::replace(said.begin(), said.end(), '\n', ' ');
    if (start_failed_) return program + " did not start Python within a minute";
    return program + " could not start Python (exit code " + std::to_string(ending_.exit_code) +
           "): " + said;
  }

  const CodeRunnerOptions& options_;
  const Confinement& confinement_;
  std::optional<WorkingFolder> folder_;  // Before process_: goes after it.
  Descriptor null_ = open_null();
  Pipe output_ = make_pipe(), errors_ = make_pipe(), report_ = make_pipe();
  Descriptor source_, filter_, init_;
  Pipe info_, block_;  // We keep both ends of block_, so that writing never finds it broken.
  Clock::time_point began_ = Clock::now();
  std::optional<Clock::time_point> started_;
  CodeEnding ending_;
  std::string info_text_;
  size_t total_bytes_ = 0;   // From all three pipes.
  size_t report_bytes_ = 0;  // Of these, from the report.
  bool process_ended_ = false;
  bool start_failed_ = false;
  ConfinedProcess process_;  // Last: ends first.
};

}  // namespace

CodeEnding supervise(std::string_view program, std::string_view nonce,
                     const CodeRunnerOptions& options, const Confinement& confinement) {
  return Run(program, nonce, options, confinement).finish();
}

}  // namespace paq
