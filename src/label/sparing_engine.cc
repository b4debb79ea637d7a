// SPDX-License-Identifier: MIT
#include "label/sparing_engine.h"

#include <utility>

namespace paq {
namespace {

EngineStats sum(EngineStats a, const EngineStats& b) {
  a.prefill_tokens += b.prefill_tokens;
  a.reused_tokens += b.reused_tokens;
  a.decode_tokens += b.decode_tokens;
  a.batches += b.batches;
  return a;
}

}  // namespace

SparingEngine::SparingEngine(Open open) : open_(std::move(open)), engine_(open_()) {}

void SparingEngine::make_way_for(BitWidth bits) {
  if (!idle_ || loaded_.empty() || loaded_.contains(bits)) return;
  std::unique_ptr<Engine> engine = open_();
  closed_ = stats();
  loaded_.clear();
  const std::lock_guard lock(mutex_);
  engine_.swap(engine);
  before_ = last_;
}

void SparingEngine::cancel(RequestId id) {
  const std::lock_guard lock(mutex_);
  if (id > before_) engine_->cancel(id - before_);
}

bool SparingEngine::step() {
  const bool more = engine_->step();
  idle_ = !more;
  return more;
}

EngineStats SparingEngine::stats() const { return sum(closed_, engine_->stats()); }

}  // namespace paq
