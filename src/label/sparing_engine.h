// SPDX-License-Identifier: MIT
// An engine that holds no more than one variant in memory, for work that goes through a ladder one
// variant after another: a ladder then takes as much as its largest variant.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "engine/engine.h"

namespace paq {

/// Stands before an engine that keeps what it has loaded, and opens that anew once another width is
/// asked for while nothing is in flight. Widths that are asked for side by side stay side by side.
class SparingEngine : public Engine {
 public:
  using Open = std::function<std::unique_ptr<Engine>()>;

  /// `open` is called at once and for every change. It should load nothing yet; what it throws
  /// passes through, from submit() too, and the engine is then as it was.
  explicit SparingEngine(Open open);

  std::vector<BitWidth> bit_widths() const override { return engine_->bit_widths(); }
  int context_tokens(BitWidth bits) override { return engine_->context_tokens(bits); }
  RequestId submit(Request request) override { return pass_on(std::move(request)); }
  RequestId submit(ScoreRequest request) override { return pass_on(std::move(request)); }
  void cancel(RequestId id) override;
  bool step() override;
  EngineStats stats() const override;

 private:
  void make_way_for(BitWidth bits);

  template <typename AnyRequest>
  RequestId pass_on(AnyRequest request) {
    const BitWidth bits = request.bits;
    make_way_for(bits);
    idle_ = false;
    const RequestId id = engine_->submit(std::move(request));
    loaded_.insert(bits);
    last_ = before_ + id;
    return last_;
  }

  Open open_;
  std::mutex mutex_;  // Of `engine_` and `before_`, which cancel() may meet while they change.
  std::unique_ptr<Engine> engine_;
  RequestId before_ = 0;  // Ids that engines before this one have given.
  RequestId last_ = 0;
  std::set<BitWidth> loaded_;
  bool idle_ = true;
  EngineStats closed_;  // Of engines before this one.
};

}  // namespace paq
