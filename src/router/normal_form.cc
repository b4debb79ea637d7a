// SPDX-License-Identifier: MIT
#include "router/normal_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "core/error.h"
#include "core/utf8.h"
#include "engine/llama_handles.h"
#include "ladder/gguf_reader.h"

namespace paq {
namespace {

using CodePoints = std::vector<utf8proc_int32_t>;

constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

[[noreturn]] void fail(utf8proc_ssize_t code) {
  throw Error(ErrorCode::kEngine, std::string("a prompt cannot be brought to Unicode's composed "
                                              "form: ") +
                                      utf8proc_errmsg(code));
}

int combining_class(utf8proc_int32_t character) {
  return utf8proc_get_property(character)->combining_class;
}

// Every character taken apart as far as Unicode does, marks not yet in order. `text` is UTF-8.
CodePoints decompose(std::string_view text) {
  constexpr size_t kMost = 8;  // characters that one is taken apart into; Unicode needs four
  CodePoints characters;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (length <= 0) fail(length);
    at += static_cast<size_t>(length);
    utf8proc_int32_t parts[kMost];
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(character, parts, kMost, kOptions, nullptr);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(kMost)) fail(count);
    characters.insert(characters.end(), parts, parts + count);
  }
  return characters;
}

// utf8proc would do this as well, in time that grows with the square of the number of marks: a
// prompt of a megabyte of them would keep a server busy for hours.
void order_marks(CodePoints& characters) {
  const auto is_mark = [](utf8proc_int32_t c) { return combining_class(c) > 0; };
  auto from = characters.begin();
  while (from != characters.end()) {
    from = std::find_if(from, characters.end(), is_mark);
    const auto to = std::find_if_not(from, characters.end(), is_mark);
    std::ranges::stable_sort(from, to, {}, combining_class);
    from = to;
  }
}

std::string to_utf8(const CodePoints& characters, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(characters[i], bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  }
  return text;
}

// Characters below U+0300 are in NFC however they stand together; in UTF-8 none of their bytes is
// above 0xCB.
bool is_plainly_nfc(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0xCC; });
}

}  // namespace

std::string_view normal_form_name(NormalForm form) {
  return form == NormalForm::kNfc ? "nfc" : "none";
}

NormalForm read_normal_form(const GgufReader& reader) {
  const std::string name = reader.string(kNormalFormKey).value_or("none");
  for (const NormalForm form : {NormalForm::kNone, NormalForm::kNfc}) {
    if (name == normal_form_name(form)) return form;
  }
  throw Error(ErrorCode::kMismatch, reader.path().string() + ": " + kNormalFormKey +
                                        " is another than this program knows (none, nfc); use a "
                                        "newer paq or train the router anew");
}

std::string to_nfc(std::string_view text) {
  if (find_invalid_utf8(text) != text.npos) return to_nfc(valid_utf8(text));
  if (is_plainly_nfc(text)) return std::string(text);
  CodePoints characters = decompose(text);
  order_marks(characters);
  const utf8proc_ssize_t count = utf8proc_normalize_utf32(
      characters.data(), static_cast<utf8proc_ssize_t>(characters.size()), kOptions);
  if (count < 0) fail(count);
  return to_utf8(characters, static_cast<size_t>(count));
}

std::vector<int32_t> encode_text(const llama_vocab* vocab, NormalForm form, std::string_view text) {
  constexpr TokenizeOptions kPlain{.add_special = true, .parse_special = false};
  // What is too long is said before it is copied.
  constexpr size_t kMost = std::numeric_limits<int32_t>::max();
  if (form == NormalForm::kNone || text.size() >= kMost) return tokenize(vocab, text, kPlain);
  return tokenize(vocab, to_nfc(text), kPlain);
}

}  // namespace paq
