// SPDX-License-Identifier: MIT
// The prompt formats. A change here changes every prompt's hash, so that stored answers to the old
// text are not taken for answers to the new one.
#include "tasks/prompt_format.h"

namespace paq {
namespace {

// The line that simple-evals asks for, without its reasoning: the answer alone is generated.
const std::string kLetterOnly =
    "\n\nReply with one line, \"Answer: LETTER\", where LETTER is one of ";

std::vector<PromptFormat> table() {
  const PromptFormat arc = {
      .task = "arc-easy",
      .source =
          "Chat: simple-evals' closing line for multiple choice, without reasoning. Raw: after "
          "OLMES's "
          "multiple-choice form (Gu et al., 2024). By likelihood: the lm-evaluation-harness "
          "(arc_easy, arc_challenge). Few-shot: seeded picks from the Train file.",
      .fields = {"question", "choices", "letters", "answer", "option"},
      .system = "",
      .chat = "{question}\n\n{choices}" + kLetterOnly + "{letters}.",
      .answer = "Answer: {answer}",
      .raw_opening = "",
      .raw = "Question: {question}\n{choices}\nAnswer:",
      .cloze = "Question: {question}\nAnswer:",
      .cloze_answer = "{option}",
      .stop = {"\n\n", "\nQuestion:"}};
  return {
      {.task = "squad2",
       .source =
           "Chat: paq's own. Raw: the lm-evaluation-harness (squadv2), \"unanswerable\" included. "
           "Few-shot: seeded picks from the train file.",
       .fields = {"title", "passage", "question", "answer"},
       .system = "",
       .chat =
           "Answer the question with the shortest span of the passage that answers it, word for "
           "word and without anything else. If the passage does not answer it, reply with the one "
           "word: unanswerable\n\nPassage: {passage}\n\nQuestion: {question}",
       .answer = "{answer}",
       .raw_opening = "",
       .raw = "Title: {title}\n\nBackground: {passage}\n\nQuestion: {question}\n\nAnswer:",
       .stop = {"\n"}},
      {.task = "drop",
       .source = "Chat: simple-evals, with the steps before an \"Answer:\" line. Raw: the form of "
                 "simple-evals' flattened files. Few-shot: seeded picks from the train file "
                 "(simple-evals takes three).",
       .fields = {"passage", "question", "answer"},
       .system = "",
       .chat =
           "Read the passage and answer the question.\n\nPassage: {passage}\nQuestion: "
           "{question}\n\nThink step by step, then write a line of the form \"Answer: ANSWER\" at "
           "the end of your response. Write a number in digits; write \" and \" between several "
           "answers.",
       .answer = "Answer: {answer}",
       .raw_opening = "",
       .raw = "Passage: {passage}\nQuestion: {question}\nAnswer:",
       .stop = {"\n"}},
      {.task = "gsm8k",
       .source =
           "Chat: paq's own around the answer format of the data set (Cobbe et al., 2021). Raw: "
           "the lm-evaluation-harness (gsm8k). Few-shot: seeded picks from train.jsonl (the "
           "harness takes five, chain-of-thought prompting eight).",
       .fields = {"question", "solution", "answer"},
       .system = "",
       .chat = "{question}\n\nSolve this step by step. End with a line of \"#### \" and the number "
               "that is the answer.",
       .answer = "{solution}",
       .raw_opening = "",
       .raw = "Question: {question}\nAnswer:",
       .stop = {"\n\n", "Question:"}},
      {.task = "mmlu",
       .source =
           "Chat: the question as in Hendrycks et al. (2021), simple-evals' closing line without "
           "reasoning. Raw: Hendrycks et al. (evaluate.py); by likelihood, the letters after it, "
           "as "
           "there and in the lm-evaluation-harness (mmlu). Few-shot: the first of the subject's "
           "dev file, in their order (five there).",
       .fields = {"subject", "question", "choices", "answer", "option"},
       .system = "",
       .chat =
           "The following is a multiple choice question about {subject}.\n\n{question}\n{choices}" +
           kLetterOnly + "A, B, C or D.",
       .answer = "Answer: {answer}",
       .raw_opening =
           "The following are multiple choice questions (with answers) about {subject}.\n\n",
       .raw = "{question}\n{choices}\nAnswer:",
       .stop = {"\n"}},
      {.task = "humaneval",
       .source =
           "Chat: paq's own, a whole function in one code block as chat harnesses ask for. Raw: "
           "Chen et al. (2021), the prompt as it is. Zero-shot.",
       .fields = {"prompt", "solution"},
       .system = "",
       .chat =
           "Complete this Python function. Reply with the whole function, its imports included, "
           "in one code block and nothing else.\n\n```python\n{prompt}\n```",
       .answer = "",
       .raw_opening = "",
       .raw = "{prompt}",
       .stop = {"\nclass", "\ndef", "\n#", "\nif", "\nprint"}},
      arc,
      [&] {
        PromptFormat challenge = arc;
        challenge.task = "arc-challenge";
        return challenge;
      }(),
  };
}

}  // namespace

std::span<const PromptFormat> prompt_formats() {
  static const std::vector<PromptFormat> formats = table();
  return formats;
}

}  // namespace paq
