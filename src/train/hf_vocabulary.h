// SPDX-License-Identifier: MIT
// A published tokenizer as a router's vocabulary, in the form in which llama.cpp applies it.
#pragma once

#include <string>

#include "train/hf_tokenizer.h"
#include "train/vocabulary.h"

namespace paq {

/// One token for every row of the embeddings, as llama.cpp wants it: rows that no token has get a
/// name of their own. `where` stands for the tokenizer's file in messages. Throws Error(kBadFile)
/// where there are more ids than rows, or two added tokens become one in Unicode's composed form.
RouterVocabulary hf_vocabulary(HfTokenizer tokenizer, int vocab_size, const std::string& where);

}  // namespace paq
