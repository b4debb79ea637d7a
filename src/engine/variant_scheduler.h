// SPDX-License-Identifier: MIT
// Continuous batching for one variant.
//
// Running sequences are decoded together, one token each; what room is left in the batch goes to
// the prompts of new ones and to texts that are scored, in chunks and in the order they came. A
// sequence joins and leaves while others go on. Beginnings that prompts share are computed once
// (prefix_sharing.cc). Internal to engine/.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <set>
#include <vector>

#include "engine/job.h"
#include "engine/sampling.h"
#include "engine/sequence.h"
#include "engine/variant_model.h"

namespace paq {

class VariantScheduler {
 public:
  /// References must outlive this; `pool` too.
  VariantScheduler(const VariantModel::Source& source, const EmbeddedEngineOptions& options,
                   ggml_threadpool* pool, EventQueue& events);
  virtual ~VariantScheduler() = default;

  BitWidth bits() const { return source_.bits; }
  const std::filesystem::path& path() const { return source_.path; }
  int context_tokens() const { return source_.context_tokens; }
  bool has_work() const { return !waiting_.empty() || !running_.empty(); }
  const EngineStats& stats() const { return stats_; }

  void enqueue(std::shared_ptr<const Job> job);

  /// Ends a request with what it has so far; false where it is not here.
  bool cancel(RequestId id);

  /// Drops a request without a word.
  void forget(RequestId id);

  /// Loads the variant where needed, lets waiting requests in, and runs one batch. What happens to
  /// requests, failures included, is put into the event queue.
  void step();

 protected:
  /// Throws like VariantModel::run(). Tests let it fail.
  virtual void run_batch();

 private:
  struct Origin {
    const Sequence* running = nullptr;  // or
    KeptPrefix* kept = nullptr;
    size_t shared = 0;
  };

  VariantModel& model();

  // Waiting requests.
  bool prepare_next();
  void remove_waiting(size_t index);
  void admit();
  bool start_next();
  llama_seq_id take_slot();
  int64_t answer_cells(const WaitingJob& waiting) const;
  void start(WaitingJob waiting, const Origin& origin, int64_t answer_cells);
  void start_continuations();
  bool start_continuation(const Sequence& prompt);

  // Batches.
  void fill_batch();
  void feed_decoding();
  void feed_others(bool only_one);
  void feed(Sequence& sequence);
  void count_batch();
  void take_outputs();
  void take_token(Sequence& sequence);
  void take_first_scores(Sequence& prompt);
  void take_scores(Sequence& sequence);
  bool score_token(const Sequence& sequence, size_t continuation, std::span<const float> logits,
                   const LogitSummary& summary);
  void tell(const Sequence& sequence, std::string text);
  void finish(Sequence& sequence, FinishReason reason);
  void finish_scoring(Sequence& sequence);
  void fail(const Sequence& sequence, Event event);
  void end_job(const Job& job);
  void drop_ended();
  void fail_running(const Error& error);
  void fail_all(const Error& error);

  // Cells, slots and what prompts share.
  Origin find_origin(TokenSpan prompt, size_t before);
  const CellTree::Path& cells_of(const Origin& origin) const;
  bool make_room(int64_t cells, const KeptPrefix* spared);
  void share_computed();
  void take_shared(Sequence& sequence, llama_seq_id from);
  void release(Sequence& sequence, bool may_keep);
  bool keep(const Sequence& sequence);
  bool held_elsewhere(TokenSpan prefix, uint64_t number) const;
  void prune_kept();
  void drop_kept(std::list<KeptPrefix>::iterator kept);

  VariantModel::Source source_;
  const EmbeddedEngineOptions& options_;
  ggml_threadpool* pool_;
  EventQueue& events_;
  std::unique_ptr<VariantModel> model_;

  PromptIndex waiting_prompts_;  // of waiting_, as far as they are prepared
  std::deque<WaitingJob> waiting_;
  size_t prepared_ = 0;  // of waiting_, from the front

  CellTree cells_;  // must outlive the sequences
  std::set<llama_seq_id> free_slots_;
  std::vector<std::unique_ptr<Sequence>> running_;  // in the order of admission
  std::list<KeptPrefix> kept_;                      // longest unused first
  uint64_t last_number_ = 0;
  LlamaBatch batch_;
  int batch_outputs_ = 0;
  int fed_since_decoding_ = 0;  // tokens, where sequences have cells of their own
  EngineStats stats_;
};

}  // namespace paq
