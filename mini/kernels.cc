// SPDX-License-Identifier: MIT
#include "mini/kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace paq::mini {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr float kNormEpsilon = 1e-5f;
constexpr double kRopeBase = 10'000.0;
constexpr int64_t kRowsPerTask = 64;

// Calls `body` with a null pointer of the element type that `type` stands for.
template <typename Body>
void with_type(torch::ScalarType type, Body body) {
  if (type == torch::kBFloat16) {
    body(static_cast<at::BFloat16*>(nullptr));
  } else {
    body(static_cast<float*>(nullptr));
  }
}

struct RmsNorm : Function<RmsNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& gain,
                        int64_t type) {
    const int64_t rows = x.size(0);
    const int64_t width = x.size(1);
    const auto out_type = static_cast<torch::ScalarType>(type);
    Tensor y = torch::empty({rows, width}, x.options().dtype(out_type));
    Tensor inverse = torch::empty({rows}, x.options());
    const float* px = x.data_ptr<float>();
    const float* pg = gain.data_ptr<float>();
    float* pi = inverse.data_ptr<float>();
    with_type(out_type, [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      T* py = y.data_ptr<T>();
      at::parallel_for(0, rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
          const float* row = px + n * width;
          float sum = 0;
          for (int64_t d = 0; d < width; ++d) sum += row[d] * row[d];
          const float scale = 1.0f / std::sqrt(sum / static_cast<float>(width) + kNormEpsilon);
          pi[n] = scale;
          for (int64_t d = 0; d < width; ++d) {
            py[n * width + d] = static_cast<T>(row[d] * scale * pg[d]);
          }
        }
      });
    });
    context->save_for_backward({x, gain, inverse});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &gain = saved[1], &inverse = saved[2];
    const Tensor dy = gradients[0].contiguous();
    const int64_t rows = x.size(0);
    const int64_t width = x.size(1);
    Tensor dx = torch::empty_like(x);
    Tensor dgain = torch::zeros_like(gain);
    const float* px = x.data_ptr<float>();
    const float* pg = gain.data_ptr<float>();
    const float* pi = inverse.data_ptr<float>();
    float* pdx = dx.data_ptr<float>();
    float* pdg = dgain.data_ptr<float>();
    with_type(dy.scalar_type(), [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      const T* pdy = dy.data_ptr<T>();
      for (int64_t n = 0; n < rows; ++n) {
        const float* row = px + n * width;
        const T* up = pdy + n * width;
        float dot = 0;
        for (int64_t d = 0; d < width; ++d) {
          const float g = static_cast<float>(up[d]);
          dot += g * pg[d] * row[d];
          pdg[d] += g * row[d] * pi[n];
        }
        const float mean = dot * pi[n] * pi[n] / static_cast<float>(width);
        for (int64_t d = 0; d < width; ++d) {
          pdx[n * width + d] = pi[n] * (static_cast<float>(up[d]) * pg[d] - row[d] * mean);
        }
      }
    });
    return {dx, dgain, Tensor()};
  }
};

struct SwiGlu : Function<SwiGlu> {
  static Tensor forward(AutogradContext* context, const Tensor& gate_up) {
    const int64_t rows = gate_up.size(0);
    const int64_t width = gate_up.size(1) / 2;
    Tensor y = torch::empty({rows, width}, gate_up.options());
    with_type(gate_up.scalar_type(), [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      const T* in = gate_up.data_ptr<T>();
      T* out = y.data_ptr<T>();
      at::parallel_for(0, rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
          const T* gate = in + n * 2 * width;
          const T* up = gate + width;
          for (int64_t f = 0; f < width; ++f) {
            const float g = static_cast<float>(gate[f]);
            const float silu = g / (1.0f + std::exp(-g));
            out[n * width + f] = static_cast<T>(silu * static_cast<float>(up[f]));
          }
        }
      });
    });
    context->save_for_backward({gate_up});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor gate_up = context->get_saved_variables()[0];
    const Tensor dy = gradients[0].contiguous();
    const int64_t rows = gate_up.size(0);
    const int64_t width = gate_up.size(1) / 2;
    Tensor dx = torch::empty_like(gate_up);
    with_type(gate_up.scalar_type(), [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      const T* in = gate_up.data_ptr<T>();
      const T* pdy = dy.data_ptr<T>();
      T* out = dx.data_ptr<T>();
      at::parallel_for(0, rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
          const T* gate = in + n * 2 * width;
          const T* up = gate + width;
          for (int64_t f = 0; f < width; ++f) {
            const float g = static_cast<float>(gate[f]);
            const float d = static_cast<float>(pdy[n * width + f]);
            const float sigmoid = 1.0f / (1.0f + std::exp(-g));
            const float silu = g * sigmoid;
            out[n * 2 * width + f] =
                static_cast<T>(d * static_cast<float>(up[f]) * (sigmoid + silu * (1.0f - sigmoid)));
            out[n * 2 * width + width + f] = static_cast<T>(d * silu);
          }
        }
      });
    });
    return {dx};
  }
};

// The cosine and sine of every position and pair: [T, K / 2] each.
struct RopeTable {
  RopeTable(int64_t positions, int64_t head_width) {
    for (int64_t t = 0; t < positions; ++t) {
      for (int64_t i = 0; i < head_width / 2; ++i) {
        const double angle =
            static_cast<double>(t) *
            std::pow(kRopeBase, -2.0 * static_cast<double>(i) / static_cast<double>(head_width));
        cosine.push_back(static_cast<float>(std::cos(angle)));
        sine.push_back(static_cast<float>(std::sin(angle)));
      }
    }
  }
  std::vector<float> cosine;
  std::vector<float> sine;
};

// One head of one sequence, in F32 and turned: what attention works on.
struct Head {
  Head(int64_t length, int64_t head_width)
      : length(length),
        width(head_width),
        q(static_cast<size_t>(length * width)),
        k(q.size()),
        v(q.size()),
        transposed(q.size()),
        row(static_cast<size_t>(length)) {}

  int64_t length, width;
  std::vector<float> q, k, v;     // [length, K]
  std::vector<float> transposed;  // [K, length], of k or v
  std::vector<float> row;         // [length], scores of one query
};

// Turns pairs of neighbours by their angle, or back with sign -1.
void rotate(float* row, const RopeTable& rope, int64_t position, int64_t width, float sign) {
  const float* cosine = rope.cosine.data() + position * width / 2;
  const float* sine = rope.sine.data() + position * width / 2;
  for (int64_t i = 0; i < width / 2; ++i) {
    const float even = row[2 * i];
    const float odd = row[2 * i + 1];
    row[2 * i] = even * cosine[i] - odd * sine[i] * sign;
    row[2 * i + 1] = odd * cosine[i] + even * sine[i] * sign;
  }
}

// qkv points at the head's query in the sequence's first row; rows are 3D apart.
template <typename T>
void load_head(const T* qkv, int64_t heads, const RopeTable& rope, Head& head) {
  const int64_t d = heads * head.width;
  for (int64_t t = 0; t < head.length; ++t) {
    for (int64_t i = 0; i < head.width; ++i) {
      const T* from = qkv + t * 3 * d + i;
      head.q[t * head.width + i] = static_cast<float>(from[0]);
      head.k[t * head.width + i] = static_cast<float>(from[d]);
      head.v[t * head.width + i] = static_cast<float>(from[2 * d]);
    }
    rotate(&head.q[t * head.width], rope, t, head.width, 1.0f);
    rotate(&head.k[t * head.width], rope, t, head.width, 1.0f);
  }
}

void transpose(const std::vector<float>& from, Head& head) {
  for (int64_t t = 0; t < head.length; ++t) {
    for (int64_t i = 0; i < head.width; ++i) {
      head.transposed[i * head.length + t] = from[t * head.width + i];
    }
  }
}

// out[j] = sum over i of vector[i] * transposed[i, j], for j < count.
void dot_rows(const float* vector, const Head& head, int64_t count, float* out) {
  for (int64_t j = 0; j < count; ++j) out[j] = 0;
  for (int64_t i = 0; i < head.width; ++i) {
    const float factor = vector[i];
    const float* column = head.transposed.data() + i * head.length;
    for (int64_t j = 0; j < count; ++j) out[j] += factor * column[j];
  }
}

// Scores of one query, in place, to probabilities over the positions up to its own.
void softmax(float* row, int64_t count, float scale) {
  float largest = row[0];
  for (int64_t j = 1; j < count; ++j) largest = std::max(largest, row[j]);
  float sum = 0;
  for (int64_t j = 0; j < count; ++j) {
    row[j] = std::exp((row[j] - largest) * scale);
    sum += row[j];
  }
  for (int64_t j = 0; j < count; ++j) row[j] /= sum;
}

void add_scaled(const float* from, float factor, int64_t width, float* to) {
  for (int64_t i = 0; i < width; ++i) to[i] += factor * from[i];
}

// Calls body(begin of the sequence, its length, head) for every head of every sequence.
template <typename Body>
void for_each_head(const Tensor& starts, int64_t heads, Body body) {
  const int64_t* begins = starts.data_ptr<int64_t>();
  at::parallel_for(0, (starts.size(0) - 1) * heads, 8, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      const int64_t begin = begins[i / heads];
      body(begin, begins[i / heads + 1] - begin, i % heads);
    }
  });
}

int64_t longest(const Tensor& starts) { return starts.diff().max().item<int64_t>(); }

struct CausalAttention : Function<CausalAttention> {
  static Tensor forward(AutogradContext* context, const Tensor& qkv, const Tensor& starts,
                        int64_t heads) {
    const int64_t d = qkv.size(1) / 3;
    const int64_t width = d / heads;
    const float scale = 1.0f / std::sqrt(static_cast<float>(width));
    const RopeTable rope(longest(starts), width);
    Tensor out = torch::empty({qkv.size(0), d}, qkv.options());
    with_type(qkv.scalar_type(), [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      const T* in = qkv.data_ptr<T>();
      T* result = out.data_ptr<T>();
      for_each_head(starts, heads, [&](int64_t begin, int64_t length, int64_t h) {
        Head head(length, width);
        load_head(in + begin * 3 * d + h * width, heads, rope, head);
        transpose(head.k, head);
        std::vector<float> mixed(static_cast<size_t>(width));
        for (int64_t t = 0; t < length; ++t) {
          dot_rows(&head.q[t * width], head, t + 1, head.row.data());
          softmax(head.row.data(), t + 1, scale);
          std::fill(mixed.begin(), mixed.end(), 0.0f);
          for (int64_t j = 0; j <= t; ++j) {
            add_scaled(&head.v[j * width], head.row[j], width, mixed.data());
          }
          T* to = result + (begin + t) * d + h * width;
          for (int64_t i = 0; i < width; ++i) to[i] = static_cast<T>(mixed[i]);
        }
      });
    });
    context->save_for_backward({qkv, starts});
    context->saved_data["heads"] = heads;
    return out;
  }

  // The probabilities are computed again: that is cheaper than keeping them.
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &qkv = saved[0], &starts = saved[1];
    const int64_t heads = context->saved_data["heads"].toInt();
    const int64_t d = qkv.size(1) / 3;
    const int64_t width = d / heads;
    const float scale = 1.0f / std::sqrt(static_cast<float>(width));
    const RopeTable rope(longest(starts), width);
    const Tensor dy = gradients[0].contiguous();
    Tensor dqkv = torch::empty_like(qkv);
    with_type(qkv.scalar_type(), [&](auto* tag) {
      using T = std::remove_pointer_t<decltype(tag)>;
      const T* in = qkv.data_ptr<T>();
      const T* up = dy.data_ptr<T>();
      T* result = dqkv.data_ptr<T>();
      for_each_head(starts, heads, [&](int64_t begin, int64_t length, int64_t h) {
        Head head(length, width);
        load_head(in + begin * 3 * d + h * width, heads, rope, head);
        std::vector<float> dq(head.q.size()), dk(head.q.size()), dv(head.q.size());
        std::vector<float> scores(static_cast<size_t>(length * length));
        transpose(head.k, head);
        for (int64_t t = 0; t < length; ++t) {
          dot_rows(&head.q[t * width], head, t + 1, &scores[t * length]);
          softmax(&scores[t * length], t + 1, scale);
        }
        transpose(head.v, head);
        std::vector<float> dout(static_cast<size_t>(width));
        for (int64_t t = 0; t < length; ++t) {
          const T* from = up + (begin + t) * d + h * width;
          for (int64_t i = 0; i < width; ++i) dout[i] = static_cast<float>(from[i]);
          const float* p = &scores[t * length];
          float* dp = head.row.data();
          dot_rows(dout.data(), head, t + 1, dp);
          float mean = 0;
          for (int64_t j = 0; j <= t; ++j) mean += p[j] * dp[j];
          for (int64_t j = 0; j <= t; ++j) {
            const float ds = p[j] * (dp[j] - mean) * scale;
            add_scaled(dout.data(), p[j], width, &dv[j * width]);
            add_scaled(&head.k[j * width], ds, width, &dq[t * width]);
            add_scaled(&head.q[t * width], ds, width, &dk[j * width]);
          }
        }
        for (int64_t t = 0; t < length; ++t) {
          rotate(&dq[t * width], rope, t, width, -1.0f);
          rotate(&dk[t * width], rope, t, width, -1.0f);
          T* to = result + (begin + t) * 3 * d + h * width;
          for (int64_t i = 0; i < width; ++i) {
            to[i] = static_cast<T>(dq[t * width + i]);
            to[d + i] = static_cast<T>(dk[t * width + i]);
            to[2 * d + i] = static_cast<T>(dv[t * width + i]);
          }
        }
      });
    });
    return {dqkv, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& gain, torch::ScalarType type) {
  return RmsNorm::apply(x.contiguous(), gain, static_cast<int64_t>(type));
}

Tensor swiglu(const Tensor& gate_up) { return SwiGlu::apply(gate_up.contiguous()); }

Tensor causal_attention(const Tensor& qkv, const Tensor& starts, int64_t heads) {
  return CausalAttention::apply(qkv.contiguous(), starts, heads);
}

}  // namespace paq::mini
