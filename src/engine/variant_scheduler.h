// SPDX-License-Identifier: MIT
// Continuous batching for one variant.
//
// Running sequences are decoded together, one token each; what room is left in the batch goes to
// the prompts of new ones, in chunks and in the order they came. A sequence joins and leaves while
// others go on. Internal to engine/.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "engine/answer_text.h"
#include "engine/job.h"
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

  void enqueue(std::shared_ptr<const Job> job);

  /// Ends a request with what it has so far; false where it is not here.
  bool cancel(RequestId id);

  /// Drops a request without a word.
  void forget(RequestId id);

  /// Loads the variant where needed, lets waiting requests in, and runs one batch. What happens to
  /// requests, failures included, is put into the event queue.
  void step();

  /// Throws like VariantModel's constructor and score(). No work may be waiting.
  ScoredContinuations score(const ScoreRequest& request);

 protected:
  /// Throws like VariantModel::run(). Tests let it fail.
  virtual void run_batch();

 private:
  struct Waiting {
    std::shared_ptr<const Job> job;
    std::vector<llama_token> prompt;  // empty until it was first looked at
  };

  struct Sequence {
    std::shared_ptr<const Job> job;
    llama_seq_id slot = 0;
    std::vector<llama_token> prompt;
    size_t fed = 0;   // prompt tokens in the cache or in the present batch
    int cells = 0;    // of the cache, promised to this sequence
    int output = -1;  // entry of the present batch whose logits are this sequence's next
    LlamaSamplerHandle sampler;
    AnswerText answer;
    Completion completion;
  };

  VariantModel& model();
  void admit();
  bool prepare(Waiting& waiting);
  void start(Waiting waiting, int cells);
  void fill_batch();
  void take_outputs();
  bool take_token(Sequence& sequence);
  void tell(const Sequence& sequence, std::string text);
  void finish(Sequence& sequence, FinishReason reason);
  void fail_running(const Error& error);
  void fail_all(const Error& error);

  VariantModel::Source source_;
  const EmbeddedEngineOptions& options_;
  ggml_threadpool* pool_;
  EventQueue& events_;
  std::unique_ptr<VariantModel> model_;
  std::deque<Waiting> waiting_;
  std::vector<std::unique_ptr<Sequence>> running_;
  std::vector<llama_seq_id> free_slots_;
  int promised_cells_ = 0;
  LlamaBatch batch_;
};

}  // namespace paq
