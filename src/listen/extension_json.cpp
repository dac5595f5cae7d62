#include "listen/extension_json.hpp"

#include "listen/option_words.hpp"

namespace echosweep::listen {

report::Json object_json(const packet::ExtensionObject& object) {
  report::Json json = {{"class", object.class_number}, {"type", object.class_type}};
  for (const auto& label : object.labels) {
    json["mpls"].push_back({{"label", label.label},
                            {"traffic_class", label.traffic_class},
                            {"bottom", label.bottom},
                            {"ttl", label.ttl}});
  }
  if (object.labels.empty()) {
    json["data"] = hex_of(object.data);
  }
  return json;
}

}  // namespace echosweep::listen
