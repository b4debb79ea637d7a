// SPDX-License-Identifier: MIT
#include "report/charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "report/format.h"

namespace paq {
namespace {

constexpr double kRow = 26, kBar = 18, kLabels = 118, kPanel = 300, kGap = 24, kTop = 26;

// SVG elements, one a line. Texts are escaped here and nowhere else.
class Svg {
 public:
  Svg(double width, double height, const std::string& title) {
    text_ = "<svg viewBox=\"0 0 " + fixed_point(width, 0) + " " + fixed_point(height, 0) +
            "\" role=\"img\" aria-label=\"" + html_escape(title) + "\">\n";
  }

  void bar(const std::string& colour, double x, double y, double width, const std::string& hover) {
    text_ += "<rect class=\"" + colour + "\" x=\"" + fixed_point(x, 1) + "\" y=\"" +
             fixed_point(y, 1) + "\" width=\"" + fixed_point(std::max(width, 0.0), 1) +
             "\" height=\"" + fixed_point(kBar, 0) + "\"><title>" + html_escape(hover) +
             "</title></rect>\n";
  }

  void label(const std::string& style, double x, double y, const std::string& content) {
    text_ += "<text class=\"" + style + "\" x=\"" + fixed_point(x, 1) + "\" y=\"" +
             fixed_point(y, 1) + "\">" + html_escape(content) + "</text>\n";
  }

  void line(double x, double top, double bottom) {
    text_ += "<path class=\"axis\" d=\"M" + fixed_point(x, 1) + " " + fixed_point(top, 1) + "V" +
             fixed_point(bottom, 1) + "\"/>\n";
  }

  std::string str() const { return text_ + "</svg>\n"; }

 private:
  std::string text_;
};

std::string shortened(const std::string& name) {
  return name.size() <= 18 ? name : name.substr(0, 16) + "..";
}

}  // namespace

std::string strategies_chart(const Evaluation& evaluation) {
  const size_t rows = evaluation.strategies.size();
  const double longest = longest_time(evaluation);
  const TimeUnit unit = time_unit(longest);
  const double bottom = kTop + kRow * static_cast<double>(rows);
  const double second = kLabels + kPanel + kGap;
  Svg svg(second + kPanel, bottom + 6, "Score and mean time per prompt of every strategy");
  svg.label("head", kLabels, 14, "score, %");
  svg.label("head", second, 14, "mean time per prompt, " + std::string(unit.name));
  svg.line(kLabels, kTop - 4, bottom);
  svg.line(second, kTop - 4, bottom);
  const double room = kPanel - 52;  // for the figure at the bar's end
  for (size_t i = 0; i < rows; ++i) {
    const StrategyResult& strategy = evaluation.strategies[i];
    const double y = kTop + kRow * static_cast<double>(i);
    const bool router = strategy.name == "router";
    const std::string colour = router ? "accent" : "plain";
    const std::string score = percent(strategy.score);
    const std::string time = in_unit(strategy.seconds_mean, unit);
    svg.label(router ? "name strong" : "name", kLabels - 8, y + 13, strategy.name);
    svg.bar(colour, kLabels, y, room * strategy.score, strategy.name + ": " + score + " %");
    svg.label("value", kLabels + room * strategy.score + 5, y + 13, score);
    const double length = longest > 0 ? room * strategy.seconds_mean.value_or(0) / longest : 0;
    svg.bar(colour, second, y, length, strategy.name + ": " + time + " " + std::string(unit.name));
    svg.label("value", second + length + 5, y + 13, time);
  }
  return svg.str();
}

std::string routing_chart(const Evaluation& evaluation) {
  const double width = 2 * kPanel + kGap;
  const double bottom = kTop + kRow * static_cast<double>(evaluation.tasks.size() + 1) + 6;
  Svg svg(kLabels + width, bottom + 6,
          "Share of each task's prompts that the router sends to "
          "each bit width");
  double x = kLabels;
  for (size_t k = 0; k < evaluation.widths.size(); ++k) {  // legend
    svg.bar("bit-" + std::to_string(k), x, 0, 18, to_string(evaluation.widths[k]) + "-bit");
    svg.label("head", x + 23, 14, to_string(evaluation.widths[k]) + "-bit");
    x += 84;
  }
  const auto stack = [&](double y, const std::string& name, const std::string& style,
                         const std::map<BitWidth, double>& shares) {
    svg.label(style, kLabels - 8, y + 13, shortened(name));
    double left = kLabels;
    size_t k = 0;
    for (const auto& [bits, share] : shares) {
      const std::string figure = percent(share) + " %";
      svg.bar("bit-" + std::to_string(k), left, y, width * share - 1,
              name + ", " + to_string(bits) + "-bit: " + figure);
      if (share >= 0.08) {
        svg.label("inside on-bit-" + std::to_string(k), left + width * share / 2, y + 13, figure);
      }
      left += width * share;
      ++k;
    }
  };
  double y = kTop;
  const std::vector<std::string> names = short_names(evaluation.tasks);
  for (size_t t = 0; t < evaluation.tasks.size(); ++t, y += kRow) {
    stack(y, names[t], "name", evaluation.routing.at(evaluation.tasks[t]));
  }
  if (const StrategyResult* router = evaluation.strategy("router")) {
    stack(y + 6, "mean over tasks", "name strong", router->shares);
  }
  return svg.str();
}

std::vector<std::string> width_colours(size_t count) {
  using Rgb = std::array<double, 3>;
  constexpr std::array<Rgb, 4> kStops = {
      {{0, 114, 178}, {86, 180, 233}, {240, 200, 90}, {213, 94, 0}}};
  std::vector<std::string> colours;
  for (size_t i = 0; i < count; ++i) {
    const double position =
        count < 2 ? 0
                  : static_cast<double>(i * (kStops.size() - 1)) / static_cast<double>(count - 1);
    const size_t below = std::min(static_cast<size_t>(position), kStops.size() - 2);
    char hex[8];
    std::array<int, 3> rgb;
    for (size_t c = 0; c < 3; ++c) {
      rgb[c] = static_cast<int>(std::lround(std::lerp(kStops[below][c], kStops[below + 1][c],
                                                      position - static_cast<double>(below))));
    }
    std::snprintf(hex, sizeof hex, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
    colours.emplace_back(hex);
  }
  return colours;
}

}  // namespace paq
