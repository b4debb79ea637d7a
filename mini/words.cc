// SPDX-License-Identifier: MIT
#include "mini/words.h"

#include <array>

namespace paq::mini {
namespace {

template <typename... Words>
constexpr auto list(Words... words) {
  return std::array<std::string_view, sizeof...(Words)>{words...};
}

constexpr auto kFirstNames =
    list("Ann", "Bob", "Cora", "Dan", "Eva", "Finn", "Gus", "Hana", "Ida", "Jack", "Kim", "Leo",
         "Mia", "Ned", "Olga", "Paul", "Rita", "Sam", "Tom", "Uma", "Vera", "Will", "Yara", "Zoe",
         "Amos", "Beth", "Carl", "Dora", "Emil", "Fay", "Greg", "Hugo");
constexpr auto kLastNames =
    list("Abbot", "Baker", "Clark", "Dale", "Ellis", "Ford", "Grant", "Hill", "Irwin", "Jones",
         "King", "Lane", "Moss", "Nash", "Owen", "Park", "Quinn", "Reed", "Stone", "Todd", "Upton",
         "Voss", "Wood", "York", "Ash", "Bell", "Cole", "Drake", "Frost", "Gray", "Hunt", "Kerr");
constexpr auto kFoods = list("apple", "bread", "cake", "corn", "dates", "eggs", "fig", "grape",
                             "ham", "jam", "kale", "lemon", "mango", "nuts", "onion", "peach",
                             "plum", "rice", "salad", "soup", "tea", "toast", "yam", "milk",
                             "beans", "beet", "cocoa", "honey", "leek", "melon", "olive", "pear");
constexpr auto kAnimals =
    list("ant", "bat", "bear", "bee", "bird", "cat", "cow", "crab", "deer", "dog", "duck", "eel",
         "fish", "fox", "frog", "goat", "hare", "hawk", "hen", "horse", "lion", "mole", "mouse",
         "owl", "pig", "rat", "seal", "sheep", "snake", "swan", "toad", "wolf");
constexpr auto kCities = list("Athens", "Bern", "Cairo", "Delhi", "Essen", "Fez", "Ghent", "Hull",
                              "Izmir", "Jena", "Kyoto", "Lima", "Milan", "Nice", "Oslo", "Paris",
                              "Quito", "Rome", "Seoul", "Tunis", "Ulm", "Vienna", "Warsaw", "Xian",
                              "Bonn", "Cork", "Dubai", "Genoa", "Havana", "Kiev", "Lyon", "Perth");
constexpr auto kJobs =
    list("actor", "barber", "chef", "dentist", "editor", "farmer", "guard", "hunter", "judge",
         "lawyer", "mason", "nurse", "painter", "pilot", "poet", "priest", "sailor", "singer",
         "smith", "tailor", "teacher", "vet", "waiter", "writer", "clerk", "diver", "doctor",
         "driver", "jurist", "miner", "monk", "tutor");
constexpr auto kMaterials =
    list("acid", "amber", "brass", "brick", "chalk", "clay", "coal", "copper", "cotton", "dust",
         "flint", "foam", "glass", "glue", "gold", "gum", "ice", "ink", "iron", "ivory", "lead",
         "lime", "mud", "oil", "paint", "paper", "pearl", "resin", "rust", "salt", "sand", "silk",
         "silver", "slate", "soap", "steel", "tar", "tin", "wax", "zinc");
constexpr auto kColors = list("red", "blue", "green", "white", "black", "brown", "pink", "yellow");
constexpr auto kPlaces = list("barn", "cave", "den", "field", "lake", "nest", "river", "tree");
constexpr auto kTools = list("axe", "book", "brush", "drill", "fork", "hammer", "knife", "lamp",
                             "mask", "needle", "net", "oven", "pen", "rope", "saw", "spade");

}  // namespace

std::span<const std::string_view> first_names() { return kFirstNames; }
std::span<const std::string_view> last_names() { return kLastNames; }
std::span<const std::string_view> foods() { return kFoods; }
std::span<const std::string_view> animals() { return kAnimals; }
std::span<const std::string_view> cities() { return kCities; }
std::span<const std::string_view> jobs() { return kJobs; }
std::span<const std::string_view> materials() { return kMaterials; }
std::span<const std::string_view> colors() { return kColors; }
std::span<const std::string_view> places() { return kPlaces; }
std::span<const std::string_view> tools() { return kTools; }

}  // namespace paq::mini
